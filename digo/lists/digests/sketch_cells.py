"""The cells of a sketch: sums over rows, modulo a prime. All arithmetic is by column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digo.lists.digests.bucket_digests import BUCKETS
from digo.lists.digests.row_delta import PRIME
from digo.lists.digests.row_digests import U64, RowDigests

TABLES = 3
OWN_SUMS = 4  # Σc1, Σc2, Σc1·n, Σc2·n
FURTHER_SUMS = 5  # and Σc1·bucket
# A list of one shard decodes 1,000 differing rows but once in 30,000 times, and then two rows share all of their cells.
# Shards have fewer cells each, so chance is less even; and each is a resource, which leaves less room for cells.
_CELLS_OF_A_TABLE = 200
_ROOM = 21_500  # characters of 64 KiB that are left beside the cells of buckets, for all shards of a list
_RESOURCE = 1_190  # characters that each shard has in the state beside its sketch
_CELL_OF_EACH_TABLE = 58  # characters
_PIECE_BITS = 21  # of a mix of 64 bits, for each of the tables
_P = np.uint64(PRIME)
_ROWS_AT_ONCE = 1 << 16  # memory; and sums of up to 2**22 digests are exact in a float of 64 bits
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Cells:
    """The cells of the shards `shards` of `of`, in the order of buckets and of shards. Nobody changes the arrays.

    Attributes:
        own: the sums of each bucket, with the shape (buckets, OWN_SUMS).
        own_counts: how many rows each bucket has.
        further: the sums of the further cells, with the shape (TABLES, cells, FURTHER_SUMS).
        further_counts: how many rows each further cell has, modulo 256.
    """

    own: U64
    own_counts: NDArray[np.int64]
    further: U64
    further_counts: NDArray[np.uint8]

    @classmethod
    def empty(cls, buckets: int, cells: int) -> Cells:
        """The cells of no row."""
        return cls(
            np.zeros((buckets, OWN_SUMS), np.uint64),
            np.zeros(buckets, np.int64),
            np.zeros((TABLES, cells, FURTHER_SUMS), np.uint64),
            np.zeros((TABLES, cells), np.uint8),
        )

    def plus(self, other: Cells) -> Cells:
        """The sums of both."""
        return Cells(
            (self.own + other.own) % _P,
            self.own_counts + other.own_counts,
            (self.further + other.further) % _P,
            self.further_counts + other.further_counts,
        )

    def minus(self, other: Cells) -> Cells:
        """The sums of this less the other's."""
        return Cells(
            (self.own + (_P - other.own)) % _P,
            self.own_counts - other.own_counts,
            (self.further + (_P - other.further)) % _P,
            self.further_counts - other.further_counts,
        )

    def with_units(self, units: Units, places: NDArray[np.int64]) -> Cells:
        """The sums with these units. `places` has the place of each one's bucket among the buckets of `own`."""
        own, own_counts = self.own.copy(), self.own_counts.copy()
        further, further_counts = self.further.copy(), self.further_counts.copy()
        sums = units.sums
        np.add.at(own, places, sums[:, :OWN_SUMS])
        np.add.at(own_counts, places, units.counts)
        for table, cells in enumerate(positions(units.buckets, units.numbers, further.shape[1])):
            np.add.at(further[table], cells, sums)
            np.add.at(further_counts[table], cells, units.counts.astype(np.uint8))
        return Cells(own % _P, own_counts, further % _P, further_counts)

    def without_further(self) -> Cells:
        """The same with nothing in the further cells."""
        return replace(self, further=np.zeros_like(self.further), further_counts=np.zeros_like(self.further_counts))


@dataclass(frozen=True)
class Units:
    """Rows, or differences of rows, by column: bucket, digest of the number, digests or their differences, count."""

    buckets: NDArray[np.int64]
    numbers: U64
    d1: U64
    d2: U64
    counts: NDArray[np.int64]

    @property
    def sums(self) -> U64:
        """What each one adds to a cell, with the shape (units, FURTHER_SUMS)."""
        d1, d2, numbers = self.d1, self.d2, self.numbers
        parts = (d1, d2, d1 * numbers % _P, d2 * numbers % _P, d1 * self.buckets.astype(np.uint64) % _P)
        return np.stack(parts, axis=1)

    def take(self, places: NDArray[Any]) -> Units:
        """Some of them."""
        columns = (self.buckets, self.numbers, self.d1, self.d2, self.counts)
        return Units(*(column[places] for column in columns))


def cells_of_shard(of: int) -> int:
    """How many cells each further table of a shard has: its part, as far as the state of the list has room for it."""
    return max(1, min(-(-_CELLS_OF_A_TABLE // of), (_ROOM // of - _RESOURCE) // _CELL_OF_EACH_TABLE))


def positions(buckets: NDArray[Any], numbers: NDArray[Any], cells: int) -> NDArray[np.int64]:
    """The place of each row in each further table, with the shape (TABLES, rows).

    The digests are keyed already, so no key is needed to spread them. It mixes as SplitMix64 does.
    """
    mixed = (buckets.astype(np.uint64) << np.uint64(32)) | numbers.astype(np.uint64)
    mixed *= _GOLDEN
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    bits, mask = np.uint64(_PIECE_BITS), np.uint64((1 << _PIECE_BITS) - 1)
    pieces = [(mixed >> np.uint64(_PIECE_BITS * table)) & mask for table in range(TABLES)]
    return np.stack([(piece * np.uint64(cells)) >> bits for piece in pieces]).astype(np.int64)


def sum_rows(parts: Iterable[RowDigests], of: int) -> Cells:
    """The cells of all shards of these rows: all buckets in order, and the further cells shard by shard."""
    total = Cells.empty(BUCKETS, of * cells_of_shard(of))
    for digests in parts:
        for start in range(0, len(digests), _ROWS_AT_ONCE):
            total = total.plus(_sum_part(digests.slice(start, start + _ROWS_AT_ONCE), of))
    return total


def _sum_part(digests: RowDigests, of: int) -> Cells:
    cells = cells_of_shard(of)
    buckets, numbers = digests.buckets.astype(np.int64), digests.numbers.astype(np.uint64)
    first, second = digests.first, digests.second
    columns = [
        one.astype(np.float64)
        for one in (
            first,
            second,
            first * numbers % _P,
            second * numbers % _P,
            first * buckets.astype(np.uint64) % _P,
        )
    ]
    total = Cells.empty(BUCKETS, of * cells)
    total.own[:] = _sums(buckets, columns[:OWN_SUMS], BUCKETS)
    total.own_counts[:] = np.bincount(buckets, minlength=BUCKETS)
    for table, places in enumerate(positions(buckets, numbers, cells)):
        if of > 1:
            places += buckets % of * cells
        total.further[table] = _sums(places, columns, of * cells)
        total.further_counts[table] = np.bincount(places, minlength=of * cells).astype(np.uint8)
    return total


def _sums(places: NDArray[np.int64], columns: list[NDArray[np.float64]], size: int) -> U64:
    sums = [np.bincount(places, weights=column, minlength=size) for column in columns]
    found: U64 = np.stack(sums, axis=1).astype(np.uint64) % _P
    return found
