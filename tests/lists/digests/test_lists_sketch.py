"""Sketches: they add up, their difference is just what differs, and what they say of a row is never wrong."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digo.lists.digests.bucket_digests import BUCKETS
from digo.lists.digests.row_delta import RowDelta, RowId, SketchDifference
from digo.lists.digests.row_digests import RowDigests
from digo.lists.digests.sketch import NO_ROWS, Sketch, is_sketch, new_row_deltas, sketches_of
from digo.lists.digests.sketch_cells import TABLES, cells_of_shard
from digo.lists.files.source import MAX_SHARDS
from tests.lists.sketch_lists import FIRST, LargeList, deltas, digests_of, sketches

LISTS = st.dictionaries(st.integers(0, 400), st.integers(0, 2), max_size=60)
SHARDS = st.sampled_from([1, 2, 3, 16])
MOST_LETTERS = 59_500  # of the state of a list, in all of its shards
SAVED = Path(__file__).parents[2] / "fixtures" / "lists" / "sketch-1.txt"


@cache
def million() -> LargeList:
    return LargeList.of(1_000_000)


def sketch_of(rows: dict[int, int]) -> Sketch:
    return sketches(rows)[0]


@settings(max_examples=25)
@given(LISTS, st.integers(0, 60), st.randoms(use_true_random=False), SHARDS)
def test_parts_add_up_in_any_order(rows: dict[int, int], cut: int, shuffled: random.Random, of: int) -> None:
    order = list(rows.items())
    shuffled.shuffle(order)
    parts = zip(sketches(dict(order[:cut]), of), sketches(dict(order[cut:]), of), sketches(rows, of), strict=True)
    for one, other, whole in parts:
        assert one.plus(other) == whole == other.plus(one)
        assert whole.minus(one) == other
        assert whole.minus(whole) == Sketch.empty(whole.index, of)


@settings(max_examples=25)
@given(LISTS, LISTS, SHARDS)
def test_the_difference_is_what_differs(old: dict[int, int], new: dict[int, int], of: int) -> None:
    found = [wanted.difference(have) for wanted, have in zip(sketches(new, of), sketches(old, of), strict=True)]
    expected = deltas(old, new)
    rows = [row for one in found for row in one.rows]
    whole = {bucket for one in found for bucket in one.whole}
    assert sorted(rows, key=lambda row: row.id) == [row for row in expected if row.id.bucket not in whole]
    assert whole <= {row.id.bucket for row in expected}


@settings(max_examples=25)
@given(LISTS, LISTS, SHARDS)
def test_deltas_make_the_new_sketch_out_of_the_old_one(old: dict[int, int], new: dict[int, int], of: int) -> None:
    for wanted, have in zip(sketches(new, of), sketches(old, of), strict=True):
        mine = [one for one in deltas(old, new) if one.id.bucket % of == have.index]
        assert have.with_deltas(mine) == wanted
        assert wanted.with_deltas(one.undone for one in mine) == have


@settings(max_examples=25)
@given(LISTS, SHARDS)
def test_a_text_gives_the_sketch_back(rows: dict[int, int], of: int) -> None:
    for one in sketches(rows, of):
        text = one.to_text()
        assert Sketch.from_text(text, one.index, of) == one
        assert is_sketch(text)
        assert json.dumps(text) == f'"{text}"'
        assert not set("<>&") & set(text)


@pytest.mark.parametrize("count", [1, 10, 100, 450, 1000])
def test_edits_of_a_long_list_are_found_one_by_one(count: int) -> None:
    found_exactly(count, seed=count)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(200))
def test_any_number_of_edits_is_found_one_by_one(seed: int) -> None:
    found_exactly(random.Random(seed).randint(1, 1000), seed)


def found_exactly(count: int, seed: int) -> None:
    have = sketches_of([million().digests], 1)[0]
    old, new = million().edits(count, seed)
    wanted = have.minus(sketch_of(old)).plus(sketch_of(new))
    assert wanted.difference(have) == SketchDifference(tuple(deltas(old, new)), ())


@pytest.mark.parametrize(("count", "of"), [(2_000, 1), (2_000, 4), (2_000, MAX_SHARDS), (20_000, 4)])
def test_too_many_edits_are_all_in_rows_or_whole_buckets(count: int, of: int) -> None:
    old, new = million().edits(count, seed=count)
    expected = deltas(old, new)
    rows: list[RowDelta] = []
    whole: set[int] = set()
    for wanted, have in zip(sketches(new, of), sketches(old, of), strict=True):
        found = wanted.difference(have)
        rows += found.rows
        whole.update(found.whole)
    assert whole
    assert sorted(rows, key=lambda one: one.id) == [one for one in expected if one.id.bucket not in whole]


@pytest.mark.parametrize("of", [1, 2, 4, MAX_SHARDS])
def test_the_state_of_a_long_list_is_small_and_has_no_number(of: int) -> None:
    text = "".join(one.to_text() for one in sketches_of([million().digests], of))
    assert len(text) < MOST_LETTERS
    assert str(FIRST) not in text


def test_sketches_never_change() -> None:
    """The states of all users depend on it, and a text that a version before has written is read for ever."""
    whole = sketches({number: number % 3 for number in range(5000)}, MAX_SHARDS)
    digest = hashlib.sha256()
    for bucket in range(BUCKETS):
        one = whole[bucket % MAX_SHARDS]
        digest.update(one.digest(bucket) + one.counts.get(bucket, 0).to_bytes(4, "big"))
    assert digest.hexdigest() == "a1bfe6491272c8bda0b5f850b2de91598973d0cef086d890eebf4226fab636e5"
    assert Sketch.from_text(SAVED.read_text().strip(), 3, MAX_SHARDS) == whole[3]


def test_the_number_of_cells_never_changes() -> None:
    """An up after a change would send whole buckets once."""
    assert TABLES == 3
    assert [cells_of_shard(of) for of in (1, 2, 4, 8, 12, 16)] == [200, 100, 50, 25, 10, 2]


def test_a_sketch_with_other_further_cells_is_read_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = dict.fromkeys(range(300), 0)
    wanted = sketch_of({**rows, 7: 1})
    monkeypatch.setattr("digo.lists.digests.sketch.cells_of_shard", lambda of: 120)
    monkeypatch.setattr("digo.lists.digests.sketch_cells.cells_of_shard", lambda of: 120)
    text = sketch_of(rows).to_text()
    monkeypatch.undo()
    read = Sketch.from_text(text, 0, 1)
    assert not read.complete
    assert wanted.difference(read) == SketchDifference(tuple(deltas(rows, {**rows, 7: 1})), ())


def test_counts_and_digests_of_buckets() -> None:
    rows = dict.fromkeys(range(3000), 0)
    one = sketch_of(rows)
    buckets = digests_of(rows).buckets
    assert one.rows == 3000
    assert one.counts == {int(b): int(n) for b, n in zip(*np.unique(buckets, return_counts=True), strict=True)}
    other = sketch_of({**rows, 7: 1})
    assert one.differing(other) == (digests_of({7: 0}).buckets[0],)
    assert [b for b in range(BUCKETS) if one.digest(b) != other.digest(b)] == list(one.differing(other))
    assert {one.digest(b) for b in range(BUCKETS) if b not in one.counts} == {NO_ROWS}


def test_new_rows_make_a_sketch() -> None:
    rows = dict.fromkeys(range(500), 0)
    assert Sketch.empty(0, 1).with_deltas(new_row_deltas(digests_of(rows))) == sketch_of(rows)


def crowded() -> dict[int, int]:
    """Rows of which many share a bucket."""
    return dict.fromkeys(range(20_000), 0)


def test_a_bucket_that_was_replaced_leaves_a_sketch_that_is_not_complete() -> None:
    rows = crowded()
    have, wanted = sketch_of(rows), sketch_of({**rows, **dict.fromkeys(range(300), 1)})
    bucket = have.differing(wanted)[0]
    assert have.with_buckets((bucket,), have) is have
    replaced = have.with_buckets((bucket,), wanted)
    assert not replaced.complete
    assert replaced.differing(wanted) == have.differing(wanted)[1:]
    assert replaced.with_buckets(have.differing(wanted), wanted).differing(wanted) == ()
    assert Sketch.from_text(replaced.to_text(), 0, 1) == replaced
    assert len(replaced.to_text()) < len(have.to_text())


def test_without_further_cells_rows_that_are_alone_in_a_bucket_are_found() -> None:
    old, new = crowded(), {**crowded(), **dict.fromkeys(range(300), 1), 30_000: 0}
    expected = deltas(old, new)
    mine = [row.id.bucket for row in expected]
    incomplete = sketch_of(old).with_buckets((BUCKETS - 1,), sketch_of({}))
    found = sketch_of(new).difference(incomplete)
    alone = [row for row in expected if mine.count(row.id.bucket) == 1 and row.id.bucket != BUCKETS - 1]
    assert list(found.rows) == alone
    assert set(found.whole) == {bucket for bucket in mine if mine.count(bucket) > 1} | {BUCKETS - 1}


def test_a_row_that_is_gone_is_not_believed_by_its_bucket_alone() -> None:
    old = crowded()
    new = {number: version for number, version in old.items() if number != 7}
    gone = deltas(old, new)
    assert sketch_of(new).difference(sketch_of(old)) == SketchDifference(tuple(gone), ())
    incomplete = sketch_of(old).with_buckets((BUCKETS - 1,), sketch_of({}))
    assert gone[0].id.bucket in sketch_of(new).difference(incomplete).whole


def test_buckets_that_were_empty_are_whole_unless_they_have_one_row() -> None:
    rows = crowded()
    wanted, have = sketch_of(rows), Sketch.empty(0, 1)
    assert set(wanted.difference(have).whole) == {bucket for bucket, count in wanted.counts.items() if count > 1}


def test_two_numbers_of_one_id_count_as_one_row() -> None:
    digests = digests_of({0: 0, 1: 0})
    twins = replace(digests, buckets=digests.buckets[[0, 0]], numbers=digests.numbers[[0, 0]])
    edited = replace(twins, macs=digests_of({0: 1, 1: 1}).macs)
    name = RowId(int(twins.buckets[0]), int(twins.numbers[0]))
    old, new = Sketch.of_rows(twins, 0, 1), Sketch.of_rows(edited, 0, 1)
    assert [(row.id, row.count) for row in new.difference(old).rows] == [(name, 0)]
    both = new.difference(Sketch.empty(0, 1))  # no row counts twice, so this is not believed
    assert both == SketchDifference((), (name.bucket,))


def tampered(digests: RowDigests, place: int, **columns: int) -> RowDigests:
    """The digests with another value in one of the columns of one row."""
    made = {name: getattr(digests, name).copy() for name in columns}
    for name, value in columns.items():
        made[name][place] = value
    return replace(digests, **made)


def test_a_row_under_the_name_of_another_one_is_new_and_gone() -> None:
    rows = crowded()
    digests = digests_of(rows)
    wanted = sketch_of({**rows, 7: 1})
    expected = deltas(rows, {**rows, 7: 1})[0]
    moved = Sketch.of_rows(tampered(digests, 9, numbers=5), 0, 1)  # a row under the name of another one
    found = wanted.difference(moved)
    bucket, n = int(digests.buckets[9]), int(digests.numbers[9])
    assert {row.id: row.count for row in found.rows} == {expected.id: 0, RowId(bucket, n): 1, RowId(bucket, 5): -1}
    assert found.whole == ()


@settings(max_examples=25)
@given(st.integers(1, 3000), st.integers(0, 255))
def test_a_damaged_text_is_refused_or_hides_no_edit(place: int, value: int) -> None:
    rows = dict.fromkeys(range(300), 0)
    have, wanted = (sketches(one, MAX_SHARDS)[5] for one in (rows, {**rows, **dict.fromkeys(range(100), 1)}))
    expected = [row for row in deltas(rows, {**rows, **dict.fromkeys(range(100), 1)}) if row.id.bucket % 16 == 5]
    text = have.to_text()
    damaged = text[:place] + chr(33 + value % 90) + text[place + 1 :]
    try:
        read = Sketch.from_text(damaged, 5, MAX_SHARDS)
    except ValueError:
        return
    found = wanted.difference(read)
    seen = {row.id.bucket for row in found.rows} | set(found.whole)
    assert {row.id.bucket for row in expected} <= seen or read == have


@pytest.mark.parametrize("text", ["", ":", ":abcde", "eJwDAAAAAAE=", ":" + "0" * 4000])
def test_what_is_no_sketch_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="sketch"):
        Sketch.from_text(text, 0, 1)


def test_sketches_of_two_shards_are_not_compared() -> None:
    one, other = sketches({}, 2)
    for act in (one.plus, one.minus, one.difference, one.differing):
        with pytest.raises(ValueError, match="not of one shard"):
            act(other)
    with pytest.raises(ValueError, match="bucket 1 is not in shard 1 of 2"):
        one.digest(1)
    with pytest.raises(ValueError, match="bucket 3 is not in shard 1 of 2"):
        one.with_deltas([RowDelta(RowId(3, 5), 7, 9, 1)])
    with pytest.raises(ValueError, match="of another shard"):
        Sketch.from_text(one.to_text(), 0, 1)


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (2, 3), (16, 1), (3, 3)])
def test_buckets_go_along_into_other_shards(before: int, after: int) -> None:
    rows = dict.fromkeys(range(5000), 0)
    for wanted in sketches(rows, after):
        found = Sketch.empty(wanted.index, after)
        for part in sketches(rows, before):
            moved = part.in_shard(wanted.index, after)
            assert moved.complete == (before == after and part.index == wanted.index)
            found = found.plus(moved)
        assert found.differing(wanted) == ()
