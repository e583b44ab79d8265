"""The rows that the account certainly has of a shard, as state and ledger keep them.

A row is known when the API has confirmed it. What was sent without a reply, or under way when a run was killed, is not
known: it is left out, so that it counts as missing and is sent again.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imports numpy, which a stack without lists does not need
    from digo.lists.digests.sketch import Sketch

_HEAD = struct.Struct("<H8sH")  # bucket, target, length of the bits


@dataclass(frozen=True)
class BegunBucket:
    """A bucket of which a run has sent a part, and whose rows the sketch alone does not tell.

    Attributes:
        target: the digest of the bucket as that run wanted it (`Sketch.digest`).
        confirmed: a bit for each of its rows, in the order of their numbers, lowest bit first: whether it is known.
    """

    target: bytes
    confirmed: int


@dataclass(frozen=True)
class KnownRows:
    """The known rows of a shard.

    Attributes:
        sketch: the sketch of the known rows.
        begun: buckets that were partly sent, by bucket.
        unknown: buckets with rows of which nothing but a count is known, by bucket; 0 where not even that is. The
            sketch has none of them.
        cut_off: whether a run did not send all that it should have. What is missing then may be there.
    """

    sketch: Sketch
    begun: Mapping[int, BegunBucket] = field(default_factory=dict)
    unknown: Mapping[int, int] = field(default_factory=dict)
    cut_off: bool = False

    @property
    def rows(self) -> int:
        """How many rows there are, as far as counts are known."""
        return self.sketch.rows + sum(self.unknown.values())

    def in_shard(self, index: int, of: int) -> KnownRows:
        """The same in the buckets of another shard: those that both have."""
        if (index, of) == (self.sketch.index, self.sketch.of):
            return self
        return KnownRows(
            self.sketch.in_shard(index, of),
            {bucket: one for bucket, one in self.begun.items() if bucket % of == index},
            {bucket: count for bucket, count in self.unknown.items() if bucket % of == index},
            self.cut_off,
        )


def no_rows(index: int, of: int) -> KnownRows:
    """Nothing is known to be there of a shard."""
    from digo.lists.digests.sketch import Sketch

    return KnownRows(Sketch.empty(index, of))


def begun_to_text(begun: Mapping[int, BegunBucket], most: int | None = None) -> str:
    """Begun buckets as one text for the state; "" if there is none.

    Args:
        begun: the buckets.
        most: the longest text. What has no room is left out, those with the fewest confirmed rows first: such a bucket
            is sent whole.
    """
    ordered = sorted(begun.items(), key=lambda one: (-one[1].confirmed.bit_count(), one[0]))
    text = _text(ordered)
    while most is not None and len(text) > most and ordered:
        ordered = ordered[: len(ordered) * most // len(text)]
        text = _text(ordered)
    return text


def _text(begun: list[tuple[int, BegunBucket]]) -> str:
    if not begun:
        return ""
    content = b""
    for bucket, one in sorted(begun):
        bits = one.confirmed.to_bytes(-(-one.confirmed.bit_length() // 8), "little")
        content += _HEAD.pack(bucket, one.target, len(bits)) + bits
    return base64.b64encode(zlib.compress(content, 9)).decode()


def begun_from_text(text: str) -> dict[int, BegunBucket]:
    """The buckets in a text of `begun_to_text`."""
    found: dict[int, BegunBucket] = {}
    content = zlib.decompress(base64.b64decode(text)) if text else b""
    at = 0
    while at < len(content):
        bucket, target, size = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        found[bucket] = BegunBucket(target, int.from_bytes(content[at : at + size], "little"))
        at += size
    return found
