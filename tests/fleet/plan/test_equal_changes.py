"""Groups of equal changes over the stacks of a fleet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digo.fleet.plan.equal_changes import ChangeGroup, equal_changes
from digo.fleet.plan.equal_problems import equal_notes, equal_problems
from digo.fleet.plan.sentences import entry_of, reason_of, renamed, values_text, where_of
from digo.fleet.plan.stack_plan import StackPlan, StepSummary
from digo.plan.plan_step import Verb
from digo.settings.profiles import Subject
from tests.fleet.plan.fleet_plans import (
    changed,
    created,
    failed,
    large,
    mixed,
    refused,
    rename,
    stack_plan,
    step,
    stuck,
)


def said(group: ChangeGroup) -> str:
    values = "; ".join(f"{one.field} {values_text(group, one)}" for one in group.fields)
    return f"{group.verb.value} {entry_of(group)} {where_of(group)}: {values}"


def test_an_equal_change_is_one_group_and_exceptions_come_first() -> None:
    assert [said(one) for one in equal_changes(mixed(219).stacks)] == [
        "cannot converge agent night in 1 stack: intercom 1004 stays; config wants 1044",
        "create 60 agents in 1 stack: "
        'name 60 values: "Agent 0"; "Agent 1"; "Agent 2"; and 57 more; '
        "follow_me_number at least 60 values: +1 ***0000; +1 ***0001; +1 ***0002; and 57 more",
        'update agent sales in 1 stack: name "Sales" → "Sales goa"',
        'update agent sales in 213 stacks: name "Sales" → "Sales desk"',
    ]


def test_another_value_in_each_stack_is_one_group() -> None:
    plans = [stack_plan(f"s{n}", rename("front", f"Front {n}", f"Desk {n}")) for n in range(212)]
    (group,) = equal_changes(plans)
    assert said(group) == (
        'update agent front in 212 stacks: name 212 values: "Front 0" → "Desk 0"; "Front 1" → "Desk 1"; '
        '"Front 2" → "Desk 2"; and 209 more'
    )
    assert group.stacks == tuple(f"s{n}" for n in range(212))


def test_many_entries_in_the_same_stacks_are_one_group_and_a_few_are_not() -> None:
    few = [stack_plan(name, *(created(f"a{n}", n) for n in range(10))) for name in ("a", "b")]
    assert [said(one)[:32] for one in equal_changes(few)] == [f"create agent a{n} in 2 stacks: nam" for n in range(10)]
    many = [stack_plan(name, *(created(f"a{n}", n) for n in range(50))) for name in ("a", "b")]
    (group,) = equal_changes(many)
    assert (entry_of(group), where_of(group)) == ("100 agents", "in 2 stacks, the same 50 in each")
    assert len(group.keys) == 50


def test_entries_that_no_other_stack_has_are_one_group() -> None:
    first, second = equal_changes(large(500, 40).stacks)
    assert (entry_of(first), where_of(first)) == ("19,500 agents", "in 500 stacks")
    assert (entry_of(second), where_of(second)) == ("agent front", "in 500 stacks")
    few = equal_changes([stack_plan("a", created("a1", 1), created("a2", 2)), stack_plan("b", created("b1", 3))])
    assert [entry_of(one) for one in few] == ["agent a1", "agent a2", "agent b1"]


def test_another_key_in_the_state_is_said() -> None:
    desk = replace(step("sales", verb=Verb.IN_SYNC), formerly="desk")
    (group,) = equal_changes([stack_plan("a", desk), stack_plan("b", desk)])
    assert renamed(group) == "desk → sales: only the state changes"


def test_notes_of_one_kind_are_one_group() -> None:
    plans = [replace(stack_plan(name), notes=(f"there is no stack {name} yet",)) for name in ("a-1", "a-2", "b")]
    odd = replace(stack_plan("c"), notes=("the password ends soon", "there is no stack c yet"))
    groups = equal_notes([odd, *plans])
    assert [(one.text, one.stacks) for one in groups] == [
        ("there is no stack c yet", ("c", "a-1", "a-2", "b")),
        ("the password ends soon", ("c",)),
    ]


def test_deletes_and_replacements_come_before_what_as_many_stacks_have() -> None:
    gone = step("old", verb=Verb.DELETE)
    groups = equal_changes([stack_plan(name, rename(), gone) for name in ("a", "b", "c")])
    assert [one.verb for one in groups] == [Verb.DELETE, Verb.UPDATE]
    assert not any(one.exception for one in groups)


def test_what_makes_two_changes_unequal() -> None:
    base = rename()
    others = [
        replace(base, verb=Verb.ADOPT),
        replace(base, subject=Subject.BROADCAST_LIST),
        replace(base, key="support"),
        replace(base, fields=(*base.fields, changed("1001", "1002", "intercom"))),
        replace(base, reason="the name is another one"),
        replace(base, formerly="desk"),
    ]
    for other in others:
        assert len(equal_changes([stack_plan("a", base), stack_plan("b", base), stack_plan("c", other)])) == 2


def test_reasons_of_one_kind_are_equal_and_the_stacks_own_name_does_not_count() -> None:
    plans = [
        stack_plan(name, replace(stuck(), reason=f"{name} has eid {index}9 at `{name}.yaml`"))
        for index, name in enumerate(("agra", "delhi"))
    ]
    (group,) = equal_changes(plans)
    assert reason_of(group) == "such as in agra: agra has eid 09 at `agra.yaml`"
    (group,) = equal_changes(plans[:1])
    assert reason_of(group) == "agra has eid 09 at `agra.yaml`"
    assert len(equal_changes([*plans, stack_plan("goa", replace(stuck(), reason="another reason"))])) == 2


def test_problems_of_one_kind_are_one_group_failed_ones_first() -> None:
    plans = [refused("a-1", 60), refused("a-2", 77), failed("b", "no token"), failed("c", "the host is not there")]
    groups = equal_problems([stack_plan("calm"), *plans, failed("d", "the host is not there")])
    assert [(one.outcome.value, one.stacks, one.same) for one in groups] == [
        ("failed", ("c", "d"), True),
        ("failed", ("b",), True),
        ("refused", ("a-1", "a-2"), False),
    ]
    assert groups[2].reason == "guard creates: 60 creates, and the stack a-1 allows 50"


def _plans(choices: list[list[tuple[int, int]]]) -> list[StackPlan]:
    """A plan for each list of (key, value), where a key stands once in a stack."""

    def steps(chosen: list[tuple[int, int]]) -> list[StepSummary]:
        return [rename(f"k{key}", "a", f"v{value}") for key, value in dict(chosen).items()]

    return [stack_plan(f"s{index}", *steps(chosen)) for index, chosen in enumerate(choices)]


@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=15), max_size=12))
def test_each_entry_is_in_one_group(choices: list[list[tuple[int, int]]]) -> None:
    plans = _plans(choices)
    found = [(one.stack, one.step) for group in equal_changes(plans) for one in group.entries]
    assert sorted(found, key=repr) == sorted(((plan.stack, one) for plan in plans for one in plan.steps), key=repr)
