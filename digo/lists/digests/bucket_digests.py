"""The digests of a list's buckets, as version 0.2.0 kept them in state and ledger.

They are read from old states and ledgers, and computed again only to be compared with those.
"""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass

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
        """The buckets in a text of `to_text`. An empty text has none."""
        if not text:
            return cls({}, {})
        mine = range(index, BUCKETS, of)
        content = zlib.decompress(base64.b64decode(text))
        size = len(mine) * DIGEST_BYTES
        digests = (content[at : at + DIGEST_BYTES] for at in range(0, size, DIGEST_BYTES))
        counts = array("I", content[size:])
        filled = [(b, d, n) for b, d, n in zip(mine, digests, counts, strict=True) if d != EMPTY]
        return cls({b: d for b, d, _ in filled}, {b: n for b, _, n in filled})


NO_DIGESTS = Digests({}, {})
