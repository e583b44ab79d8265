"""What changed between two watches."""

from __future__ import annotations

from dataclasses import replace

from digo.fleet.drift.changes import DriftChanges
from digo.fleet.drift.equal_findings import all_findings, equal_findings
from digo.fleet.drift.stack_drift import DriftOutcome, Finding
from digo.plan.drift import DriftOrigin
from tests.fleet.notices.drift_values import FIRST, SECOND, THIRD, finding, next_watch, stack, unknown, watch


def names(found: tuple[tuple[str, Finding], ...]) -> list[str]:
    return [f"{name} {one.what}" for name, one in found]


def test_the_first_watch_finds_everything_new_and_the_second_nothing() -> None:
    stacks = (stack("a", finding(), finding("agent desk")), stack("b"))
    changes, watched = next_watch(*stacks)
    assert names(changes.new) == ["a agent sales: name", "a agent desk: name"]
    assert changes.any and changes.last == ""
    again, kept = next_watch(*stacks, last=watched, at=SECOND)
    assert not again.any and names(again.still) == names(changes.new) and again.last == FIRST
    assert {one.since for one in kept.stacks["a"].findings} == {FIRST}, "the first watch that found it is kept"
    assert kept.stacks["b"].read == SECOND


def test_each_kind_of_change_is_told_once() -> None:
    _, before = next_watch(stack("a", finding(), finding("agent desk"), finding("agent hall")), stack("b"), stack("c"))
    now = (
        stack("a", finding(account='"Other"'), finding("agent hall")),
        stack("b", finding("agent new")),
        unknown("c"),
    )
    changes, watched = next_watch(*now, last=before, at=SECOND)
    assert names(changes.changed) == ["a agent sales: name"]
    assert names(changes.gone) == ["a agent desk: name"]
    assert names(changes.still) == ["a agent hall: name"]
    assert names(changes.new) == ["b agent new: name"]
    assert changes.unread == ("c",) and changes.reread == ()
    again, _ = next_watch(*now, last=watched, at=THIRD)
    assert not again.any and len(again.still) == 3
    since = {one.what: one.since for one in watched.stacks["a"].findings}
    assert since == {"agent sales: name": FIRST, "agent hall: name": FIRST}


def test_a_stack_that_was_not_read_keeps_what_was_known() -> None:
    _, before = next_watch(stack("a", finding()), stack("b"))
    changes, watched = next_watch(unknown("a"), stack("b"), last=before, at=SECOND)
    assert changes.gone == () and names(changes.kept) == ["a agent sales: name"] and changes.unread == ("a",)
    assert watched.stacks["a"].outcome is DriftOutcome.UNKNOWN and watched.stacks["a"].read == FIRST
    still_unread, watched = next_watch(unknown("a"), stack("b"), last=watched, at=SECOND)
    assert not still_unread.any, "an account that stays silent is told once"
    back, _ = next_watch(stack("a", finding()), stack("b"), last=watched, at=THIRD)
    assert back.reread == ("a",) and names(back.still) == ["a agent sales: name"] and not back.new


def test_an_up_that_guards_refuse_is_told_once_and_so_is_its_end() -> None:
    _, before = next_watch(stack("a", finding()), stack("b"))
    guarded = (stack("a", finding(), reason="2 deletes of 2 agents need approval"), stack("b"))
    changes, watched = next_watch(*guarded, last=before, at=SECOND)
    assert changes.any and changes.refused == ("a",) and not changes.new and not changes.changed
    again, watched = next_watch(*guarded, last=watched, at=SECOND)
    assert not again.any
    unread, watched = next_watch(unknown("a"), stack("b"), last=watched, at=SECOND)
    assert unread.unread == ("a",) and not unread.allowed, "silence of an account is not news"
    free, _ = next_watch(stack("a", finding()), stack("b"), last=watched, at=THIRD)
    assert free.any and free.allowed == ("a",) and not free.refused


def test_a_watch_of_some_stacks_leaves_the_others_and_a_stack_can_leave_the_fleet() -> None:
    _, before = next_watch(stack("a", finding()), stack("b", finding()), stack("c", finding()))
    changes, watched = next_watch(stack("a"), last=before, at=SECOND, fleet=("b",))
    assert names(changes.gone) == ["a agent sales: name"] and changes.left == ("c",)
    assert set(watched.stacks) == {"a", "b"} and watched.stacks["b"].findings


def test_other_words_of_a_remedy_are_no_change() -> None:
    one = finding()
    _, before = next_watch(stack("a", one))
    changes, _ = next_watch(stack("a", replace(one, remedy="said in another way", position="x:1:1")), last=before)
    assert not changes.any


def test_equal_findings_are_one_group_over_stacks_and_those_that_no_up_corrects_come_first() -> None:
    stacks = [stack(f"s{n}", finding(account=f'"{n % 2}"'), finding("agent x", corrected=n != 1)) for n in range(3)]
    groups = equal_findings(all_findings(watch(*stacks).stacks))
    shown = [(one.first.what, one.first.corrected, one.stacks, one.shown("account")) for one in groups]
    assert shown == [
        ("agent x: name", False, ("s1",), '"Sales"'),
        ("agent sales: name", True, ("s1", "s0", "s2"), "2 values"),
        ("agent x: name", True, ("s0", "s2"), '"Sales"'),
    ]
    assert len(equal_findings([("a", finding()), ("b", finding(origin=DriftOrigin.CONFIG))])) == 2


def test_exit_codes_and_counts() -> None:
    assert watch(stack("a")).exit_code == 0
    assert watch(stack("a", finding()), stack("b")).exit_code == 2
    assert watch(stack("a", finding()), stack("b", finding(corrected=False))).exit_code == 3
    every = watch(stack("a", finding()), stack("b", finding(corrected=False)), unknown("c"), stack("d"))
    assert every.exit_code == 1, "a stack that was not read is never no drift"
    assert every.counts == {"stacks": 4, "stuck": 1, "drift": 1, "unknown": 1, "none": 1, "findings": 2}
    assert [one.stack for one in every.stacks] == ["b", "a", "c", "d"]
    assert DriftChanges().any is False
