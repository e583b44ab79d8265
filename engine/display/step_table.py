"""The rows of a run, updated by its events."""

from __future__ import annotations

from dataclasses import replace

from engine.display.options import DisplayOptions
from engine.display.rows import Row, View, is_shown
from engine.events import (
    Diagnostic,
    Event,
    Severity,
    StackOutputs,
    StandardOutput,
    StepBegun,
    StepDone,
    StepFailed,
    Summary,
)
from engine.model import Op
from protocol.urn import is_stack

_PROGRAM_STREAM = 1
"""Lines that the program prints are shown as one message."""


def as_message(event: StandardOutput) -> Diagnostic:
    """A line that the program printed, as a message of the stack."""
    return Diagnostic(Severity.INFO, event.message, stream_id=_PROGRAM_STREAM)


class StepTable:
    """The rows in the order of their first events. The stack's own row exists from the start."""

    def __init__(self, options: DisplayOptions, *, folds: bool) -> None:
        self.view = View(options, folds)
        self.stack_urn = options.run.stack_urn
        self.rows: dict[str, Row] = {}
        self.unchanged = 0
        self.outputs: StackOutputs | None = None
        self.summary: Summary | None = None

    def take(self, event: Event) -> Row | None:
        """Updates the rows. Returns the row whose line should be printed again, or None."""
        if isinstance(event, StepBegun):
            return self._begin(event)
        if isinstance(event, StepDone):
            return self._end(event)
        if isinstance(event, StepFailed):
            row = self._row(event.step.urn)
            row.fail()
            self.view = replace(self.view, any_failed=True)
            return row
        if isinstance(event, Diagnostic):
            return self._say(event)
        if isinstance(event, StandardOutput):
            return self._say(as_message(event))
        if isinstance(event, StackOutputs):
            self.outputs = event
        elif isinstance(event, Summary):
            self.summary = event
        return None

    def finish(self) -> list[Row]:
        """Marks the run as ended. Returns the rows that were not done before."""
        unfinished = [row for row in self.rows.values() if not row.is_done(self.view)]
        self.view = replace(self.view, is_final=True)
        return unfinished

    def run_status(self) -> str:
        """The first line of the status of the whole run, which is the stack's; "" if there is none."""
        row = self.rows.get(self.stack_urn)
        if row is None or row.status is None or not row.status.ephemeral:
            return ""
        return row.status.message.strip().partition("\n")[0]

    def errored(self) -> int:
        """How many resources have errors."""
        return sum(1 for row in self.rows.values() if row.count(Severity.ERROR))

    def tree(self) -> list[tuple[str, Row]]:
        """The visible rows, parents first, each with the branches to draw before it."""
        children: dict[str, list[Row]] = {}
        for row in self.rows.values():
            if row.urn != self.stack_urn:
                parent = row.parent if row.parent in self.rows else self.stack_urn
                children.setdefault(parent, []).append(row)
        lines: list[tuple[str, Row]] = []
        if self.rows:
            self._branch(self.rows[self.stack_urn], children, "", "", lines)
        return lines

    def _branch(
        self, row: Row, children: dict[str, list[Row]], lead: str, branch: str, lines: list[tuple[str, Row]]
    ) -> None:
        lines.append((lead + branch, row))
        below = [child for child in children.get(row.urn, []) if self._is_visible(child, children)]
        deeper = lead + {"├─ ": "│  ", "└─ ": "   "}.get(branch, "")
        for child in below:
            self._branch(child, children, deeper, "└─ " if child is below[-1] else "├─ ", lines)

    def _is_visible(self, row: Row, children: dict[str, list[Row]]) -> bool:
        return not row.hidden or any(self._is_visible(child, children) for child in children.get(row.urn, []))

    def _begin(self, event: StepBegun) -> Row | None:
        step = event.step
        row = self._row(step.urn)
        row.begin(step)
        self._reveal(row)
        return row

    def _end(self, event: StepDone) -> Row | None:
        step = event.step
        row = self._row(step.urn)
        was_refresh = row.op is Op.REFRESH
        row.end(step)
        if step.op is Op.SAME and not is_stack(step.urn):
            self.unchanged += 1
        self._reveal(row)
        is_worth_a_line = was_refresh or (
            not self.view.options.run.is_preview and step.custom and step.op is not Op.SAME
        )
        return row if is_worth_a_line else None

    def _say(self, diagnostic: Diagnostic) -> Row | None:
        row = self._row(diagnostic.urn or self.stack_urn)
        row.say(diagnostic)
        if not diagnostic.ephemeral:
            row.hidden = False
        return None if diagnostic.ephemeral else row

    def _row(self, urn: str) -> Row:
        if self.stack_urn not in self.rows:
            self.rows[self.stack_urn] = Row(self.stack_urn, hidden=False)
        return self.rows.setdefault(urn, Row(urn))

    def _reveal(self, row: Row) -> None:
        if row.step and is_shown(row.step, self.view.options, in_diff_or_json=False):
            row.hidden = False
