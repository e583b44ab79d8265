"""The report of one run: what became of each stack, the totals, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from digo.fleet.up.stack_result import ResultOutcome, StackResult

VERSION = 1
DONE, REFUSED, FAILED, STOPPED, INTERRUPTED = 0, 1, 2, 3, 130

_ORDER = (
    ResultOutcome.UNKNOWN,
    ResultOutcome.PARTIAL,
    ResultOutcome.NOT_APPLIED,
    ResultOutcome.SKIPPED,
    ResultOutcome.APPLIED,
    ResultOutcome.UNCHANGED,
)
"""What needs a person comes first."""


@dataclass(frozen=True)
class FleetReport:
    """What a run did.

    Attributes:
        run: the run's id; "" if nothing was to be run.
        results: the result of each selected stack, unchanged and refused ones too.
        stopped: why the run ended before its end; "" if it did not.
        interrupted: whether a signal of the user stopped it.
        seconds: how long it took; None if that is not known.
        commit: the Git commit of the config; "" outside a repository.
    """

    run: str
    results: tuple[StackResult, ...]
    stopped: str = ""
    interrupted: bool = False
    seconds: float | None = None
    commit: str = ""

    @property
    def counts(self) -> Mapping[ResultOutcome, int]:
        """How many stacks have each outcome, the worst first; without those that no stack has."""
        found = Counter(one.outcome for one in self.results)
        return {outcome: found[outcome] for outcome in _ORDER if found[outcome]}

    @property
    def by_outcome(self) -> tuple[StackResult, ...]:
        """The results, the worst first; those of one outcome by name."""
        return tuple(sorted(self.results, key=lambda one: (_ORDER.index(one.outcome), one.stack)))

    @property
    def exit_code(self) -> int:
        """130 interrupted, 2 a stack has failed or is unknown, 3 stopped before the end, 0 all applied or unchanged."""
        if self.interrupted:
            return INTERRUPTED
        if any(one.outcome.is_failure for one in self.results):
            return FAILED
        return STOPPED if self.stopped or ResultOutcome.SKIPPED in self.counts else DONE

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON. Within a version, fields are only added."""
        return {
            "version": VERSION,
            "run": self.run,
            "commit": self.commit,
            "exitCode": self.exit_code,
            "stopped": self.stopped,
            "interrupted": self.interrupted,
            "seconds": self.seconds,
            "counts": {outcome.value: count for outcome, count in self.counts.items()},
            "stacks": [one.to_dict() for one in self.by_outcome],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> FleetReport:
        """The report of `to_dict`.

        Raises:
            ValueError: it is no such report, or of another version.
        """
        stacks = document.get("stacks")
        if document.get("version") != VERSION or not isinstance(stacks, Sequence):
            raise ValueError(f"no report of a fleet's run, or not of version {VERSION}")
        return cls(
            run=str(document.get("run", "")),
            results=tuple(StackResult.from_dict(one) for one in stacks),
            stopped=str(document.get("stopped", "")),
            interrupted=bool(document.get("interrupted")),
            seconds=document.get("seconds"),
            commit=str(document.get("commit", "")),
        )
