"""The result of a stack: its document, and the length of a reason."""

from __future__ import annotations

import pytest

from digo.fleet.up.stack_result import ResultOutcome, StackResult, short_reason


def test_a_result_goes_through_json_and_leaves_out_what_it_does_not_know() -> None:
    result = StackResult("chennai-1", ResultOutcome.PARTIAL, 2, 1, 0, 1.5, "why", "host:1", "a.log")
    assert StackResult.from_dict({**result.to_dict(), "later": 1}) == result
    assert result.to_dict()["outcome"] == "partly applied"
    for wrong in ({}, {"stack": "a"}, {"stack": "a", "outcome": "done"}, {"outcome": "applied"}):
        with pytest.raises(ValueError, match="result"):
            StackResult.from_dict(wrong)
    assert {one for one in ResultOutcome if one.is_failure} == {
        ResultOutcome.NOT_APPLIED,
        ResultOutcome.PARTIAL,
        ResultOutcome.UNKNOWN,
    }


def test_a_reason_is_masked_and_short() -> None:
    assert short_reason("no agent +1 202 555 0101") == "no agent ***0101"
    assert len(short_reason("x" * 2_000)) == 1_000
