"""`digo compare`: agents of two sides are found by natural key, whatever their spelling, order and keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.plan.side_by_side import SideAgent, compare_side_by_side
from tests.export.export_account import MakeWorkspace
from tests.scenarios.workspace import STACK, Workspace

DIFFERENT = 2


def member(
    number: str | None = None, intercom: str | None = None, name: str = "Desk", key: str | None = None
) -> SideAgent:
    return SideAgent(key, name, number, intercom, "here")


def outcome(left: list[SideAgent], right: list[SideAgent]) -> tuple[list[tuple[str, ...]], int, int]:
    sides = compare_side_by_side(left, right)
    return [pair.fields for pair in sides.pairs], len(sides.left_only), len(sides.right_only)


@pytest.mark.parametrize("written", ["+12025550101", "12025550101", "2025550101", "0012025550101", "+1 (202) 555-0101"])
def test_a_number_is_one_number_in_any_spelling(written: str) -> None:
    assert outcome([member("+12025550101")], [member(written)]) == ([()], 0, 0)
    assert outcome([member(written)], [member("+12025550101")]) == ([()], 0, 0)


def test_the_same_digits_in_two_countries_are_two_numbers() -> None:
    assert outcome([member("+12025550101")], [member("+912025550101")]) == ([], 1, 1)


def test_what_no_number_joins_an_intercom_does() -> None:
    left, right = [member("+12025550101", "1001")], [member("+12025550102", "1001", name="Other")]
    assert outcome(left, right) == ([("name", "follow_me_number")], 0, 0)


def test_what_fits_two_is_joined_with_neither() -> None:
    twins = [member("+12025550101"), member("+12025550101")]
    assert outcome([member("+12025550101")], twins) == ([], 1, 2)


def test_keys_are_compared_where_both_sides_have_them() -> None:
    one, other = member("+12025550101", key="a"), member("+12025550101", key="b")
    assert outcome([one], [other]) == ([("key",)], 0, 0)
    assert outcome([one], [member("+12025550101")]) == ([()], 0, 0)


members = st.lists(
    st.builds(
        member,
        st.none() | st.sampled_from(["+12025550101", "2025550101", "12025550102", "+12025550103", "+912025550101"]),
        st.none() | st.sampled_from(["1001", "1002"]),
        st.sampled_from(["A", "B"]),
    ),
    max_size=5,
)


@given(left=members, right=members)
def test_nobody_is_lost_and_the_two_sides_are_alike(left: list[SideAgent], right: list[SideAgent]) -> None:
    sides, turned = compare_side_by_side(left, right), compare_side_by_side(right, left)
    assert len(sides.pairs) + len(sides.left_only) == len(left)
    assert len(sides.pairs) + len(sides.right_only) == len(right)
    assert {(id(pair.left), id(pair.right)) for pair in sides.pairs} == {
        (id(pair.right), id(pair.left)) for pair in turned.pairs
    }
    assert sides.same == turned.same


def document(workspace: Workspace, left: str, right: str, code: int) -> dict[str, Any]:
    done = workspace.digo("compare", left, right, "--format", "json")
    assert done.code == code, done.text
    return dict(json.loads(done.stdout))


def test_environments_and_accounts_are_compared_with_each_other(account: MakeWorkspace) -> None:
    workspace, sandbox = account([("Sales", "12025550101", "1001"), ("Panel", "12025550109", None)])
    workspace.agents(
        sales={"name": "Sales", "follow_me_number": "+12025550101", "intercom": 1001},
        night={"name": "Night", "follow_me_number": "+12025550102"},
    )
    other = workspace.folder / "config" / "other" / "agents.yaml"
    other.parent.mkdir()
    other.write_text("agents: {desk: {name: Sales 2, follow_me_number: '+1 202 555 0101', intercom: 1001}}\n")

    both = document(workspace, STACK, "other", DIFFERENT)
    assert [one["fields"] for one in both["different"]] == [["key", "name"]]
    assert [one["key"] for one in both["left_only"]] == ["night"]
    live = document(workspace, STACK, f"account:{STACK}", DIFFERENT)
    assert (live["pairs"], live["different"]) == (1, [])
    assert [one["name"] for one in live["right_only"]] == ["Panel"]
    assert sandbox.counts() == {"GET /v1/agents": 1}
    assert document(workspace, STACK, STACK, 0)["same"]

    done = workspace.digo("compare", STACK, "other")
    assert done.code == DIFFERENT
    assert "0 the same, 1 different, 1 only in test, 0 only in other" in done.stdout
    assert "555" not in done.stdout
    assert "***0102" in done.stdout
    assert workspace.digo("compare", STACK, "nowhere").code == 1


def test_of_many_differences_the_first_are_listed(account: MakeWorkspace) -> None:
    workspace, _ = account([])
    for name in ("one", "two"):
        path = workspace.folder / "config" / name / "agents.yaml"
        path.parent.mkdir(parents=True)
        numbers = (f"+1 20{index // 100 + 2} 555 01{index % 100:02}" for index in range(150))
        entries = (
            f"  k{index}: {{name: {name} {index}, follow_me_number: '{number}'}}\n"
            for index, number in enumerate(numbers)
        )
        path.write_text("agents:\n" + "".join(entries))
    done = workspace.digo("compare", "one", "two")
    assert done.code == DIFFERENT
    assert done.stdout.count("  name ") == 100
    assert "\nand 50 more; --all lists them\n" in done.stdout
    assert "0 the same, 150 different" in done.stdout
    assert workspace.digo("compare", "one", "two", "--all").stdout.count("  name ") == 150
