"""Results that are none of a stack's up."""

from __future__ import annotations

from typing import Any

from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.fleet.up.what_became import MOST_REASON

WAITS = "waits"
"""Instead of an outcome: the stack's window has closed before its up began."""


def skipped(stack: str, why: str) -> dict[str, Any]:
    """The result of a stack whose up never began, because the run was stopped."""
    return StackResult(stack, ResultOutcome.SKIPPED, reason=f"the run was stopped: {why}"[:MOST_REASON]).to_dict()


def unknown(stack: str, why: str) -> dict[str, Any]:
    """The result of a stack whose up has an unknown outcome."""
    return StackResult(stack, ResultOutcome.UNKNOWN, reason=why[:MOST_REASON]).to_dict()
