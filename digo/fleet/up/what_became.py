"""What became of one engine's run: from its exit code, the stack's record and journal, and what it printed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digo.fleet.up.stack_result import ResultOutcome
from digo.sanitize.terminal import one_line
from digo.state.record_reader import EntryResult, RecordedRun
from digo.text.redact import mask_numbers

MOST_REASON = 1_000
_MOST_LINES = 3
_ERROR = re.compile(r"^[^\S\n]*(?:\S+: )?error:\s+(?P<text>\S.*)$", re.MULTILINE)
_LOCKED = re.compile(r"is currently locked by|Another update is currently in progress")
_MISSING = re.compile(r"no stack named '[^']*' found")
_HOLDER = re.compile(r"created by (?P<user>[^@\n]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)")


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
    said = recorded or [found["text"] for found in _ERROR.finditer(output)]
    lines = list(dict.fromkeys(one_line(mask_numbers(one.partition("\n")[0])) for one in said))
    more = f"; and {len(lines) - _MOST_LINES:,} more" if len(lines) > _MOST_LINES else ""
    return shortened("; ".join(lines[:_MOST_LINES]) + more if lines else f"the engine ended with exit code {code}")


def shortened(text: str) -> str:
    """The text, masked, and cut to what a result may have."""
    text = mask_numbers(text)
    return text if len(text) <= MOST_REASON else f"{text[: MOST_REASON - 1]}…"


def is_locked(output: str) -> bool:
    """Whether an engine refused to begin because another one holds the stack's lock."""
    return _LOCKED.search(output) is not None


def has_no_stack(output: str) -> bool:
    """Whether an engine refused to begin because the backend does not have the stack yet."""
    return _MISSING.search(output) is not None


@dataclass(frozen=True)
class Holder:
    """Who holds a stack's lock, as an engine printed it."""

    user: str
    host: str
    process: int

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.process})"


def holders_in(output: str) -> tuple[Holder, ...]:
    """Who holds the lock, as far as the engine knows."""
    found = (Holder(one["user"], one["host"], int(one["pid"])) for one in _HOLDER.finditer(output))
    return tuple(dict.fromkeys(found))
