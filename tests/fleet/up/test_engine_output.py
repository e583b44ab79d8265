"""What an engine printed: who holds a lock."""

from __future__ import annotations

from digo.fleet.up.engine_output import Holder, holders_in, is_locked


def test_a_locked_stack_and_its_holders() -> None:
    printed = (
        "error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or …\n"
        "  file:///state/.pulumi/locks/a.json: created by ann@host-1 (pid 12) at 2026-11-29T10:00:00Z\n"
        "  file:///state/.pulumi/locks/b.json: created by ben@host-2 (pid 0) at 2026-11-29T10:00:00Z\n"
    )
    assert is_locked(printed)
    assert is_locked("error: [409] Conflict: Another update is currently in progress.")
    assert not is_locked("error: this plan is not the one that was reviewed")
    assert holders_in(printed) == (Holder("ann", "host-1", 12), Holder("ben", "host-2", 0))
    assert str(holders_in(printed)[0]) == "ann@host-1 (pid 12)"
