"""The groups of a fleet's page: a table for each kind of exception, for what many stacks have, and for calm stacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from digo.fleet.plan.equal_changes import ChangeGroup
from digo.fleet.plan.equal_problems import ProblemGroup
from digo.fleet.plan.sentences import OUTCOMES, counts_of, entry_of, reason_of, renamed, some_of, values_text, where_of
from digo.fleet.plan.stack_plan import PlanOutcome, StackPlan
from digo.html.cells import GroupView, cell, isolated, lines, prose, sample_of, tagged
from digo.plan.render.page_groups import look_of
from digo.sanitize.terminal import for_terminal
from digo.text.counts import counted

LOOKS = {
    PlanOutcome.FAILED: "delete",
    PlanOutcome.REFUSED: "cannot",
    PlanOutcome.STUCK: "cannot",
    PlanOutcome.CHANGES: "update",
    PlanOutcome.UNCHANGED: "in",
}
"""The class of each outcome's colour."""

_MOST_STACKS = 1_000
_MOST_KEYS = 20
_GROUP_HEADS = ("what", "in how many stacks", "fields", "why", "stacks")
_KINDS: tuple[tuple[PlanOutcome, str, str, Callable[[ChangeGroup], bool]], ...] = (
    (
        PlanOutcome.STUCK,
        "cannot converge",
        "Config wants what no call of the API can change. Only the panel can.",
        lambda one: one.stuck,
    ),
    (
        PlanOutcome.CHANGES,
        "exceptions",
        "Few of the stacks that change have them.",
        lambda one: one.few and not one.stuck,
    ),
    (PlanOutcome.CHANGES, "changes", "", lambda one: not one.exception),
)


def problem_sections(problems: Sequence[ProblemGroup]) -> list[GroupView]:
    """A table of the reasons for each outcome that no up begins with."""
    return [
        _view(
            outcome,
            outcome.value,
            counted(sum(len(one.plans) for one in found), "stack"),
            [one.stacks[0] for one in found],
            "",
            ("reason", "stacks"),
            tuple(_problem(one) for one in found),
        )
        for outcome in (PlanOutcome.FAILED, PlanOutcome.REFUSED)
        if (found := [one for one in problems if one.outcome is outcome])
    ]


def _problem(problem: ProblemGroup) -> tuple[Markup, ...]:
    text = lines(isolated(line) for line in for_terminal(problem.reason).splitlines())
    if not problem.same:
        text += Markup("<br>") + tagged("span", "quiet", "of " + isolated(problem.stacks[0]))
    return cell("reason", text), cell("stacks", _stacks(problem.stacks))


def change_sections(groups: Sequence[ChangeGroup]) -> list[GroupView]:
    """A table of what cannot converge, of what few stacks have, and of what many have."""
    return [
        _view(
            outcome,
            title,
            counted(len(found), "group of equal changes", "groups of equal changes"),
            [one.keys[0] for one in found],
            meaning,
            _GROUP_HEADS,
            tuple(_group(one) for one in found),
        )
        for outcome, title, meaning, fits in _KINDS
        if (found := [one for one in groups if fits(one)])
    ]


def _group(group: ChangeGroup) -> tuple[Markup, ...]:
    what = (
        tagged("span", look_of(group.verb), group.verb.value) + Markup("<br>") + tagged("b", "entry", _entries(group))
    )
    fields = [isolated(renamed(group))] if group.formerly else []
    fields += (isolated(one.field) + " " + isolated(values_text(group, one)) for one in group.fields)
    return (
        cell("", what),
        cell("", where_of(group)),
        cell("", lines(fields)),
        cell("why", isolated(reason_of(group))),
        cell("stacks", _stacks(group.stacks)),
    )


def _entries(group: ChangeGroup) -> Markup:
    keys = Markup(": ") + isolated(some_of(group.keys, most=_MOST_KEYS)) if len(group.keys) > 1 else Markup()
    return isolated(entry_of(group)) + keys


def calm_group(plans: Sequence[StackPlan]) -> GroupView:
    """The stacks that an up changes in nothing."""
    return _view(
        PlanOutcome.UNCHANGED,
        PlanOutcome.UNCHANGED.value,
        counted(len(plans), "stack"),
        [one.stack for one in plans],
        "",
        ("stack", "entries", "hash"),
        tuple(
            (
                cell("stack", tagged("b", "entry", isolated(one.stack)), "key"),
                cell("entries", counts_of(one)),
                cell("hash", one.plan_hash, "where"),
            )
            for one in plans
        ),
        closed=True,
    )


def _stacks(names: Sequence[str]) -> Markup:
    return isolated(some_of(names, most=_MOST_STACKS))


def _view(
    outcome: PlanOutcome,
    title: str,
    count: str,
    names: Sequence[str],
    meaning: str,
    heads: tuple[str, ...],
    rows: tuple[tuple[Markup, ...], ...],
    *,
    closed: bool = False,
) -> GroupView:
    return GroupView(
        verb=outcome.value,
        look=LOOKS[outcome],
        sign=OUTCOMES[outcome],
        count=f"{title}: {count}" if title != outcome.value else count,
        sample=sample_of(names, len(names)),
        meaning=prose(meaning),
        heads=heads,
        rows=rows,
        open=not closed and len(rows) <= 10,
    )
