"""What differs between the rows that config wants and those that the account has, row by row. Pure, and by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.buckets import bucket_of_each
from digo.lists.digests import BUCKETS
from digo.lists.key import LedgerKey
from digo.lists.live_rows import LiveRows
from digo.lists.rows import Rows


@dataclass(frozen=True)
class RowCounts:
    """How many rows differ, for people.

    Attributes:
        rows: how many config wants.
        new: how many of them the account lacks.
        changed: how many have another value on the account.
        gone: how many the account has and config lacks.
        twice: how many of the wanted numbers the account has more than once.
    """

    rows: int
    new: int
    changed: int
    gone: int
    twice: int

    @property
    def send(self) -> int:
        """How many rows are to be written."""
        return self.new + self.changed


@dataclass(frozen=True)
class RowChanges:
    """The differences of a list, or of one shard of it.

    Attributes:
        new: places in the wanted rows of those that the account lacks.
        changed: places in the wanted rows of those that have another value on the account.
        gone: the numbers, as the account spells them, of rows that config lacks.
        rows: how many rows are wanted.
        twice: how many of the wanted numbers the account has more than once. A write changes all of them.
    """

    new: pa.Array
    changed: pa.Array
    gone: pa.Array
    rows: int
    twice: int

    @classmethod
    def between(cls, wanted: Rows, live: LiveRows, key: LedgerKey, index: int = 0, of: int = 1) -> RowChanges:
        """The differences of one shard. A row belongs to a shard by its number and the key, on both sides.

        Args:
            wanted: all rows of the list in config.
            live: all rows of the list on the account.
            key: the stack's ledger key.
            index: the shard, from 0.
            of: how many shards the list has.
        """
        places = live.places_in(wanted.phones)
        matched = pc.is_valid(places)
        there = places.filter(matched)
        differs = _differs(wanted.values.take(there), live.values.filter(matched))
        changed = pc.unique(there.filter(differs))
        counted = pc.value_counts(there)
        twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        mine = pa.array(pc.indices_nonzero(_in_shard(wanted.phones, key, index, of)), pa.int32())
        new = mine.filter(pc.invert(pc.is_in(mine, value_set=there)))
        return cls(
            new=new,
            changed=mine.filter(pc.is_in(mine, value_set=changed)),
            gone=_gone(live, matched, wanted.phones).filter(
                _in_shard(_phones_of_gone(live, matched, wanted.phones), key, index, of)
            ),
            rows=len(mine),
            twice=pc.sum(pc.is_in(mine, value_set=twice)).as_py() or 0,
        )

    @property
    def send(self) -> pa.Array:
        """The places of the rows to write, in the order of the files."""
        both = pa.concat_arrays([self.new, self.changed])
        return both.take(pc.sort_indices(both))

    @property
    def counts(self) -> RowCounts:
        """How many rows differ."""
        return RowCounts(self.rows, len(self.new), len(self.changed), len(self.gone), self.twice)
