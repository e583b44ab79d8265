"""Rows in config against rows on the account: the columns find what a loop over all rows would find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from digo.api.lead_stream import Leads
from digo.lists.key import LedgerKey
from digo.lists.live.live_rows import LiveRows
from digo.lists.live.row_changes import RowChanges
from digo.lists.rows.list_rows import BETWEEN_VALUES, Rows
from digo.source.positions import Position

KEY = LedgerKey("a ledger key for the tests, of no worth")
NUMBERS = [*range(12025550100, 12025550106), 910000000100, 910000000101]
VALUES = st.sampled_from(["", "a", "b", "é", "e\u0301", " a "])
SPELLINGS = st.sampled_from(["+{}", "{}", "+{} ", "{}-"])


def wanted_rows(rows: Mapping[int, str]) -> Rows:
    phones, values = pa.array(list(rows), pa.uint64()), pa.array(list(rows.values()), pa.large_string())
    return Rows(phones, values, lambda index: Position("leads.csv", index + 2, 1))


def live_rows(rows: Sequence[tuple[str, str]]) -> LiveRows:
    numbers = pa.chunked_array([pa.array([number for number, _ in rows], pa.string())])
    names = pa.chunked_array([pa.array([value for _, value in rows], pa.string())])
    return LiveRows.of(Leads(numbers, {"field_1": names}), ("field_1",))


def same(one: str, other: str) -> bool:
    return one.strip().replace("e\u0301", "é") == other.strip().replace("e\u0301", "é")


@given(
    st.dictionaries(st.sampled_from(NUMBERS), VALUES),
    st.lists(st.tuples(st.sampled_from(NUMBERS), SPELLINGS, VALUES), max_size=12),
    st.integers(1, 4),
)
def test_the_columns_find_what_a_loop_finds(
    wanted: dict[int, str], account: list[tuple[int, str, str]], of: int
) -> None:
    live = [(spelling.format(number), value) for number, spelling, value in account]
    changes = RowChanges.between(wanted_rows(wanted), live_rows(live), KEY)
    there: dict[int, list[str]] = {}
    for number, _, value in account:
        there.setdefault(number, []).append(value)
    new = [number for number in wanted if number not in there]
    changed = [n for n, value in wanted.items() if any(not same(value, other) for other in there.get(n, ()))]
    gone = [spelling.format(number) for number, spelling, _ in account if number not in wanted]
    listed = list(wanted)
    assert [listed[place] for place in changes.new.rows.to_pylist()] == new
    assert [listed[place] for place in changes.changed.rows.to_pylist()] == changed
    assert sorted(changes.gone.rows.to_pylist()) == sorted(gone)
    assert changes.counts.twice == sum(len(there.get(number, ())) > 1 for number in wanted)

    parts = [changes.shard(index, of) for index in range(of)]
    assert sorted(place for part in parts for place in part.send.to_pylist()) == sorted(changes.send.to_pylist())
    assert sorted(text for part in parts for text in part.gone.rows.to_pylist()) == sorted(gone)
    assert sum(part.counts.rows for part in parts) == len(wanted)


def test_ten_digits_are_never_gone_if_they_may_be_a_wanted_number() -> None:
    wanted = wanted_rows({12025550100: "a", 442025550100: "b"})
    changes = RowChanges.between(wanted, live_rows([("2025550100", "a")]), KEY)
    assert (changes.counts.new, changes.counts.gone) == (2, 0)
    alone = RowChanges.between(wanted_rows({12025550100: "a"}), live_rows([("2025550100", "a")]), KEY)
    assert (alone.counts.new, alone.counts.changed, alone.counts.gone) == (0, 0, 0)


def test_a_row_without_a_number_is_left_alone() -> None:
    changes = RowChanges.between(wanted_rows({12025550100: "a"}), live_rows([("", "x"), ("none", "y")]), KEY)
    assert (changes.counts.new, changes.counts.gone) == (1, 0)


def test_a_value_is_the_whole_column() -> None:
    rows = Rows(
        pa.array([12025550100], pa.uint64()),
        pa.array([f"a{BETWEEN_VALUES}b"], pa.large_string()),
        lambda index: Position("leads.csv", index + 2, 1),
    )
    columns = {name: pa.chunked_array([pa.array([text])]) for name, text in (("field_1", "a"), ("field_2", "c"))}
    live = LiveRows.of(Leads(pa.chunked_array([pa.array(["+12025550100"])]), columns), ("field_1", "field_2"))
    assert RowChanges.between(rows, live, KEY).counts.changed == 1
