"""What an up does with the rows of a list from files, as far as the state proves it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from digo.desired.state import DesiredList
from digo.lists.digests.shard_change import Change
from digo.lists.files.source import PHONE_FIELD
from digo.plan.field_changes import FieldChange, sample_row
from digo.plan.row_differences import RowDifferences, row_differences
from digo.state.last_up import ListState
from digo.state.sent_lists import known_rows

SAMPLE_ROWS = 3


@dataclass(frozen=True)
class Span:
    """A count of rows that the state proves within two limits. The two are equal if it is certain."""

    least: int
    most: int

    @classmethod
    def exactly(cls, count: int) -> Span:
        """A count that is certain."""
        return cls(count, count)

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.most:,}"
        return f"{self.least:,} to {self.most:,}" if self.least else f"at most {self.most:,}"


NO_ROWS = Span(0, 0)


@dataclass(frozen=True)
class ListChange:
    """The rows of a list.

    Attributes:
        rows: how many config has.
        send: how many are sent. Where too many differ, an up sends whole buckets: then some of them may be unchanged.
        new: how many the last up did not have.
        changed: how many have another value than then.
        gone: how many config no longer has. The list in the panel keeps them, unless `deletes`.
        columns: the columns by their names in config, the phone first.
        sample: some of the rows that are sent.
        deletes: whether the up deletes the rows that are gone.
        differences: which rows differ, as far as state and ledger show it; None where they were not compared.
        suppressed: how many further rows config has that are never sent.
    """

    rows: int
    send: int
    new: Span = NO_ROWS
    changed: Span = NO_ROWS
    gone: Span = NO_ROWS
    columns: tuple[str, ...] = ()
    sample: tuple[tuple[FieldChange, ...], ...] = ()
    deletes: bool = False
    differences: RowDifferences | None = field(default=None, repr=False, compare=False)
    suppressed: int = 0


def growth(wanted: DesiredList, last: ListState | None) -> int:
    """The rows by which a list grows. All of them count where the state does not have it, or as another list."""
    known = last is not None and last.in_state and last.list_id == wanted.list_id
    return max(0, wanted.count - last.rows) if known and last else wanted.count


def list_columns(wanted: DesiredList) -> dict[str, str]:
    """The names of a list's columns in config by the API's field, the phone first."""
    source = wanted.source
    return {name: source.column_of(name) for name in (PHONE_FIELD, *source.fields)}


def list_change(wanted: DesiredList, change: Change, spans: tuple[Span, Span, Span]) -> ListChange:
    """The change of a list.

    Args:
        wanted: the list, with digests.
        change: the change of all shards.
        spans: the new, the changed and the gone rows.
    """
    columns = list_columns(wanted)
    new, changed, gone = spans
    differences = row_differences(wanted, change)
    return ListChange(
        wanted.count,
        change.rows,
        new,
        changed,
        gone,
        tuple(columns.values()),
        tuple(sample_row(columns, dict(zip(columns, row, strict=True))) for row in _sample(wanted, differences)),
        differences=differences,
    )


def change_spans(wanted: DesiredList, last: ListState, change: Change) -> tuple[Span, Span, Span]:
    """How many rows are new, changed and gone, where the shards are those of the last up.

    A bucket that is sent whole shows that it differs and how many rows it has, but not which rows are others.
    """
    assert wanted.digests is not None
    sketches = wanted.digests.sketches
    missing = change.new + change.left
    parts = [(Span(0, missing), Span(change.changed, change.changed + missing), Span.exactly(change.gone))]
    if not last.unfinished and not change.left:
        parts = [(Span.exactly(change.new), Span.exactly(change.changed), Span.exactly(change.gone))]
    known = [known_rows(wanted, last, index) for index in range(wanted.shards)]
    for bucket in change.whole:
        there, sketch = known[bucket % wanted.shards], sketches[bucket % wanted.shards]
        before = there.sketch.counts.get(bucket, 0) + there.unknown.get(bucket, 0)
        parts.append(_bucket_spans(before, sketch.counts[bucket], certain=not last.unfinished))
    return _total(parts)


def resharded_spans(wanted: DesiredList, last: ListState) -> tuple[Span, Span, Span]:
    """How many rows are new, changed and gone, where the list had other shards: bucket by bucket."""
    assert wanted.digests is not None
    sketches = wanted.digests.sketches
    parts = []
    after = {bucket: count for sketch in sketches for bucket, count in sketch.counts.items()}
    before, digests = _buckets(last)
    for bucket in after.keys() | before.keys():
        if digests.get(bucket) != sketches[bucket % wanted.shards].digest(bucket):
            parts.append(_bucket_spans(before.get(bucket, 0), after.get(bucket, 0), certain=not last.unfinished))
    return _total([(NO_ROWS, NO_ROWS, NO_ROWS), *parts])


def _buckets(last: ListState) -> tuple[Mapping[int, int], Mapping[int, bytes]]:
    """The rows and the digests that the state has of each bucket. Those of version 0.2.0 say nothing here."""
    counts: dict[int, int] = {}
    digests: dict[int, bytes] = {}
    for shard in last.shards.values():
        sketch = shard.known.sketch
        counts |= shard.old.counts if shard.is_old else sketch.counts
        digests |= {bucket: sketch.digest(bucket) for bucket in sketch.counts}
    return counts, digests


def _bucket_spans(before: int, after: int, *, certain: bool) -> tuple[Span, Span, Span]:
    new, gone = Span(max(0, after - before) if certain else 0, after), Span(max(0, before - after), before)
    return new, Span(0, min(before, after) if certain else after), gone


def _total(parts: Iterable[tuple[Span, Span, Span]]) -> tuple[Span, Span, Span]:
    new, changed, gone = (
        Span(sum(one.least for one in kind), sum(one.most for one in kind)) for kind in zip(*parts, strict=True)
    )
    return new, changed, gone


def _sample(wanted: DesiredList, differences: RowDifferences) -> list[tuple[str, ...]]:
    """Some of the rows that are sent: those that are known to differ, before those that only may."""
    if wanted.digests is None:
        return []
    rows, first_rows = wanted.digests.rows, wanted.digests.first_rows
    found: list[tuple[str, ...]] = []
    if rows is not None:
        places = (*differences.changed, *differences.new)[:SAMPLE_ROWS]
        found = [(phone, *values) for _, phone, values in rows.rows_at(places)] if places else []
    others = (first_rows[bucket] for bucket in differences.buckets if bucket in first_rows)
    return [*found, *others][:SAMPLE_ROWS]
