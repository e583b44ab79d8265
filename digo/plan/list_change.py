"""What an up does with the rows of a list from files, as far as the state proves it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from digo.desired.state import DesiredList
from digo.lists.digests import Digests
from digo.lists.source import PHONE_FIELD
from digo.plan.field_changes import FieldChange, sample_row
from digo.state.last_up import ListState

SAMPLE = 3


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
        send: how many are sent. An up sends whole buckets, so some of them may be unchanged.
        new: how many the last up did not have.
        changed: how many have another value than then.
        gone: how many config no longer has. The list in the panel keeps them, unless `deletes`.
        columns: the columns by their names in config, the phone first.
        sample: some of the rows that are sent.
        deletes: whether the up deletes the rows that are gone.
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
    suppressed: int = 0


def growth(wanted: DesiredList, last: ListState | None) -> int:
    """The rows by which a list grows. All of them count where the state does not have it, or as another list."""
    known = last is not None and last.in_state and last.list_id == wanted.list_id
    return max(0, wanted.count - last.rows) if known and last else wanted.count


def list_columns(wanted: DesiredList) -> dict[str, str]:
    """The names of a list's columns in config by the API's field, the phone first."""
    source = wanted.source
    return {name: source.column_of(name) for name in (PHONE_FIELD, *source.fields)}


def list_change(wanted: DesiredList, send: int, buckets: Iterable[int], spans: tuple[Span, Span, Span]) -> ListChange:
    """The change of a list.

    Args:
        wanted: the list, with digests.
        send: how many rows are sent.
        buckets: the buckets that are sent.
        spans: the new, the changed and the gone rows.
    """
    columns = list_columns(wanted)
    new, changed, gone = spans
    return ListChange(
        wanted.count, send, new, changed, gone, tuple(columns.values()), _sample(wanted, columns, buckets)
    )


def row_spans(had: Digests, wanted: Digests, *, certain: bool) -> tuple[Span, Span, Span]:
    """How many rows are new, changed and gone.

    A bucket's digest shows that it differs, and its count how many rows it has, but not which rows are others.

    Args:
        had: the buckets of the last up, of all shards.
        wanted: the buckets of config.
        certain: whether a bucket without a digest in `had` was never sent. A run that was cut off may have sent it.
    """
    new, changed, gone = [0, 0], 0, [0, 0]
    for bucket in wanted.counts.keys() | had.counts.keys():
        if had.digests.get(bucket) == wanted.digests.get(bucket):
            continue
        known = bucket in had.digests
        before, after = had.counts.get(bucket, 0) if known else 0, wanted.counts.get(bucket, 0)
        new[0] += max(0, after - before) if known or certain else 0
        new[1] += after
        changed += min(before, after) if known or certain else after
        gone[0] += max(0, before - after)
        gone[1] += before
    return Span(*new), Span(0, changed), Span(*gone)


def _sample(
    wanted: DesiredList, columns: dict[str, str], buckets: Iterable[int]
) -> tuple[tuple[FieldChange, ...], ...]:
    if wanted.digests is None:
        return ()
    first_rows = wanted.digests.first_rows
    found: list[tuple[FieldChange, ...]] = []
    for bucket in buckets:
        if len(found) == SAMPLE:
            break
        if row := first_rows.get(bucket):
            found.append(sample_row(columns, dict(zip(columns, row, strict=True))))
    return tuple(found)
