"""A list's rows by bucket and number: their sketches and digests, and the rows that a sketch's difference names.

A row's bucket depends only on its number and the key, so the order in the files changes no digest.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from digo.lists.digests.bucket_digests import DIGEST_BYTES, Digests
from digo.lists.digests.row_delta import RowDelta, RowId, SketchDifference
from digo.lists.digests.row_digests import RowDigester, RowDigests, bucket_of_each
from digo.lists.digests.sketch import Sketch, new_row_deltas, sketches_of
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import BETWEEN_VALUES, Rows

_NUMBER_BITS = 32  # of the digest of a number in an id
_PHONE_BITS = 50  # a number has at most fifteen digits
_ROWS_AT_ONCE = 1 << 16
_BETWEEN_ROWS = "\x1e"
_CONTENT_BYTES = 32


class SortedRows:
    """A list's rows, sorted by bucket and number, for one key. `of` is the number of shards of its sketches."""

    def __init__(self, source: ListSource, rows: Rows, key: LedgerKey, of: int = 1) -> None:
        self._source = source
        self._rows = rows
        self._key = key
        self._digester = RowDigester(source, key)
        self._numbers = np.empty(len(rows), np.uint32)
        self.sketches: tuple[Sketch, ...] = sketches_of(self._parts(), of)
        self._order = _order(rows.phones, key)
        self.counts: dict[int, int] = {}
        for one in self.sketches:
            self.counts |= one.counts
        self.counts = dict(sorted(self.counts.items()))
        starts = np.cumsum([0, *self.counts.values()]).tolist()
        self._starts: dict[int, int] = dict(zip(self.counts, starts, strict=False))

    def digests(self) -> Digests:
        """The digests of version 1 of all buckets, which old states have."""
        key = self._key.derive("digest")
        found: dict[int, bytes] = {}
        for bucket, content in self._contents(list(self.counts)):
            digest = hashlib.blake2b(self._head, key=key, digest_size=DIGEST_BYTES)
            digest.update(content)
            found[bucket] = digest.digest()
        return Digests(found, dict(self.counts))

    @cached_property
    def content(self) -> str:
        """One digest of all rows, of 256 bits in hex. It proves what was reviewed.

        A sketch only has to notice an edit. Nobody can make two lists with one such digest, not even with the key.
        """
        whole = hashlib.blake2b(self._head, key=self._key.derive("content"), digest_size=_CONTENT_BYTES)
        for bucket, content in self._contents(list(self.counts)):
            whole.update(b"%d %d\x1e" % (bucket, len(content)))
            whole.update(content)
        return whole.hexdigest()

    def rows_at(self, places: Sequence[int] | NDArray[np.int64]) -> list[tuple[int, str, list[str]]]:
        """The rows at these places in the list's `Rows`: place, E.164 number, and values in the order of `fields`."""
        indices = pa.array(places, pa.int64())
        phones, values = self._rows.phones.take(indices), self._rows.values.take(indices)
        several = bool(self._source.fields)
        return [
            (index, f"+{phone}", text.split(BETWEEN_VALUES) if several else [])
            for index, phone, text in zip(indices.to_pylist(), phones.to_pylist(), values.to_pylist(), strict=True)
        ]

    def places_of(self, ids: Iterable[RowId]) -> dict[RowId, tuple[int, ...]]:
        """The places in the list's `Rows` of the rows with these ids, in the order of the ids.

        An id has no place if the list has no such row, and seldom two.
        """
        wanted = list(ids)
        found: defaultdict[RowId, list[int]] = defaultdict(list)
        buckets = list(dict.fromkeys(one.bucket for one in wanted))
        parts = [self.places_in(bucket) for bucket in buckets]
        places = np.concatenate([np.zeros(0, np.int64), *parts])
        theirs = np.repeat(np.array(buckets, np.uint64), [len(part) for part in parts]) << np.uint64(_NUMBER_BITS)
        theirs |= self._numbers[places]
        asked = np.array([one.bucket << _NUMBER_BITS | one.n for one in wanted], np.uint64)
        for at in np.nonzero(np.isin(theirs, asked))[0].tolist():
            bucket, n = divmod(int(theirs[at]), 1 << _NUMBER_BITS)
            found[RowId(bucket, n)].append(int(places[at]))
        return {one: tuple(found.get(one, ())) for one in wanted}

    def ids_of(self, bucket: int) -> dict[int, RowId]:
        """The id of each row of a bucket by its place in the list's `Rows`, in the order of their numbers."""
        places = self.places_in(bucket)
        numbers = self._numbers[places].tolist()
        return {place: RowId(bucket, n) for place, n in zip(places.tolist(), numbers, strict=True)}

    def new_deltas(self, places: Sequence[int] | NDArray[np.int64]) -> list[RowDelta]:
        """What adds the rows at these places in the list's `Rows` to a sketch that has none of them."""
        return new_row_deltas(self.digests_at(places))

    def proven(self, difference: SketchDifference) -> SketchDifference:
        """A difference to the list's rows, held against the rows. A bucket in which it is wrong counts as a whole.

        A row that is new or changed must be there, a new one with just its digests, and one that is gone must not.
        """
        places = self.places_of(one.id for one in difference.rows)
        there = [place for one in difference.rows if one.count > 0 for place in places[one.id]]
        new = {(one.id, one.d1, one.d2) for one in self.new_deltas(there)}
        whole = set(difference.whole)
        for one in difference.rows:
            right = bool(places[one.id]) == (one.count >= 0)
            if not right or (one.count > 0 and (one.id, one.d1, one.d2) not in new):
                whole.add(one.id.bucket)
        rows = tuple(one for one in difference.rows if one.id.bucket not in whole)
        return SketchDifference(rows, tuple(sorted(whole)))

    def first_rows(self) -> dict[int, tuple[str, ...]]:
        """One row of each bucket: its E.164 number, and its values in the order of `fields`."""
        first = self.rows_at(self._order[list(self._starts.values())])
        return {bucket: (phone, *values) for bucket, (_, phone, values) in zip(self._starts, first, strict=True)}

    def _parts(self) -> Iterator[RowDigests]:
        """The digests of all rows, some at a time. Only those of the numbers are kept: ten million rows fit then."""
        start = 0
        for part in self._digester.parts(self._rows.phones, self._rows.values):
            self._numbers[start : start + len(part)] = part.numbers
            start += len(part)
            yield part

    def places_in(self, bucket: int) -> NDArray[np.int64]:
        """The places in the list's `Rows` of a bucket's rows, in the order of their numbers."""
        start = self._starts.get(bucket, 0)
        return self._order[start : start + self.counts.get(bucket, 0)]

    def digests_at(self, places: Sequence[int] | NDArray[np.int64]) -> RowDigests:
        """The digests of the rows at these places in the list's `Rows`."""
        indices = pa.array(places, pa.int64())
        return self._digester.digests(self._rows.phones.take(indices), self._rows.values.take(indices))

    def _contents(self, buckets: Sequence[int]) -> Iterator[tuple[int, memoryview]]:
        """Each bucket's rows as one text in UTF-8."""
        for group in self._groups(buckets):
            bounds, data = self._texts(group)
            at = 0
            for bucket in group:
                end = at + self.counts[bucket]
                yield bucket, data[bounds[at] : bounds[end]]
                at = end

    def _groups(self, buckets: Sequence[int]) -> Iterator[list[int]]:
        """The buckets in groups, so that only a few rows at a time are copied."""
        group: list[int] = []
        size = 0
        for bucket in buckets:
            group.append(bucket)
            size += self.counts[bucket]
            if size >= _ROWS_AT_ONCE:
                yield group
                group, size = [], 0
        if group:
            yield group

    def _texts(self, buckets: Sequence[int]) -> tuple[NDArray[np.int64], memoryview]:
        """The texts of all rows of these buckets, one behind the other, and where each begins."""
        indices = pa.array(np.concatenate([self.places_in(bucket) for bucket in buckets]))
        phones = self._rows.phones.take(indices).cast(pa.large_string())
        values = self._rows.values.take(indices)
        end = pa.scalar(_BETWEEN_ROWS, pa.large_string())
        texts = pc.binary_join_element_wise(phones, values, end, pa.scalar(BETWEEN_VALUES, pa.large_string()))
        _, offsets, data = texts.buffers()
        return np.frombuffer(offsets, np.int64, len(texts) + 1), memoryview(data)

    @cached_property
    def _head(self) -> bytes:
        """List id and fields, the beginning of each digest: a value in another field is another value."""
        list_id = "" if self._source.named else self._source.list_id
        return (BETWEEN_VALUES.join((list_id, *self._source.fields)) + _BETWEEN_ROWS).encode()


def _order(phones: pa.Array, key: LedgerKey) -> NDArray[np.int64]:
    """The places of the rows, sorted by bucket and number."""
    buckets = pc.shift_left(bucket_of_each(phones, key), pa.scalar(_PHONE_BITS, pa.uint64()))
    order: NDArray[np.int64] = pc.sort_indices(pc.bit_wise_or(buckets, phones)).to_numpy().view(np.int64)
    return order
