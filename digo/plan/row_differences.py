"""Which rows of a list differ from what was sent, as far as state and ledger show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from digo.desired.state import DesiredList
from digo.lists.digests.shard_change import Change


@dataclass(frozen=True)
class RowDifferences:
    """The rows of a list that differ. Places are indices in the list's `Rows`, in their order.

    Attributes:
        new: the places of rows that were not sent yet, or not confirmed. Rows of `buckets` are not among them.
        changed: the places of rows that were sent with other values.
        gone: how many rows were sent and are no longer in config; their numbers are not known.
        buckets: buckets of which nothing shows which rows differ. Their rows are sent, but for those that are known to
            be there.
    """

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    gone: int = 0
    buckets: tuple[int, ...] = ()


def row_differences(wanted: DesiredList, change: Change) -> RowDifferences:
    """The differences that a change names. Without the list's rows at hand, they have no places."""
    buckets = tuple(sorted({*change.whole, *change.new_buckets, *change.resumed}))
    rows = wanted.digests.rows if wanted.digests is not None else None
    if rows is None:
        return RowDifferences(gone=change.gone, buckets=buckets)
    kinds = {one.id: one.count for one in change.deltas if one.count >= 0}
    new: list[int] = []
    changed: list[int] = []
    for id_, places in rows.places_of(kinds).items():
        (changed if kinds[id_] == 0 else new).extend(places)
    return RowDifferences(tuple(sorted(new)), tuple(sorted(changed)), change.gone, buckets)
