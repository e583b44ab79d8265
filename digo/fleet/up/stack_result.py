"""What became of one stack in a run of `digo fleet up`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from digo.text.redact import mask_numbers

_LONGEST_REASON = 1_000


class ResultOutcome(str, Enum):
    """How the up of one stack ended.

    APPLIED: everything of its plan is done. UNCHANGED: there was nothing to do. NOT_APPLIED: nothing was written.
    PARTIAL: some entries are applied, and it is known of each other one that it is not. UNKNOWN: of one entry at least
    nobody knows; the next up settles it. SKIPPED: its up never began.
    """

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    NOT_APPLIED = "not applied"
    PARTIAL = "partly applied"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"

    @property
    def is_failure(self) -> bool:
        """Whether it counts among the failures that stop a run."""
        return self in (ResultOutcome.NOT_APPLIED, ResultOutcome.PARTIAL, ResultOutcome.UNKNOWN)


@dataclass(frozen=True)
class StackResult:
    """The result of one stack. It has no number, no value and no token, so it may go into a database and a file.

    Attributes:
        stack: the stack's name.
        outcome: how its up ended.
        applied: how many entries are as wanted now.
        not_applied: how many entries were certainly not written.
        unknown: how many entries have an unknown outcome.
        seconds: how long it took, with its plan.
        reason: why it failed or was skipped; masked, at most 1,000 characters (`short_reason`). "" if it did not.
        worker: the process that ran it, as `host:pid`.
        log: the file with the engine's output, from the project's folder; "" if the engine never began.
    """

    stack: str
    outcome: ResultOutcome
    applied: int = 0
    not_applied: int = 0
    unknown: int = 0
    seconds: float = 0.0
    reason: str = ""
    worker: str = ""
    log: str = ""

    @property
    def reason_line(self) -> str:
        """The reason on one line."""
        return " ".join(line.strip() for line in self.reason.splitlines())

    def to_dict(self) -> dict[str, Any]:
        """The result for JSON."""
        return {**asdict(self), "outcome": self.outcome.value}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> StackResult:
        """The result of `to_dict`. Keys of a later version are left out.

        Raises:
            ValueError: it is no such document.
        """
        try:
            known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
            return cls(**{**known, "outcome": ResultOutcome(document["outcome"])})
        except (KeyError, TypeError, ValueError) as problem:
            raise ValueError(f"this is not a result of a stack: {problem}") from None


def short_reason(text: str) -> str:
    """A reason as a result may have it: masked, and cut to 1,000 characters."""
    text = mask_numbers(text)
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"
