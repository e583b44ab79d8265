"""The lines of a ledger. Each is one JSON value, complete or not at all: a cut line is not JSON, and counts as none."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from digo.lists.digests.row_delta import RowDelta, RowId

NO_PLACE = -1


@dataclass(frozen=True)
class BucketLine:
    """A line of version 0.2.0: the digest of a bucket before the run and now.

    Attributes:
        bucket: the bucket.
        was: its digest before the run, from the state of its shard.
        now: its digest now. None means that its rows are being sent, so its content is unknown.
        count: how many rows it has.
        of: how many shards the list had in the run.
    """

    bucket: int
    was: bytes
    now: bytes | None
    count: int
    of: int

    def without(self, buckets: Container[int]) -> BucketLine | None:
        """The line without these buckets; None if nothing is left of it."""
        return None if self.bucket in buckets else self

    def to_json(self) -> str:
        """The line as JSON."""
        now = None if self.now is None else self.now.hex()
        line = {"bucket": self.bucket, "was": self.was.hex(), "now": now, "count": self.count, "of": self.of}
        return json.dumps(line)


@dataclass(frozen=True)
class BeginLine:
    """Names the rows that are sent next. They are not known any more, until a `RowLine` says so.

    Attributes:
        was: for each bucket of these rows, what names the state that the run began with (`ShardState.token`).
        of: how many shards the list has in the run.
        targets: the digests of the buckets as they are wanted, if all of their rows are sent that are not known yet.
        cleared: buckets of which nothing is known any more: all of their rows are sent.
        out: known rows that are replaced, as the deltas that take them out of the sketch.
    """

    was: Mapping[int, str]
    of: int
    targets: Mapping[int, bytes] = field(default_factory=dict)
    cleared: frozenset[int] = frozenset()
    out: tuple[RowDelta, ...] = ()

    def without(self, buckets: Container[int]) -> BeginLine | None:
        """The line without these buckets; None if nothing is left of it."""
        was = _without(self.was, buckets)
        if not was:
            return None
        out = tuple(one for one in self.out if one.id.bucket in was)
        return replace(
            self, was=was, targets=_without(self.targets, buckets), cleared=self.cleared & was.keys(), out=out
        )

    def to_json(self) -> str:
        """The line as JSON."""
        line: dict[str, Any] = {"begin": {str(bucket): token for bucket, token in self.was.items()}, "of": self.of}
        if self.targets:
            line["targets"] = {str(bucket): target.hex() for bucket, target in self.targets.items()}
        if self.cleared:
            line["cleared"] = sorted(self.cleared)
        if self.out:
            line["out"] = [[*one.id, one.d1, one.d2, one.count] for one in self.out]
        return json.dumps(line, separators=(",", ":"))


@dataclass(frozen=True)
class RowLine:
    """A row that was confirmed.

    `delta` puts it into the sketch. `place` counts the bucket's rows in the order of their numbers, from 0; it is
    `NO_PLACE` where the bucket has no target.
    """

    delta: RowDelta
    place: int = NO_PLACE

    def without(self, buckets: Container[int]) -> RowLine | None:
        """The line without these buckets; None if nothing is left of it."""
        return None if self.delta.id.bucket in buckets else self

    def to_json(self) -> str:
        """The line as JSON."""
        return json.dumps([*self.delta.id, self.delta.d1, self.delta.d2, self.place], separators=(",", ":"))


Line = BucketLine | BeginLine | RowLine


def line_from_json(text: str) -> Line | None:
    """Reads a line; None if a killed run or a full disk cut it short."""
    try:
        content = json.loads(text)
        if isinstance(content, list):
            bucket, number, first, second, place = map(int, content)
            return RowLine(RowDelta(RowId(bucket, number), first, second, 1), place)
        read: Callable[[Any], Line] = _begin if "begin" in content else _bucket
        return read(content)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _begin(content: Any) -> BeginLine:
    out = [[int(one) for one in row] for row in content.get("out", ())]
    return BeginLine(
        was={int(bucket): str(token) for bucket, token in content["begin"].items()},
        of=int(content["of"]),
        targets={int(bucket): bytes.fromhex(target) for bucket, target in content.get("targets", {}).items()},
        cleared=frozenset(int(bucket) for bucket in content.get("cleared", ())),
        out=tuple(RowDelta(RowId(bucket, n), d1, d2, count) for bucket, n, d1, d2, count in out),
    )


def _bucket(content: Any) -> BucketLine:
    now = None if content["now"] is None else bytes.fromhex(content["now"])
    was, count, of = bytes.fromhex(content["was"]), int(content["count"]), int(content["of"])
    return BucketLine(int(content["bucket"]), was, now, count, of)


def _without(by_bucket: Mapping[int, Any], buckets: Container[int]) -> dict[int, Any]:
    return {bucket: one for bucket, one in by_bucket.items() if bucket not in buckets}
