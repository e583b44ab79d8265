"""Puts a list's rows into buckets, and computes the digest of each bucket.

A row's bucket depends only on its number and the key. A bucket's digest covers its rows in the order of their numbers,
so the order in the file does not matter. A changed digest shows which bucket changed, not which row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.bucket_digests import BUCKETS, DIGEST_BYTES, Digests
from digo.lists.key import LedgerKey
from digo.lists.rows import BETWEEN_VALUES, Rows
from digo.lists.source import ListSource

_PHONE_BITS = 50  # a number has at most fifteen digits
_ROWS_AT_ONCE = 1 << 14
_BETWEEN_ROWS = "\x1e"
_CONTENT_BYTES = 32


class SortedRows:
    """A list's rows, sorted by bucket and number, for one key."""

    def __init__(self, source: ListSource, rows: Rows, key: LedgerKey) -> None:
        self._source = source
        self._rows = rows
        self._key = key.derive("digest")
        self._content_key = key.derive("content")
        buckets = bucket_of_each(rows.phones, key)
        self._order = pc.sort_indices(
            pc.bit_wise_or(pc.shift_left(buckets, pa.scalar(_PHONE_BITS, pa.uint64())), rows.phones)
        )
        counted = {one["values"]: one["counts"] for one in pc.value_counts(buckets).to_pylist()}
        self.counts: dict[int, int] = dict(sorted(counted.items()))
        self._starts: dict[int, int] = {}
        start = 0
        for bucket, count in self.counts.items():
            self._starts[bucket] = start
            start += count

    def digests(self, buckets: Sequence[int] | None = None) -> Digests:
        """The digests of these buckets; of all buckets if None."""
        wanted = list(self.counts) if buckets is None else [b for b in buckets if b in self.counts]
        found = {bucket: self._digest(content) for bucket, content in self._contents(wanted)}
        return Digests(found, {bucket: self.counts[bucket] for bucket in wanted})

    def all_digests(self) -> tuple[Digests, str]:
        """The digests of all buckets, and one digest of all rows, of 256 bits in hex.

        A bucket's digest only has to notice an edit. The digest of all rows stands for what was reviewed.
        """
        whole = hashlib.blake2b(self._head, key=self._content_key, digest_size=_CONTENT_BYTES)
        found: dict[int, bytes] = {}
        for bucket, content in self._contents(list(self.counts)):
            found[bucket] = self._digest(content)
            whole.update(b"%d %d\x1e" % (bucket, len(content)))
            whole.update(content)
        return Digests(found, dict(self.counts)), whole.hexdigest()

    def rows_of(self, bucket: int) -> list[tuple[int, str, list[str]]]:
        """The rows of one bucket: index in the list's `Rows`, E.164 number, and values in the order of `fields`."""
        indices = self._indices([bucket])
        phones, values = self._rows.phones.take(indices), self._rows.values.take(indices)
        several = bool(self._source.fields)
        return [
            (index, f"+{phone}", text.split(BETWEEN_VALUES) if several else [])
            for index, phone, text in zip(indices.to_pylist(), phones.to_pylist(), values.to_pylist(), strict=True)
        ]

    def first_rows(self) -> dict[int, tuple[str, ...]]:
        """One row of each bucket: its E.164 number, and its values in the order of `fields`."""
        first = self._order.take(pa.array(list(self._starts.values()), pa.int64()))
        phones, values = self._rows.phones.take(first), self._rows.values.take(first)
        several = bool(self._source.fields)
        return {
            bucket: (f"+{phone}", *(text.split(BETWEEN_VALUES) if several else ()))
            for bucket, phone, text in zip(self._starts, phones.to_pylist(), values.to_pylist(), strict=True)
        }

    def _contents(self, buckets: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Each bucket's rows as one text in UTF-8."""
        for group in self._groups(buckets):
            texts = self._texts(group)
            for bucket in group:
                yield bucket, "".join(next(texts) for _ in range(self.counts[bucket])).encode()

    def _groups(self, buckets: Sequence[int]) -> Iterator[list[int]]:
        """The buckets in groups, so that only a few rows at a time are Python strings."""
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

    def _texts(self, buckets: Sequence[int]) -> Iterator[str]:
        indices = self._indices(buckets)
        phones = self._rows.phones.take(indices).cast(pa.large_string())
        values = self._rows.values.take(indices)
        end = pa.scalar(_BETWEEN_ROWS, pa.large_string())
        texts = pc.binary_join_element_wise(phones, values, end, pa.scalar(BETWEEN_VALUES, pa.large_string()))
        return iter(texts.to_pylist())

    def _indices(self, buckets: Sequence[int]) -> pa.Array:
        return pa.concat_arrays([self._order.slice(self._starts[b], self.counts[b]) for b in buckets])

    @cached_property
    def _head(self) -> bytes:
        """List id and fields, the beginning of each digest: a value in another field is another value."""
        list_id = "" if self._source.named else self._source.list_id
        return (BETWEEN_VALUES.join((list_id, *self._source.fields)) + _BETWEEN_ROWS).encode()

    def _digest(self, content: bytes) -> bytes:
        """The digest of a bucket's text."""
        digest = hashlib.blake2b(self._head, key=self._key, digest_size=DIGEST_BYTES)
        digest.update(content)
        return digest.digest()


def bucket_of_each(phones: pa.Array, key: LedgerKey) -> pa.Array:
    """Each number's bucket. It mixes as SplitMix64 does (Steele, Lea, Flood 2014); arithmetic wraps at 64 bits."""
    mixed = pc.bit_wise_xor(phones, _u64(int.from_bytes(key.derive("bucket", 8), "big")))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = pc.multiply(pc.bit_wise_xor(mixed, pc.shift_right(mixed, _u64(shift))), _u64(factor))
    mixed = pc.bit_wise_xor(mixed, pc.shift_right(mixed, _u64(31)))
    return pc.bit_wise_and(mixed, _u64(BUCKETS - 1))


def _u64(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())
