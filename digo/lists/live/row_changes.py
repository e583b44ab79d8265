"""What differs between the rows that config wants and those that the account has, row by row. Pure, and by column."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.digests.row_digests import bucket_of_each
from digo.lists.key import LedgerKey
from digo.lists.live.live_rows import LiveRows
from digo.lists.live.row_counts import RowCounts
from digo.lists.rows.list_rows import Rows

_NO_NUMBERS = pa.array([], pa.large_string())
_NO_BUCKETS = pa.array([], pa.uint64())


@dataclass(frozen=True)
class _Part:
    """Some rows: what names each of them, and its bucket."""

    rows: pa.Array
    buckets: pa.Array

    def shard(self, index: int, of: int) -> _Part:
        if of == 1:
            return self
        rest = pc.subtract(self.buckets, pc.multiply(pc.divide(self.buckets, _u64(of)), _u64(of)))
        mine = pc.equal(rest, _u64(index))
        return _Part(self.rows.filter(mine), self.buckets.filter(mine))


@dataclass(frozen=True)
class RowChanges:
    """The differences of a list, or of one shard of it.

    A row belongs to a bucket and a shard by its number and the ledger key, on both sides. `new` and `changed` name rows
    by their places in the wanted rows, `gone` by their numbers as the account spells them. `all` and `twice` are places
    of all wanted rows, and of those whose number the account has more than once: a write changes all of those.
    """

    new: _Part
    changed: _Part
    gone: _Part
    all: _Part
    twice: _Part

    @classmethod
    def between(cls, wanted: Rows, live: LiveRows, key: LedgerKey) -> RowChanges:
        """The differences between the list's rows in config and those on the account."""
        buckets = bucket_of_each(wanted.phones, key)

        def part(places: pa.Array) -> _Part:
            places = places.take(pc.sort_indices(places))
            return _Part(places, buckets.take(places))

        found = live.places_in(wanted.phones)
        matched = pc.is_valid(found)
        there = found.filter(matched)
        differs = pc.invert(same_values(wanted.values.take(there), live.values.filter(matched)))
        counted = pc.value_counts(there)
        every = pa.array(range(0), pa.int32()) if not len(wanted) else _places(len(wanted))
        gone = pc.and_(pc.and_(pc.invert(matched), live.has_number), pc.invert(live.spelled_like(wanted.phones)))
        return cls(
            new=part(every.filter(pc.invert(pc.is_in(every, value_set=there)))),
            changed=part(pc.unique(there.filter(differs))),
            gone=_Part(live.numbers.filter(gone), bucket_of_each(live.phones.filter(gone), key)),
            all=_Part(every, buckets),
            twice=part(counted.field("values").filter(pc.greater(counted.field("counts"), 1))),
        )

    def shard(self, index: int, of: int) -> RowChanges:
        """The differences of one shard; `index` counts from 0."""
        parts = (self.new, self.changed, self.gone, self.all, self.twice)
        return RowChanges(*(part.shard(index, of) for part in parts))

    def only(self, places: pa.Array) -> RowChanges:
        """The differences in the wanted rows at these places. What is gone is left out."""

        def of(part: _Part) -> _Part:
            mine = pc.is_in(part.rows, value_set=places)
            return _Part(part.rows.filter(mine), part.buckets.filter(mine))

        return replace(self, new=of(self.new), changed=of(self.changed), gone=_Part(_NO_NUMBERS, _NO_BUCKETS))

    def sent_later(self, now: RowChanges) -> pa.Array:
        """The places of the rows to write that are not among those of `now`."""
        return self.send.filter(pc.invert(pc.is_in(self.send, value_set=now.send)))

    @property
    def send(self) -> pa.Array:
        """The places of the rows to write, in the order of the files."""
        both = pa.concat_arrays([self.new.rows, self.changed.rows])
        return both.take(pc.sort_indices(both))

    @property
    def differing_buckets(self) -> frozenset[int]:
        """The buckets that have a row to write."""
        return frozenset(pc.unique(pa.concat_arrays([self.new.buckets, self.changed.buckets])).to_pylist())

    @property
    def counts(self) -> RowCounts:
        """How many rows differ."""
        parts = (self.all, self.new, self.changed, self.gone, self.twice)
        return RowCounts(*(len(part.rows) for part in parts))


def same_values(wanted: pa.Array, live: pa.Array) -> pa.Array:
    """Whether values are the same for people: a service may trim a text, or spell a letter in its other form."""
    same = pc.equal(wanted, live)
    if pc.all(same).as_py() is not False:
        return same
    rest = pc.indices_nonzero(pc.invert(same))
    alike = pc.equal(_plain(wanted.take(rest)), _plain(live.take(rest)))
    found = rest.filter(alike)
    return pc.or_(same, pc.is_in(_places(len(same)), value_set=found.cast(pa.int32())))


def plain_text(value: str) -> str:
    """A value as `same_values` compares it."""
    return unicodedata.normalize("NFC", value).strip()


def _plain(values: pa.Array) -> pa.Array:
    composed = pc.utf8_normalize(values, form="NFC")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(composed, r"\s*(\x1f)\s*", r"\1"))


def _places(count: int) -> pa.Array:
    return pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int32()), count), start=pa.scalar(-1, pa.int32()))


def _u64(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())
