"""Finding agents by their keys, in whatever spelling the account has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.phone.number import parse_number

INDIAN = parse_number("+91 00000 01234")
AMERICAN = parse_number("+1 202 555 0101")
BRITISH = parse_number("+44 202 555 0101")


def record(eid: str, **fields: object) -> AgentRecord:
    return AgentRecord.from_dict({"eid": eid, **fields})


def eids(found: tuple[AgentRecord, ...]) -> list[str]:
    return [agent.eid for agent in found]


@pytest.mark.parametrize(
    "spelling",
    [
        "+12025550101", "12025550101", "0012025550101", "2025550101", 12025550101, 2025550101,
        "+1 202 555 0101", "+1-202-555-0101", "(202) 555-0101", " +12025550101 ",
    ],
)  # fmt: skip
def test_one_number_in_any_spelling(spelling: object) -> None:
    snapshot = Snapshot.of([record("1", follow_me_number=spelling), record("2", follow_me_number="+12025550102")])
    assert eids(snapshot.with_number(AMERICAN)) == ["1"]


@pytest.mark.parametrize("spelling", ["+12025550102", "202555010", "+912025550101", "5550101", "", "n/a", None])
def test_another_number_is_not_found(spelling: object) -> None:
    assert Snapshot.of([record("1", follow_me_number=spelling)]).with_number(AMERICAN) == ()


def test_the_full_number_wins_over_the_bare_ten_digits() -> None:
    """The same ten digits are another person's number in another country."""
    snapshot = Snapshot.of(
        [record("bare", follow_me_number="2025550101"), record("full", follow_me_number="+12025550101")]
    )
    assert eids(snapshot.with_number(AMERICAN)) == ["full"]
    assert eids(snapshot.with_number(BRITISH)) == ["bare"]


def test_the_same_ten_digits_in_two_countries_are_two_numbers() -> None:
    snapshot = Snapshot.of(
        [record("us", follow_me_number="+12025550101"), record("gb", follow_me_number="442025550101")]
    )
    assert eids(snapshot.with_number(AMERICAN)) == ["us"]
    assert eids(snapshot.with_number(BRITISH)) == ["gb"]
    only = Snapshot.of([record("us", follow_me_number="+12025550101")])
    assert only.with_number(BRITISH) == ()


@pytest.mark.parametrize("spelling", ["+6560000000", "006560000000", "+65 6000 0000"])
def test_a_number_with_its_country_code_is_never_taken_for_anothers_national_digits(spelling: str) -> None:
    """All digits of one country's number can be the national digits of another's."""
    snapshot = Snapshot.of([record("sg", follow_me_number=spelling)])
    assert snapshot.with_number(parse_number("+91 65600 00000")) == ()
    assert eids(snapshot.with_number(parse_number("+65 6000 0000"))) == ["sg"]


def test_duplicates_are_all_found_in_the_lists_order() -> None:
    snapshot = Snapshot.of(
        [
            record("2", follow_me_number="12025550101", intercom=1001),
            record("1", follow_me_number="+12025550101", intercom="1001"),
        ]
    )
    assert eids(snapshot.with_number(AMERICAN)) == ["2", "1"]
    assert eids(snapshot.with_intercom("1001")) == ["2", "1"]


@pytest.mark.parametrize(("held", "asked"), [(1001, "1001"), ("1001", "1001"), (7, "0007"), ("0007", "0007")])
def test_an_intercom_is_the_same_as_number_and_as_text(held: object, asked: str) -> None:
    assert eids(Snapshot.of([record("1", intercom=held)]).with_intercom(asked)) == ["1"]


@pytest.mark.parametrize("held", [None, "", "  ", 10010, "100"])
def test_no_intercom_is_nobodys(held: object) -> None:
    snapshot = Snapshot.of([record("1", intercom=held)])
    assert snapshot.with_intercom("1001") == ()
    assert snapshot.with_intercom("0000") == ()


def test_eids() -> None:
    snapshot = Snapshot.of([record("1"), record("2")])
    found = snapshot.with_eid("2")
    assert found is not None and found.eid == "2"
    assert snapshot.with_eid("3") is None


def test_the_fingerprint_follows_keys_and_wanted_fields_only() -> None:
    one = record("1", name="A", follow_me_number="+12025550101", calls_answered=1)
    drifted = record("1", name="A", follow_me_number="+12025550101", calls_answered=99)
    two = record("2")
    assert Snapshot.of([one, two]).fingerprint == Snapshot.of([two, drifted]).fingerprint
    for change in ({"name": "B"}, {"intercom": "1"}, {"custom_status": 1}, {"follow_me_number": "1"}, {"eid": "3"}):
        other = AgentRecord.from_dict({**one.model_dump(), **change})
        assert Snapshot.of([one]).fingerprint != Snapshot.of([other]).fingerprint
    assert Snapshot.of([]).fingerprint != Snapshot.of([one]).fingerprint


@given(
    numbers=st.lists(st.integers(100, 199), unique=True, max_size=8),
    form=st.sampled_from(["+1202555{:04d}", "1202555{:04d}", "202555{:04d}"]),
)
def test_each_of_many_is_found_exactly_once(numbers: list[int], form: str) -> None:
    snapshot = Snapshot.of(record(str(n), follow_me_number=form.format(n)) for n in numbers)
    for n in range(100, 200):
        assert eids(snapshot.with_number(parse_number(f"+1202555{n:04d}"))) == ([str(n)] if n in numbers else [])
