"""How many stacks of a fleet are worked on at once."""

from __future__ import annotations

from digo.fleet.each_stack import threads_for


def test_no_more_threads_than_stacks() -> None:
    assert threads_for(1) == 1
    assert 1 < threads_for(1000) < 1000
