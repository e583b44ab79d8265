"""What an up that failed has done, and why it failed, by record, journal and the engine's output. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digo.fleet.up.engine_output import errors_in
from digo.fleet.up.stack_result import ResultOutcome, short_reason
from digo.sanitize.terminal import one_line
from digo.state.record_reader import EntryResult, RecordedRun
from digo.text.redact import mask_numbers

_MOST_LINES = 3


@dataclass(frozen=True)
class Counts:
    """How many entries of a plan are applied, not applied and unknown."""

    applied: int = 0
    not_applied: int = 0
    unknown: int = 0

    @property
    def outcome(self) -> ResultOutcome:
        """The outcome of an up that failed."""
        if self.unknown:
            return ResultOutcome.UNKNOWN
        return ResultOutcome.PARTIAL if self.applied else ResultOutcome.NOT_APPLIED


def counts_of_failed(runs: Sequence[RecordedRun], pinned: int, left: int) -> Counts:
    """The counts of an up that failed.

    No request leaves before its intent is in the journal. So an entry that neither record nor journal has is certainly
    not applied.

    Args:
        runs: the runs of the stack that its last engine recorded, one or none.
        pinned: how many entries the pinned plan changes.
        left: how many of them were left when the last engine began.
    """
    totals = runs[-1].totals if runs else {}
    unknown = totals.get(EntryResult.UNKNOWN, 0)
    done = totals.get(EntryResult.APPLIED, 0) + totals.get(EntryResult.NO_WRITE, 0)
    missed = max(totals.get(EntryResult.NOT_APPLIED, 0), left - done - unknown)
    return Counts(max(0, pinned - left) + done, missed, unknown)


def reason_of_failure(runs: Sequence[RecordedRun], output: str, code: int) -> str:
    """Why an engine failed: what its record says, or else the first errors that it printed. Masked and short."""
    recorded: list[str] = []
    if runs:
        failed = [f"{one.key}: {one.problem}" for one in runs[-1].entries if one.problem]
        recorded = [runs[-1].refused] if runs[-1].refused else failed
    said = recorded or errors_in(output)
    lines = list(dict.fromkeys(one_line(mask_numbers(one.partition("\n")[0])) for one in said))
    more = f"; and {len(lines) - _MOST_LINES:,} more" if len(lines) > _MOST_LINES else ""
    return short_reason("; ".join(lines[:_MOST_LINES]) + more if lines else f"the engine ended with exit code {code}")
