"""Drift as one self-contained HTML page: a table of config, last up and account for each kind of drift."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from digo.html.cells import MOST_OPEN, GroupView, cell, isolated, prose, sample_of, tagged
from digo.html.template import page_of
from digo.plan.drift_table import NONE, NOT_SET, UNMANAGED, DriftGroup, DriftRow, drift_groups, drift_totals
from digo.plan.render.groups import SIGNS
from digo.plan.render.page import shown_problems
from digo.plan.render.page_groups import look_of, unmanaged_group
from digo.plan.review import Review
from digo.plan.steps import Verb
from digo.sanitize.terminal import one_line
from digo.text.counts import counted

_HEADS = ("entry", "field", "config", "last up", "account", "in config")


def drift_page(review: Review, *, numbers: bool = False) -> str:
    """The page. Its content security policy forbids loading anything. `numbers` shows phone numbers in full."""
    groups = drift_groups(review, numbers=numbers)
    rows: Counter[str] = Counter()
    for group in groups:
        rows[group.verb] += len(group.rows)
    return page_of(
        Path(__file__).with_name("drift_page.html.j2"),
        environment=one_line(review.environment),
        totals=drift_totals(review),
        refusals=shown_problems((*review.conflicts, *([review.refusal] if review.refusal else []))),
        most=MOST_OPEN,
        counts=[
            {"verb": verb, "look": _look(verb), "sign": _sign(verb), "number": count} for verb, count in rows.items()
        ],
        groups=[
            _unmanaged(group, review, numbers=numbers) if group.verb == UNMANAGED else _group(group) for group in groups
        ],
    )


def _group(group: DriftGroup) -> GroupView:
    entries = dict.fromkeys(row.entry for row in group.rows)
    whole = all(row.field == row.entry.partition(" ")[0] for row in group.rows)
    count = counted(len(group.rows), "entry" if whole else "field")
    return GroupView(
        verb=group.verb,
        look=_look(group.verb),
        sign=_sign(group.verb),
        count=f"{count}, {group.origin.text}" if group.origin else count,
        sample=sample_of(entries, len(entries)),
        meaning=_remedy(group),
        heads=_HEADS,
        rows=tuple(_row(row) for row in group.rows),
        open=len(group.rows) <= MOST_OPEN,
    )


def _row(row: DriftRow) -> tuple[Markup, ...]:
    kind, _, name = row.entry.partition(" ")
    values = (row.config, row.last, row.account)
    return (
        cell(kind, tagged("b", "entry", isolated(name)), "key"),
        cell("field", isolated(row.field)),
        *(cell(head, _value(value)) for head, value in zip(_HEADS[2:5], values, strict=True)),
        cell("in config", isolated(str(row.position)) if row.position else "", "where"),
    )


def _unmanaged(group: DriftGroup, review: Review, *, numbers: bool) -> GroupView:
    return replace(unmanaged_group(review.steps.unmanaged, numbers=numbers), meaning=_remedy(group))


def _remedy(group: DriftGroup) -> Markup:
    return prose(f"{group.remedy[0].upper()}{group.remedy[1:]}.")


def _value(text: str) -> Markup:
    return tagged("span", "quiet", text) if text in (NONE, NOT_SET) else isolated(text)


def _look(verb: str) -> str:
    """The class of a verb's colour."""
    if verb in (UNMANAGED, NOT_SET):
        return UNMANAGED
    return look_of(Verb(verb))


def _sign(verb: str) -> str:
    return "" if verb in (UNMANAGED, NOT_SET) else SIGNS[Verb(verb)]
