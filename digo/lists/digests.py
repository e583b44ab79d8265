"""The digests of a list's buckets: what the state keeps of it, whatever its length."""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digo.counts import counted

BUCKETS = 2048  # ten edited rows are in ten buckets at most: half a percent of a large list
DIGEST_BYTES = 6  # 2**48 to one against an edit that goes unnoticed
EMPTY = bytes(DIGEST_BYTES)


@dataclass(frozen=True)
class Digests:
    """The buckets of a list, or of one of its shards: digests, and how many rows each has. `EMPTY` has no row."""

    digests: Mapping[int, bytes]
    counts: Mapping[int, int]

    @property
    def rows(self) -> int:
        """Rows in all of them."""
        return sum(self.counts.values())

    def shard(self, index: int, of: int) -> Digests:
        """The buckets of one shard; `index` counts from 0."""
        mine = range(index, BUCKETS, of)
        return Digests(
            {b: self.digests[b] for b in mine if b in self.digests},
            {b: self.counts[b] for b in mine if b in self.counts},
        )

    def written(self, index: int, of: int) -> str:
        """A shard's buckets as one text of constant size."""
        mine = range(index, BUCKETS, of)
        digests = b"".join(self.digests.get(bucket, EMPTY) for bucket in mine)
        counts = array("I", (self.counts.get(bucket, 0) for bucket in mine))
        return base64.b64encode(zlib.compress(digests + counts.tobytes(), 9)).decode()

    @classmethod
    def read(cls, text: str, index: int, of: int) -> Digests:
        """The buckets in a text that `written` made; none in an empty one."""
        if not text:
            return cls({}, {})
        mine = range(index, BUCKETS, of)
        content = zlib.decompress(base64.b64decode(text))
        size = len(mine) * DIGEST_BYTES
        digests = (content[at : at + DIGEST_BYTES] for at in range(0, size, DIGEST_BYTES))
        counts = array("I", content[size:])
        filled = [(b, d, n) for b, d, n in zip(mine, digests, counts, strict=True) if d != EMPTY]
        return cls({b: d for b, d, _ in filled}, {b: n for b, _, n in filled})


@dataclass(frozen=True)
class Change:
    """What is to be sent, from what a list has to what is wanted.

    `buckets` have rows to send. A bucket is sent whole, so `rows` counts more than the rows that were edited; `gone`
    counts fewer than the rows that were taken out, because others may have come into the same buckets.
    """

    buckets: tuple[int, ...]
    rows: int
    gone: int
    differs: bool

    @classmethod
    def between(cls, have: Mapping[int, bytes], had_counts: Mapping[int, int], wanted: Digests) -> Change:
        """The change. `have` are digests by bucket; one that is neither wanted nor empty is of unknown content."""
        buckets = tuple(bucket for bucket, digest in wanted.digests.items() if have.get(bucket) != digest)
        emptied = [bucket for bucket in had_counts if bucket not in wanted.digests]
        gone = sum(max(0, had_counts.get(b, 0) - wanted.counts[b]) for b in buckets)
        return cls(
            buckets=buckets,
            rows=sum(wanted.counts[bucket] for bucket in buckets),
            gone=gone + sum(had_counts[bucket] for bucket in emptied),
            differs=bool(buckets or emptied),
        )

    @classmethod
    def together(cls, parts: Iterable[Change]) -> Change:
        """The changes of all shards as one."""
        parts = list(parts)
        return cls(
            buckets=tuple(bucket for part in parts for bucket in part.buckets),
            rows=sum(part.rows for part in parts),
            gone=sum(part.gone for part in parts),
            differs=any(part.differs for part in parts),
        )

    def sentence(self, of: int) -> str:
        """`488 of 1,000,000 rows are new or changed, or share a bucket with such a row; at least 3 gone …`."""
        parts = []
        if self.rows:
            one = self.rows == 1
            shared = "" if self.rows == of else f", or {'shares' if one else 'share'} a bucket with such a row"
            parts.append(f"{self.rows:,} of {counted(of, 'row')} {'is' if one else 'are'} new or changed{shared}")
        if self.gone:
            parts.append(f"at least {self.gone:,} are gone: forgotten, the list in the panel keeps them")
        return "; ".join(parts) or "no row is to be sent"
