"""What a wanted agent meets on the account: every case of the plan's table, and its exact words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.desired.state import DesiredAgent
from digo.phone.number import parse_number
from digo.plan import Plan, compare
from tests.plan.plan_values import account, at, desired, lead, number, record, wanted

FREE = "the API cannot change it: free the {} in the panel, or change the config"
WHICH = (
    "and nothing says which is meant; remove the wrong one in the panel, or give the intercom that only one of them has"
)


def twice(one: str, other: str) -> str:
    return f"the account has 2 agents with this follow_me_number (eid {one}, eid {other}), {WHICH}"


def matched(plan: Plan) -> dict[str, str | None]:
    return {one.wanted.key: one.live.eid if one.live else None for one in plan.agents}


def differing(plan: Plan) -> list[tuple[str, str, str]]:
    return [(d.field, d.wanted, d.live) for one in plan.agents for d in one.differences]


# name: wanted, account, key → EID (None: create), differences
CASES: dict[str, tuple[Any, Any, dict[str, str | None], list[tuple[str, str, str]]]] = {
    "an empty account": ([wanted("a")], [], {"a": None}, []),
    "another agent": ([wanted("a", 1)], [record("e", 2)], {"a": None}, []),
    "the same": ([wanted("a", 1, "1001")], [record("e", 1, 1001)], {"a": "e"}, []),
    "an intercom with its zero lost": ([wanted("a", 1, "0123")], [record("e", 1, 123)], {"a": "e"}, []),
    "an intercom nobody asked for": ([wanted("a", 1)], [record("e", 1, "1001")], {"a": "e"}, []),
    "a national spelling": ([wanted("a", 1)], [record("e", "2025550101")], {"a": "e"}, []),
    "digits without plus": ([wanted("a", 1)], [record("e", "12025550101")], {"a": "e"}, []),
    "a spaced spelling": ([wanted("a", 1)], [record("e", "+1 (202) 555-0101")], {"a": "e"}, []),
    "the full number before a national one": (
        [wanted("a", 1)], [record("n", "2025550101"), record("f", 1)], {"a": "f"}, [],
    ),
    "another name": ([wanted("a", name="New")], [record("e", name="Old")], {"a": "e"}, [("name", '"New"', '"Old"')]),
    "no name": ([wanted("a")], [record("e", name=None)], {"a": "e"}, [("name", '"Desk"', "no name")]),
    "a number in the name is masked": (
        [wanted("a", name="Desk 12025550142")], [record("e", name="+1 202 555 0143")], {"a": "e"},
        [("name", '"Desk ***0142"', '"***0143"')],
    ),
    "another intercom": (
        [wanted("a", 1, "1001")], [record("e", 1, "1002")], {"a": "e"}, [("intercom", "1001", "1002")],
    ),
    "no intercom": ([wanted("a", 1, "1001")], [record("e", 1)], {"a": "e"}, [("intercom", "1001", "none")]),
    "a blank intercom": ([wanted("a", 1, "1001")], [record("e", 1, "")], {"a": "e"}, [("intercom", "1001", "none")]),
    "a blank intercom is not 0000": (
        [wanted("a", 1, "0000")], [record("e", 1, "")], {"a": "e"}, [("intercom", "0000", "none")],
    ),
    "another number behind the intercom": (
        [wanted("a", 1, "1001")], [record("e", 2, "1001")], {"a": "e"},
        [("follow_me_number", "+1 ***0101", "+1 ***0102")],
    ),
    "no number behind the intercom": (
        [wanted("a", 1, "1001")], [record("e", None, "1001")], {"a": "e"}, [("follow_me_number", "+1 ***0101", "***")],
    ),
    "all that can differ": (
        [wanted("a", 1, "1001", "New")], [record("e", 2, "1001", "Old")], {"a": "e"},
        [("name", '"New"', '"Old"'), ("follow_me_number", "+1 ***0101", "+1 ***0102")],
    ),
    "the number before the intercom": (
        [wanted("a", 1, "1001")], [record("i", 2, "1001"), record("n", 1, "1002")], {"a": "n"},
        [("intercom", "1001", "1002")],
    ),
    "two with the number, told apart by the intercom": (
        [wanted("a", 1, "1001")], [record("x", 1), record("y", 1, "1001")], {"a": "y"}, [],
    ),
    "a blocked agent is there all the same": ([wanted("a")], [record("e", custom_status=1)], {"a": "e"}, []),
    "swapped intercoms": (
        [wanted("a", 1, "1001"), wanted("b", 2, "1002")], [record("x", 1, "1002"), record("y", 2, "1001")],
        {"a": "x", "b": "y"}, [("intercom", "1001", "1002"), ("intercom", "1002", "1001")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_wanted_agent_meets(case: str) -> None:
    entries, records, found, differences = CASES[case]
    plan = compare(desired(*entries), account(*records))
    assert matched(plan) == found
    assert differing(plan) == differences
    assert plan.conflicts == ()
    assert plan.creates == list(found.values()).count(None)
    assert {agent.eid for agent in plan.unmanaged} == {one.eid for one in records} - set(found.values())
    assert len(plan.warnings) == len(differences)


CONFLICTS: dict[str, tuple[Any, Any, list[str]]] = {
    "two agents with the number": (
        [wanted("a", 1, line=3)], [record("x", 1), record("y", "2025550101"), record("z", "12025550101")],
        [f"agents.yaml:3:2: agents.a.follow_me_number: {twice('x', 'z')}"],
    ),
    "two agents with the number, the intercom is nobody's": (
        [wanted("a", 1, "1001")], [record("x", 1), record("y", 1)],
        [f"agents.yaml:1:2: agents.a.follow_me_number: {twice('x', 'y')}"],
    ),
    "two agents with number and intercom": (
        [wanted("a", 1, "1001")], [record("x", 1, 1001), record("y", 1, "1001")],
        [f"agents.yaml:1:2: agents.a.follow_me_number: {twice('x', 'y')}"],
    ),
    "two agents with the intercom": (
        [wanted("a", 1, "0123")], [record("x", 2, "0123"), record("y", 3, 123)],
        [f"agents.yaml:1:3: agents.a.intercom: the account has 2 agents with this intercom (eid x, eid y), {WHICH}"],
    ),
    "the intercom is held by another key's agent": (
        [wanted("a", 1, "1001", line=3), wanted("b", 2, line=7)], [record("x", 2, "1001")],
        ["agents.yaml:3:3: agents.a.intercom: the account's agent that has this intercom (eid x) is that of `b` "
         f"(agents.yaml:7:9); {FREE.format('intercom')}"],
    ),
    "whichever stands first": (
        [wanted("b", 2, line=3), wanted("a", 1, "1001", line=7)], [record("x", 2, "1001")],
        ["agents.yaml:7:3: agents.a.intercom: the account's agent that has this intercom (eid x) is that of `b` "
         f"(agents.yaml:3:9); {FREE.format('intercom')}"],
    ),
    "several conflicts by their place": (
        [wanted("c", 3, "1003", line=9), wanted("a", 1, line=2)],
        [record("x", 4, "1003"), record("y", 5, "1003"), record("z", 1), record("w", 1)],
        [f"agents.yaml:2:2: agents.a.follow_me_number: {twice('z', 'w')}",
         f"agents.yaml:9:3: agents.c.intercom: the account has 2 agents with this intercom (eid x, eid y), {WHICH}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONFLICTS)
def test_what_only_the_user_can_settle(case: str) -> None:
    entries, records, expected = CONFLICTS[case]
    assert [str(problem) for problem in compare(desired(*entries), account(*records)).conflicts] == expected


def test_one_national_spelling_cannot_be_two_countries_agents() -> None:
    british = wanted("gb", line=7)
    british = DesiredAgent("gb", "Desk", parse_number("+44 202 555 0101"), None, british.position, british.positions)
    plan = compare(desired(wanted("us", 1, line=3), british), account(record("x", "2025550101")))
    assert [str(problem) for problem in plan.conflicts] == [
        "agents.yaml:7:2: agents.gb.follow_me_number: the account's agent that has this follow_me_number (eid x) is "
        f"that of `us` (agents.yaml:3:9); {FREE.format('follow_me_number')}"
    ]


def test_a_warning_says_where_what_and_what_to_do() -> None:
    plan = compare(desired(wanted("a", 1, "1001", "New", line=4)), account(record("600000000000001", 2, "1001", "Old")))
    assert plan.warnings == tuple(
        f"agents.yaml:4:{column}: agents.a.{field} cannot converge: wanted {want}, the account has {have}. The API "
        "(profile digo) has no call to update an agent: change it in the panel (agent eid 600000000000001), or change "
        "the config to match."
        for column, field, want, have in [
            (1, "name", '"New"', '"Old"'),
            (2, "follow_me_number", "+1 ***0101", "+1 ***0102"),
        ]
    )


def test_a_field_without_a_place_of_its_own_is_told_at_the_entry() -> None:
    bare = DesiredAgent("a", "New", parse_number(number(1)), None, at(4, 9))
    assert compare(desired(bare), account(record("e", 1))).warnings[0].startswith("agents.yaml:4:9: agents.a.name ")


def test_leads_are_passed_on_whatever_the_account_has() -> None:
    leads = (lead("l1", 1), lead("l2", 2))
    assert compare(desired(*leads), account(record("e", 1))).leads == leads


INDEXES = st.lists(st.integers(0, 99), unique=True, max_size=12)


@given(INDEXES, INDEXES, st.randoms(use_true_random=False))
def test_numbers_alone_decide_whatever_the_order(want: list[int], have: list[int], shuffle: Any) -> None:
    """Created are those wanted and not there, unmanaged those there and not wanted: neither list's order matters."""
    records = [record(f"e{index}", index) for index in have]
    entries = [wanted(f"k{index}", index) for index in want]
    plans = []
    for _ in range(2):
        plan = compare(desired(*entries), account(*records))
        plans.append((matched(plan), {agent.eid for agent in plan.unmanaged}, plan.creates, plan.conflicts))
        shuffle.shuffle(records)
        shuffle.shuffle(entries)
    assert plans[0] == plans[1]
    assert plans[0][0] == {f"k{index}": f"e{index}" if index in have else None for index in want}
    assert plans[0][1:] == ({f"e{index}" for index in set(have) - set(want)}, len(set(want) - set(have)), ())
