"""The plan of one list as text and as JSON: its rows that differ, masked, and the counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from digo.lists.live.row_listing import ListedRow, RowKind, RowListing
from digo.plan.list_change import NO_ROWS, ListChange, Span
from digo.plan.steps import PlanStep
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.redact import mask_number, mask_numbers

VERSION = 1
_SIGNS = {RowKind.NEW: "+", RowKind.GONE: "-", RowKind.CHANGED: "~", RowKind.UNPROVEN: "?"}
"""In the order in which the kinds are listed."""
NOT_KNOWN = "the state has digests only, and no call reads leads back"


@dataclass(frozen=True)
class ListPlan:
    """What an up would do with one list.

    Attributes:
        environment: the environment's name.
        step: its step, as `digo plan` has it.
        listing: its rows that differ.
        refused: the file of the rows that the API refused in an earlier run; "" if there are none.
        refusals: how many these are.
    """

    environment: str
    step: PlanStep
    listing: RowListing
    refused: str = ""
    refusals: int = 0

    @property
    def change(self) -> ListChange:
        """The counts of the list's step."""
        assert self.step.list is not None
        return self.step.list


def list_plan_lines(found: ListPlan, most: int | None, *, numbers: bool) -> Iterator[str]:
    """The plan as text.

    Args:
        found: the plan.
        most: how many rows of each kind are listed; None for all.
        numbers: whether numbers are shown in full.
    """
    columns_known = True
    for kind in _SIGNS:
        count, shown = found.listing.count(kind), 0
        for row in islice(found.listing.rows(kind), most):
            shown += 1
            columns_known = columns_known and (kind is not RowKind.CHANGED or row.columns is not None)
            yield _row_line(row, numbers=numbers)
        if rest := count - shown:
            yield f"and {rest:,} more that {'is' if rest == 1 else 'are'} {kind.value}; --all lists them"
    if not found.listing.knows_gone and found.change.gone != NO_ROWS:
        yield f"- {_rows(found.change.gone)}, of numbers that are not known: {NOT_KNOWN}"
    if not columns_known:
        yield f"which columns changed is not known: {NOT_KNOWN}"
    yield one_line(mask_numbers(f"list {found.step.key}, {found.step.verb.value}: {found.step.reason}"))
    if found.refusals:
        rows = counted(found.refusals, "row was", "rows were")
        yield one_line(
            f"{rows} refused by the API before: {found.refused}; `digo lists retry {found.step.key}` sends only these"
        )


def list_plan_json(found: ListPlan, most: int | None, *, numbers: bool) -> Iterator[str]:
    """The plan as JSON, in pieces: there may be millions of rows. See `list_plan_lines` and `_document`."""
    yield for_json(_document(found, most), indent=2).removesuffix("\n}")
    yield ',\n  "differences": ['
    between = "\n    "
    for kind in _SIGNS:
        for row in islice(found.listing.rows(kind), most):
            yield between + for_json(_difference(row, numbers=numbers))
            between = ",\n    "
    yield "]\n}\n" if between == "\n    " else "\n  ]\n}\n"


def _document(found: ListPlan, most: int | None) -> dict[str, Any]:
    """The plan as plain data, without its rows. Within a version, fields are only added."""
    step, change = found.step, found.change
    counts = [found.listing.count(kind) for kind in _SIGNS]
    spans = {"new": change.new, "changed": change.changed, "gone": change.gone}
    return {
        "version": VERSION,
        "environment": found.environment,
        "list": step.key,
        "verb": step.verb.value,
        "reason": mask_numbers(step.reason),
        "rows": change.rows,
        "send": change.send,
        **{name: {"least": span.least, "most": span.most} for name, span in spans.items()},
        "suppressed": change.suppressed,
        "columns": list(change.columns),
        "refused": {"rows": found.refusals, "file": found.refused} if found.refusals else None,
        "hidden": 0 if most is None else sum(max(0, count - most) for count in counts),
    }


def _row_line(row: ListedRow, *, numbers: bool) -> str:
    shown = row.phone if numbers else mask_number(row.phone)
    place = f" ({row.position.file}:{row.position.line})" if row.position else ""
    columns = f": {', '.join(map(mask_numbers, row.columns))}" if row.columns else ""
    return one_line(f"{_SIGNS[row.kind]} {shown}{place}{columns}")


def _difference(row: ListedRow, *, numbers: bool) -> dict[str, Any]:
    return {
        "kind": row.kind.value,
        "number": row.phone if numbers else mask_number(row.phone),
        "position": str(row.position) if row.position else None,
        "columns": None if row.columns is None else [mask_numbers(name) for name in row.columns],
    }


def _rows(span: Span) -> str:
    return f"{span} {'row' if span.most == 1 else 'rows'}"
