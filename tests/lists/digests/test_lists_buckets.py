"""Digests: what moves them and what does not, and that state of any list is small and tells nothing."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from digo.lists.digests.bucket_digests import BUCKETS, Digests
from digo.lists.digests.row_delta import RowId, SketchDifference
from digo.lists.digests.sketch import Sketch
from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.files.source import MAX_SHARDS, ListSource
from digo.lists.key import LedgerKey, ensure_key, read_ledger_key
from digo.settings.failure import SettingsError
from tests.lists.list_files import number, read, source_of, write_list

NO_CONFIG: dict[str, str] = {}
IN_CLEAR_TEXT: dict[str, str] = {"ledgerKey": "s" * 40}
KEY = LedgerKey("a ledger key for the tests, of no worth")


def digests(source: ListSource, key: LedgerKey = KEY) -> Digests:
    return SortedRows(source, read(source).rows, key).digests()


def differing(one: Digests, other: Digests) -> set[int]:
    return {b for b in range(BUCKETS) if one.digests.get(b) != other.digests.get(b)}


def test_order_and_spelling_change_nothing(tmp_path: Path) -> None:
    order = list(range(3000))
    random.Random(6).shuffle(order)
    one = digests(source_of(write_list(tmp_path / "a.csv", range(3000))))
    path = write_list(tmp_path / "b.csv", order)
    path.write_text(path.read_text().replace("+1200555", "+1 (200) 555-"))
    assert digests(source_of(path)) == one
    assert one.rows == 3000


def test_ten_edits_touch_ten_buckets_at_most(tmp_path: Path) -> None:
    edited = frozenset(random.Random(6).sample(range(30_000), 10))
    before = digests(source_of(write_list(tmp_path / "a.csv", range(30_000))))
    after = digests(source_of(write_list(tmp_path / "b.csv", range(30_000), edited)))
    touched = differing(before, after)
    assert 1 <= len(touched) <= 10
    assert sum(after.counts[b] for b in touched) <= 30_000 // 100


@pytest.mark.parametrize("gone", [[7], list(range(100))])
def test_rows_that_are_gone_are_seen(tmp_path: Path, gone: list[int]) -> None:
    before = digests(source_of(write_list(tmp_path / "a.csv", range(500))))
    after = digests(source_of(write_list(tmp_path / "b.csv", (i for i in range(500) if i not in gone))))
    assert before.rows - after.rows == len(gone)
    assert differing(before, after)


def test_values_lists_and_columns_are_all_in_the_digest(tmp_path: Path) -> None:
    source = source_of(write_list(tmp_path / "a.csv", range(300)))
    one = digests(source)
    for other in (
        replace(source, list_id="4712"),
        replace(source, columns={"phone": "field_0", "name": "field_1", "otp": "field_6"}),
        replace(source, columns={"phone": "field_0", "name": "field_5", "otp": "field_1"}),
        replace(source, columns={"phone": "field_0", "name": "field_1"}),
    ):
        assert differing(one, digests(other)) == set(one.digests)


def test_values_cannot_flow_into_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"phone,name,otp\n{number(1)},ab,c\n")
    (tmp_path / "b.csv").write_text(f"phone,name,otp\n{number(1)},a,bc\n")
    assert digests(source_of(tmp_path / "a.csv")) != digests(source_of(tmp_path / "b.csv"))


@pytest.mark.parametrize("shards", [1, 3, MAX_SHARDS])
def test_shards_are_the_whole(tmp_path: Path, shards: int) -> None:
    whole = digests(source_of(write_list(tmp_path / "a.csv", range(2000))))
    parts = [Digests.from_text(whole.shard(i, shards).to_text(i, shards), i, shards) for i in range(shards)]
    assert {b: d for part in parts for b, d in part.digests.items()} == dict(whole.digests)
    assert sum(part.rows for part in parts) == 2000


def test_state_is_small_and_has_no_number(tmp_path: Path) -> None:
    whole = digests(source_of(write_list(tmp_path / "a.csv", range(60_000))))
    text = "".join(whole.shard(i, MAX_SHARDS).to_text(i, MAX_SHARDS) for i in range(MAX_SHARDS))
    assert len(text) < 24 * 1024
    assert not [i for i in range(0, 60_000, 500) if number(i)[1:] in text]


def test_another_key_is_another_digest(tmp_path: Path) -> None:
    source = source_of(write_list(tmp_path / "a.csv", range(100)))
    other = LedgerKey("another ledger key for the tests, no worth")
    assert not set(digests(source).digests.values()) & set(digests(source, other).digests.values())
    assert KEY.check != other.check
    assert KEY.text not in repr(KEY) and not any(sign.isdigit() for sign in KEY.check)


def test_rows_of_a_bucket(tmp_path: Path) -> None:
    source = source_of(write_list(tmp_path / "a.csv", range(1000)))
    found = read(source).rows
    ordered = SortedRows(source, found, KEY)
    rows = [row for bucket in ordered.counts for row in ordered.rows_at(ordered.places_in(bucket))]
    assert sorted(phone for _, phone, _ in rows) == sorted(number(i) for i in range(1000))
    for index, phone, values in rows[:50]:
        line = (tmp_path / "a.csv").read_text().splitlines()[found.place(index).line - 1]
        assert line == ",".join([phone, *values])


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.key"
    assert ensure_key(path) and not ensure_key(path)
    assert path.stat().st_mode & 0o077 == 0
    made = path.read_text().strip()
    both: dict[str, str] = {"ledgerKeyFile": "keys/ledger.key", **IN_CLEAR_TEXT}
    assert read_ledger_key(both.get, {}, tmp_path) == LedgerKey(made)
    assert read_ledger_key(both.get, {"DIGO_LEDGER_KEY": "e" * 40}, tmp_path) == LedgerKey("e" * 40)
    assert read_ledger_key(IN_CLEAR_TEXT.get, {}, tmp_path) == LedgerKey("s" * 40)
    assert read_ledger_key(NO_CONFIG.get, {}, tmp_path) is None
    no_such_file: dict[str, str] = {"ledgerKeyFile": "keys/another.key"}
    with pytest.raises(
        SettingsError, match=r"ledgerKeyFile \(keys/another.key\) .*bring it to this machine, or set DIGO_LEDGER_KEY"
    ):
        read_ledger_key(no_such_file.get, {}, tmp_path)
    with pytest.raises(SettingsError, match="DIGO_LEDGER_KEY: the ledger key has 5 characters and needs 32"):
        read_ledger_key(NO_CONFIG.get, {"DIGO_LEDGER_KEY": "short"}, tmp_path)
    short: dict[str, str] = {"ledgerKeyFile": "short.key"}
    (tmp_path / "short.key").write_text("short")
    with pytest.raises(SettingsError, match=r"ledgerKeyFile \(short.key\): the ledger key has 5 characters"):
        read_ledger_key(short.get, {}, tmp_path)
    (tmp_path / "empty.key").write_text("\n")
    with pytest.raises(SettingsError, match=r"LEDGER_KEY_FILE \(empty.key\) is empty"):
        read_ledger_key(NO_CONFIG.get, {"DIGO_LEDGER_KEY_FILE": "empty.key"}, tmp_path)
    with pytest.raises(SettingsError, match="in clear text"):
        read_ledger_key(IN_CLEAR_TEXT.get, {}, tmp_path, plain=True)


def sorted_rows(path: Path, indices: Iterable[int], edited: frozenset[int] = frozenset()) -> SortedRows:
    source = source_of(write_list(path, indices, edited))
    return SortedRows(source, read(source).rows, KEY)


def test_digests_of_version_1_never_change(tmp_path: Path) -> None:
    """Old states have them, and plans that were pinned have the digest of all rows."""
    rows = sorted_rows(tmp_path / "a.csv", range(3000))
    text = b"".join(digest for _, digest in sorted(rows.digests().digests.items()))
    assert hashlib.sha256(text).hexdigest() == "78269fd14bb159d775d2b83f0d1c5f2a8ffc697e04b7a2c4f07e914ad67578a3"
    assert rows.content == "4ffb362375ca6d71002344d4bd880fa99a31b443ee477e8f9f75ac9aa2e4b5ee"


def test_a_difference_names_the_rows_to_send(tmp_path: Path) -> None:
    """Two are changed, one is new and one is gone."""
    before = sorted_rows(tmp_path / "a.csv", range(3000))
    after = sorted_rows(tmp_path / "b.csv", range(1, 3001), frozenset({40, 1700}))
    found = after.sketches[0].difference(before.sketches[0])
    assert after.proven(found) == found and not found.whole
    places = after.places_of(row.id for row in found.rows)
    rows: dict[int, set[str]] = {-1: set(), 0: set(), 1: set()}
    for row in found.rows:
        rows[row.count].update(phone for _, phone, _ in after.rows_at(places[row.id]))
    assert [row.count for row in found.rows].count(-1) == 1
    assert rows == {-1: set(), 0: {number(40), number(1700)}, 1: {number(3000)}}


def test_a_row_is_found_by_its_id(tmp_path: Path) -> None:
    rows = sorted_rows(tmp_path / "a.csv", range(3000))
    ids = {place: one for bucket in rows.counts for place, one in rows.ids_of(bucket).items()}
    assert len(ids) == 3000
    places = rows.places_of(ids.values())
    assert all(place in places[one] for place, one in ids.items())
    stranger = RowId(ids[0].bucket, ids[0].n ^ 1)
    assert rows.places_of([stranger, RowId(ids[0].bucket, ids[0].n)]) == {stranger: (), ids[0]: (0,)}
    for place in (0, 7, 2999):
        [delta] = rows.new_deltas([place])
        assert (delta.id, delta.count) == (ids[place], 1)


def test_what_the_rows_do_not_prove_counts_as_a_whole_bucket(tmp_path: Path) -> None:
    rows = sorted_rows(tmp_path / "a.csv", range(3000))
    first, second, third, fourth = rows.new_deltas([0, 1, 2, 3])
    assert len({one.id.bucket for one in (first, second, third, fourth)}) == 4
    wrong = (
        replace(first, id=RowId(first.id.bucket, first.id.n ^ 1), count=0),  # changed, and not there
        replace(second, count=-1),  # gone, and still there
        replace(third, d1=third.d1 ^ 1),  # new, with another content
    )
    found = rows.proven(SketchDifference((*wrong, fourth), (5,)))
    assert found.rows == (fourth,)
    assert set(found.whole) == {5, first.id.bucket, second.id.bucket, third.id.bucket}


@pytest.mark.parametrize("shards", [1, 3, MAX_SHARDS])
def test_sketches_of_shards_add_up_over_files(tmp_path: Path, shards: int) -> None:
    paths = [write_list(tmp_path / f"{start}.csv", range(start, start + 700)) for start in (0, 700, 1400)]
    together = source_of(*paths)
    whole = SortedRows(together, read(together).rows, KEY, shards)
    assert sum(one.rows for one in whole.sketches) == 2100
    parts = [SortedRows(source, read(source).rows, KEY, shards) for source in map(source_of, reversed(paths))]
    for index, one in enumerate(whole.sketches):
        added = Sketch.empty(index, shards)
        for part in parts:
            added = added.plus(part.sketches[index])
        assert added == one


def test_one_long_digest_covers_all_rows(tmp_path: Path) -> None:
    def content(source: ListSource, key: LedgerKey = KEY) -> str:
        ordered = SortedRows(source, read(source).rows, key)
        assert ordered.digests() == digests(source, key)
        return ordered.content

    source = source_of(write_list(tmp_path / "a.csv", range(300)))
    one = content(source)
    assert len(one) == 64
    assert content(source_of(write_list(tmp_path / "b.csv", range(299, -1, -1)))) == one
    others = [
        content(source, LedgerKey("another ledger key for the tests, of no worth")),
        content(replace(source, list_id="4712")),
        content(source_of(write_list(tmp_path / "c.csv", range(299)))),
        content(source_of(write_list(tmp_path / "d.csv", range(300), frozenset({7})))),
    ]
    assert len({one, *others}) == 5
