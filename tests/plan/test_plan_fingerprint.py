"""The plan's hash changes exactly when the plan may."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api.models import AgentRecord
from digo.desired.approvals import Approval, GuardName
from digo.fields.agents import AGENT_FIELDS, FieldKind
from digo.phone.number import parse_number
from digo.plan import fingerprint
from digo.plan.fingerprint import plan_hash
from tests.plan.plan_values import account, at, desired, lead, record, wanted

A, B = wanted("a", 1, "1001"), wanted("b", 2)
L = lead("l", 3, field_1="x", field_2="y")
X, Y = record("x", 1, "1001"), record("y", 9)
HASH = plan_hash(desired(A, B, L), account(X, Y))
TODAY = date(2026, 11, 25)

CHANGES: dict[str, tuple[Any, Any]] = {
    "a key": (desired(replace(A, key="c"), B, L), account(X, Y)),
    "a name": (desired(replace(A, name="New"), B, L), account(X, Y)),
    "a number": (desired(replace(A, number=parse_number("+12025550150")), B, L), account(X, Y)),
    "an intercom": (desired(replace(A, intercom="1002"), B, L), account(X, Y)),
    "an intercom left out": (desired(replace(A, intercom=None), B, L), account(X, Y)),
    "an agent more": (desired(A, B, wanted("c", 4), L), account(X, Y)),
    "an agent less": (desired(A, L), account(X, Y)),
    "a lead's key": (desired(A, B, replace(L, key="m")), account(X, Y)),
    "a lead's list": (desired(A, B, replace(L, list_id="4712")), account(X, Y)),
    "a lead's number": (desired(A, B, replace(L, number=parse_number("+12025550150"))), account(X, Y)),
    "a lead's column": (desired(A, B, lead("l", 3, field_1="x", field_2="z")), account(X, Y)),
    "swapped columns": (desired(A, B, lead("l", 3, field_1="y", field_2="x")), account(X, Y)),
    "an agent's former key": (desired(replace(A, formerly=("c",)), B, L), account(X, Y)),
    "another former key": (desired(replace(A, formerly=("d",)), B, L), account(X, Y)),
    "a lead's former name": (desired(A, B, replace(L, formerly=("m",))), account(X, Y)),
    "a lead less": (desired(A, B), account(X, Y)),
    "the account lost one": (desired(A, B, L), account(X)),
    "the account has one more": (desired(A, B, L), account(X, Y, record("z", 8))),
    "an EID": (desired(A, B, L), account(record("w", 1, "1001"), Y)),
    "a name on the account": (desired(A, B, L), account(record("x", 1, "1001", "Other"), Y)),
    "a number on the account": (desired(A, B, L), account(record("x", 7, "1001"), Y)),
    "an intercom on the account": (desired(A, B, L), account(record("x", 1, "1003"), Y)),
    "an agent was blocked": (desired(A, B, L), account(record("x", 1, "1001", custom_status=1), Y)),
}
SAME: dict[str, tuple[Any, Any]] = {
    "another order of entries": (desired(B, L, A), account(X, Y)),
    "another order of the list": (desired(A, B, L), account(Y, X)),
    "another place in the files": (desired(replace(A, position=at(99), positions={}), B, L), account(X, Y)),
    "another spelling": (desired(replace(A, number=parse_number("+1 (202) 555-0101")), B, L), account(X, Y)),
    "another order of columns": (desired(A, B, lead("l", 3, field_2="y", field_1="x")), account(X, Y)),
    "the numeric id and the counters": (
        desired(A, B, L), account(record("x", 1, "1001", id=7, calls_answered=99, calls_missed=3), Y),
    ),
    "approvals": (desired(A, B, L, approvals=(Approval(GuardName.CREATES, "r", "p", TODAY, at(1)),)), account(X, Y)),
    "the environment's name": (replace(desired(A, B, L), environment="other"), account(X, Y)),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_another_plan_has_another_hash(what: str) -> None:
    assert plan_hash(*CHANGES[what]) != HASH


@pytest.mark.parametrize("what", SAME)
def test_the_same_plan_has_the_same_hash(what: str) -> None:
    assert plan_hash(*SAME[what]) == HASH


def test_another_version_of_the_tool_is_another_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "VERSION", "9.9.9")
    assert plan_hash(desired(A, B, L), account(X, Y)) != HASH


def test_no_two_of_the_changes_share_a_hash() -> None:
    hashes = {plan_hash(*change) for change in CHANGES.values()}
    assert len(hashes) == len(CHANGES)


ENTRIES = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([None, "1001", "0002"]), st.text(min_size=1, max_size=3)),
    max_size=6, unique_by=lambda entry: entry[0],
)  # fmt: skip


@given(ENTRIES, ENTRIES, st.randoms(use_true_random=False))
def test_order_never_matters_and_the_hash_is_no_number(want: Any, have: Any, shuffle: Any) -> None:
    entries: list[Any] = [wanted(f"k{index}", index, intercom, name) for index, intercom, name in want]
    entries += [lead(f"l{index}", index, field_1=name) for index, _, name in want]
    records = [record(f"e{index}", index, intercom, name) for index, intercom, name in have]
    before = plan_hash(desired(*entries), account(*records))
    shuffle.shuffle(entries)
    shuffle.shuffle(records)
    assert plan_hash(desired(*entries), account(*records)) == before
    assert re.fullmatch(r"[b-t]{4}(-[b-t]{4}){7}", before)


@given(ENTRIES, ENTRIES)
def test_different_wishes_have_different_hashes(one: Any, other: Any) -> None:
    first, second = (
        desired(*(wanted(f"k{i}", i, ic, name) for i, ic, name in sorted(e, key=str))) for e in (one, other)
    )
    same = [(a.key, a.name, a.intercom) for a in first.agents] == [(a.key, a.name, a.intercom) for a in second.agents]
    assert (plan_hash(first, account()) == plan_hash(second, account())) is same


@pytest.mark.parametrize("field", [name for name, one in AGENT_FIELDS.items() if one.kind is FieldKind.VOLATILE])
def test_what_moves_by_itself_never_changes_a_plan(field: str) -> None:
    item = {"eid": "x", "follow_me_number": "+12025550101"}
    hashes = {plan_hash(desired(A), account(AgentRecord.from_dict({**item, field: count}))) for count in (0, 1, 500)}
    assert len(hashes) == 1
