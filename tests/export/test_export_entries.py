"""What an export writes is what config reads, and wants just what is there; keys come from the account alone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired import Desired, load_environment
from digo.export.entries import plan_export
from digo.export.files import Files, write
from digo.export.keys import slug
from digo.plan.compare import compare


def record(index: int, name: str | None = "Desk", intercom: str | None = None, number: str | None = "") -> AgentRecord:
    text = f"+1202555{100 + index:04}" if number == "" else number
    return AgentRecord(eid=f"e{index}", name=name, follow_me_number=text, intercom=intercom)


def keys(records: Iterable[AgentRecord]) -> dict[str, str]:
    """The EID of each key of a first export."""
    return {key: entry.live.eid for key, entry in plan_export(Desired("t"), Snapshot.of(records)).new.items()}


def round_trip(folder: Path, account: Snapshot, country: str | None = None) -> tuple[Desired, int]:
    """What config says after a first export, and how many agents were left out."""
    found = plan_export(Desired("t"), account, country)
    files = Files(folder, folder)
    files.add(found)
    write(files.texts())
    if not found.new:
        return Desired("t"), len(found.left_out)
    return load_environment(folder, folder, {}), len(found.left_out)


numbers = st.integers(100, 112).map(lambda last: f"+1202555{last:04}")
spelt = st.sampled_from([str, lambda text: text[1:], lambda text: text[2:], lambda text: f"00{text[1:]}"])
records = st.lists(
    st.builds(
        lambda name, number, spelling, intercom: (name, spelling(number) if number else number, intercom),
        st.none()
        | st.text(max_size=12)
        | st.sampled_from(["yes", "null", "123", "a: b", "- x", "${X}", "#", "'", '"']),
        st.none() | numbers,
        spelt,
        st.sampled_from([None, "", "7", "1001", "1002", "12345", "abcd"]),
    ),
    max_size=8,
)


@given(agents=records)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_config_wants_just_what_the_account_has(tmp_path: Path, agents: list[tuple[str, str, str]]) -> None:
    folder = tmp_path / "t"
    folder.mkdir(exist_ok=True)
    (folder / "agents.yaml").unlink(missing_ok=True)
    account = Snapshot.of(
        AgentRecord(eid=f"e{index}", name=name, follow_me_number=number, intercom=intercom)
        for index, (name, number, intercom) in enumerate(agents)
    )
    desired, left_out = round_trip(folder, account, "US")
    plan = compare(desired, account)
    assert (plan.creates, plan.warnings, plan.conflicts) == (0, (), ())
    assert len(plan.agents) + left_out == len(account.agents)
    again = plan_export(desired, account, "US")
    assert (dict(again.new), again.changes, again.missing) == ({}, (), ())


@given(agents=records, seed=st.integers(0, 5))
@settings(max_examples=30)
def test_the_order_of_the_list_decides_nothing(agents: list[tuple[str, str, str]], seed: int) -> None:
    account = [
        AgentRecord(eid=f"e{index}", name=name, follow_me_number=number, intercom=intercom)
        for index, (name, number, intercom) in enumerate(agents)
    ]
    shuffled = random.Random(seed).sample(account, len(account))
    assert list(keys(account).items()) == list(keys(shuffled).items())


def test_a_name_is_a_key_and_natural_keys_tell_those_of_one_name_apart() -> None:
    account = [
        record(0, "Sales Desk"),
        record(1, "Night", "1001"),
        record(2, "night!", "1002"),
        record(3, "NIGHT"),
        record(4, "\U0001f3a7", "1004"),
        record(5, "  \u65e5\u672c \u652f\u5e97 "),
        record(6, "\u0935\u093f\u0915\u094d\u0930\u092f \u091f\u0940\u092e"),
        record(7, "Call +1 202 555 0188", "1007"),
    ]
    assert keys(account) == {
        "agent-1004": "e4",
        "agent-1007": "e7",
        "night-0103": "e3",
        "night-1001": "e1",
        "night-1002": "e2",
        "sales-desk": "e0",
        "\u0935\u093f\u0915\u094d\u0930\u092f-\u091f\u0940\u092e": "e6",
        "\u65e5\u672c-\u652f\u5e97": "e5",
    }


def test_a_key_is_short_and_has_no_number_in_it() -> None:
    assert len(slug("long " * 40)) <= 60
    assert slug("12025550101") == "agent"
    assert slug("\u2028") == "agent"


LEFT_OUT = {
    "no name": (record(0, None), "a name cannot be empty"),
    "empty name": (record(0, "  "), "a name cannot be empty"),
    "a line's end": (record(0, "a\nb"), "a name has no control characters"),
    "half a character": (record(0, "\ud800"), "no file can hold"),
    "no number": (record(0, number=None), "it has no number"),
    "no country": (record(0, number="2025550100"), "--country says which"),
    "nonsense": (record(0, number="+12"), "it is not a phone number"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_config_cannot_have_is_left_out_with_the_reason(name: str) -> None:
    agent, reason = LEFT_OUT[name]
    found = plan_export(Desired("t"), Snapshot.of([agent, record(5, "Other")]))
    assert [entry.live.eid for entry in found.new.values()] == ["e5"]
    (left_out,) = found.left_out
    assert left_out.eid == "e0"
    assert reason in left_out.reason


def test_agents_that_share_a_number_are_left_out_and_a_shared_intercom_is_left_alone() -> None:
    twins = [
        record(0, "A", "1001"),
        record(1, "B", "1002", "+12025550100"),
        record(2, "C", "1003"),
        record(3, "D", "1003"),
    ]
    found = plan_export(Desired("t"), Snapshot.of(twins))
    assert {entry.live.eid: entry.intercom for entry in found.new.values()} == {"e2": None, "e3": None}
    assert {one.eid for one in found.left_out} == {"e0", "e1"}
    assert "12025550100" not in str(found.left_out)


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("2025550100", "US", "+12025550100"),
        ("12025550100", "US", "+12025550100"),
        ("12025550100", "IN", "+12025550100"),
        ("00 1 202 555 0100", None, "+12025550100"),
        ("9100000000", "US", "+19100000000"),
    ],
)
def test_a_number_gets_its_country_code(written: str, country: str | None, e164: str) -> None:
    found = plan_export(Desired("t"), Snapshot.of([record(0, number=written)]), country)
    assert [entry.number.e164 for entry in found.new.values()] == [e164]
