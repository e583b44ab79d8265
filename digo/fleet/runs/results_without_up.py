"""Results of stacks whose up did not begin, or whose end nobody knows."""

from __future__ import annotations

from typing import Any

from digo.fleet.up.stack_result import ResultOutcome, StackResult, short_reason

WAITS = "waits"
"""In place of an outcome: the stack's window closed before its up began, and another workflow follows."""


def skipped_result(stack: str, why: str) -> dict[str, Any]:
    """The result of a stack whose up never began, because the run was stopped."""
    return StackResult(stack, ResultOutcome.SKIPPED, reason=short_reason(f"the run was stopped: {why}")).to_dict()


def unknown_result(stack: str, why: str) -> dict[str, Any]:
    """The result of a stack whose up may have done anything."""
    return StackResult(stack, ResultOutcome.UNKNOWN, reason=short_reason(why)).to_dict()
