"""The digests of a list's buckets. The state keeps these of a list; their size does not depend on its length."""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digo.text.counts import counted

BUCKETS = 2048  # ten edited rows are in at most ten buckets, half a percent of a large list
DIGEST_BYTES = 6  # the chance that an edit goes unnoticed is one in 2**48
EMPTY = bytes(DIGEST_BYTES)


@dataclass(frozen=True)
class Digests:
    """The buckets of a list or shard: digests and row counts by bucket. `EMPTY` is the digest of no row."""

    digests: Mapping[int, bytes]
    counts: Mapping[int, int]

    @property
    def rows(self) -> int:
        """How many rows all buckets have."""
        return sum(self.counts.values())

    def shard(self, index: int, of: int) -> Digests:
        """The buckets of one shard; `index` counts from 0."""
        mine = range(index, BUCKETS, of)
        return Digests(
            {b: self.digests[b] for b in mine if b in self.digests},
            {b: self.counts[b] for b in mine if b in self.counts},
        )

    def to_text(self, index: int, of: int) -> str:
        """A shard's buckets as one text for the state."""
        mine = range(index, BUCKETS, of)
        digests = b"".join(self.digests.get(bucket, EMPTY) for bucket in mine)
        counts = array("I", (self.counts.get(bucket, 0) for bucket in mine))
        return base64.b64encode(zlib.compress(digests + counts.tobytes(), 9)).decode()

    @classmethod
    def from_text(cls, text: str, index: int, of: int) -> Digests:
        """The buckets in a text of `written`. An empty text has none."""
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
    """What a run must send to bring a list to its wanted rows.

    `buckets` have rows to send. A run sends whole buckets, so `rows` is at least the number of edited rows. `gone` is
    at most the number of removed rows, because other rows may have been added to the same buckets.
    """

    buckets: tuple[int, ...]
    rows: int
    gone: int
    differs: bool

    @classmethod
    def between(cls, have: Mapping[int, bytes], had_counts: Mapping[int, int], wanted: Digests) -> Change:
        """The change from the digests `have` (by bucket) to the wanted ones."""
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
        """The sum of the changes of all shards."""
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
