"""What a run must send to bring a shard to its wanted rows, and how that is said. It reads no row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digo.text.counts import counted

if TYPE_CHECKING:  # imports numpy, which a stack without lists does not need
    from digo.lists.digests.known_rows import KnownRows
    from digo.lists.digests.row_delta import RowDelta
    from digo.lists.digests.sketch import Sketch

TAKEN_OVER = "the state is brought to the form of this version, and no row is sent"
_KEPT = "the list in the panel keeps what is gone"


@dataclass(frozen=True)
class Change:
    """What differs, as far as two sketches show it. The numbers of rows are those of the wanted list.

    Attributes:
        deltas: the rows that are known to differ, one by one.
        new_buckets: buckets of which the account has no known row. All their rows are sent.
        resumed: buckets that were partly sent as they are wanted, with the bits of their known rows
            (`BegunBucket.confirmed`). The other rows are sent.
        whole: buckets that differ, and nothing shows in which rows. All their rows are sent.
        new: how many rows are new.
        changed: how many have other values.
        gone: how many the account has and config does not.
        left: how many rows of `resumed` are sent.
        shared: how many rows of `whole` are sent. At least one in each of these buckets is new, changed or gone.
        gone_at_least: how many more are gone for certain. It can be more, if others have been added to their buckets.
        cut_off: whether a run was cut off that may have sent rows which count as new here.
    """

    deltas: tuple[RowDelta, ...] = ()
    new_buckets: tuple[int, ...] = ()
    resumed: Mapping[int, int] = field(default_factory=dict)
    whole: tuple[int, ...] = ()
    new: int = 0
    changed: int = 0
    gone: int = 0
    left: int = 0
    shared: int = 0
    gone_at_least: int = 0
    cut_off: bool = False

    @classmethod
    def between(cls, wanted: Sketch, known: KnownRows) -> Change:
        """The change from the known rows to the wanted ones. Both are of one shard."""
        found = wanted.difference(known.sketch)
        counts, had = wanted.counts, known.sketch.counts
        deltas = tuple(one for one in found.rows if one.id.bucket not in known.unknown)
        undecoded = {*found.whole, *(one.id.bucket for one in found.rows if one.id.bucket in known.unknown)}
        new_buckets, whole, emptied = [], [], 0
        resumed: dict[int, int] = {}
        for bucket in sorted(undecoded):
            begun = known.begun.get(bucket)
            if bucket not in counts:
                emptied += had[bucket]
            elif begun is not None and begun.target == wanted.digest(bucket):
                resumed[bucket] = begun.confirmed
            elif bucket in had or bucket in known.unknown:
                whole.append(bucket)
            else:
                new_buckets.append(bucket)
        kinds = [sum(1 for one in deltas if one.count == kind) for kind in (1, 0, -1)]
        fewer = [max(0, had.get(bucket, 0) - counts[bucket]) for bucket in whole if bucket not in known.unknown]
        fewer += [max(0, count - counts.get(bucket, 0)) for bucket, count in known.unknown.items()]
        return cls(
            deltas=deltas,
            new_buckets=tuple(new_buckets),
            resumed=resumed,
            whole=tuple(whole),
            new=kinds[0] + sum(counts[bucket] for bucket in new_buckets),
            changed=kinds[1],
            gone=kinds[2] + emptied,
            left=sum(counts[bucket] - confirmed.bit_count() for bucket, confirmed in resumed.items()),
            shared=sum(counts[bucket] for bucket in whole),
            gone_at_least=sum(fewer),
            cut_off=known.cut_off,
        )

    @classmethod
    def together(cls, parts: Iterable[Change]) -> Change:
        """The sum of the changes of all shards."""
        parts = list(parts)
        return cls(
            deltas=tuple(one for part in parts for one in part.deltas),
            new_buckets=tuple(bucket for part in parts for bucket in part.new_buckets),
            resumed={bucket: bits for part in parts for bucket, bits in part.resumed.items()},
            whole=tuple(bucket for part in parts for bucket in part.whole),
            new=sum(part.new for part in parts),
            changed=sum(part.changed for part in parts),
            gone=sum(part.gone for part in parts),
            left=sum(part.left for part in parts),
            shared=sum(part.shared for part in parts),
            gone_at_least=sum(part.gone_at_least for part in parts),
            cut_off=any(part.cut_off for part in parts),
        )

    @property
    def rows(self) -> int:
        """How many rows are sent."""
        return self.new + self.changed + self.left + self.shared

    @property
    def differs(self) -> bool:
        """Whether anything differs. Rows that are only gone differ too, and send nothing."""
        return bool(self.rows or self.gone or self.gone_at_least)

    def sentence(self, of: int) -> str:
        """`3 of 1,000,000 rows are changed, 2 new, 1 gone: 5 rows are sent`. `of` is how many rows config has."""
        exact = self._exact(of)
        rest = self._rest(of, more=bool(exact))
        if not exact:
            return rest or "no row is to be sent"
        sent = f"{counted(self.rows, 'row')} {_are(self.rows)} sent" if self.rows else "no row is sent"
        kept = f"; {_KEPT}" if self.gone and not self.gone_at_least else ""
        return f"{'; '.join(filter(None, (exact, rest)))}: {sent}{kept}"

    def _exact(self, of: int) -> str:
        parts: list[str] = []
        new, left = ("new or not confirmed yet", "not confirmed yet") if self.cut_off else ("new", "not confirmed yet")
        kinds = ((self.changed, "changed"), (self.new, new), (self.left, left))
        if self.cut_off and self.new and self.left:
            kinds = ((self.changed, "changed"), (self.new + self.left, new), (0, left))
        for count, word in kinds:
            if count:
                parts.append(
                    f"{count:,} of {counted(of, 'row')} {_are(count)} {word}" if not parts else f"{count:,} {word}"
                )
        if self.gone:
            parts.append(f"{self.gone:,} gone" if parts else f"{counted(self.gone, 'row')} {_are(self.gone)} gone")
        return ", ".join(parts)

    def _rest(self, of: int, *, more: bool) -> str:
        parts = []
        if self.shared:
            one = self.shared == 1
            shared = "" if self.shared == of else f", or {'shares' if one else 'share'} a bucket with such a row"
            which = "more" if more else f"of {counted(of, 'row')}"
            parts.append(f"{self.shared:,} {which} {_are(self.shared)} new or changed{shared}")
        if self.gone_at_least:
            parts.append(f"at least {self.gone_at_least:,} are gone: forgotten, the list in the panel keeps them")
        return "; ".join(parts)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
