"""Lists of tests as digests: rows by their numbers, edits, and what a sketch's difference must say of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from digo.lists.digests.row_delta import PRIME, RowDelta, RowId
from digo.lists.digests.row_digests import RowDigester, RowDigests
from digo.lists.digests.sketch import Sketch, sketches_of
from digo.lists.key import LedgerKey
from tests.lists.list_files import source_of

KEY = LedgerKey("a ledger key for the tests, of no worth")
DIGESTER = RowDigester(source_of(Path("leads.csv")), KEY)
FIRST = 12025550100
Row = tuple[RowId, int, int]


def digests_of(rows: Mapping[int, int]) -> RowDigests:
    """The digests of rows: their numbers from 0 on, and the version of each one's values."""
    phones = pa.array([FIRST + number for number in rows], pa.uint64())
    return DIGESTER.digests(phones, pa.array([f"version {version}" for version in rows.values()], pa.string()))


def sketches(rows: Mapping[int, int], of: int = 1) -> tuple[Sketch, ...]:
    return sketches_of([digests_of(rows)], of)


def deltas(old: Mapping[int, int], new: Mapping[int, int]) -> list[RowDelta]:
    """What a difference of the two must have, computed from the rows that differ."""
    differing = [number for number in {**old, **new} if old.get(number) != new.get(number)]
    before, after = ({n: rows[n] for n in differing if n in rows} for rows in (old, new))
    found = [*_rows(before, -1), *_rows(after, 1)]
    together: dict[RowId, RowDelta] = {}
    for one in found:
        other = together.get(one.id, RowDelta(one.id, 0, 0, 0))
        d1, d2 = (one.d1 + other.d1) % PRIME, (one.d2 + other.d2) % PRIME
        together[one.id] = RowDelta(one.id, d1, d2, one.count + other.count)
    return sorted(together.values(), key=lambda one: one.id)


def _rows(rows: Mapping[int, int], sign: int) -> list[RowDelta]:
    found = digests_of(rows)
    columns = (found.buckets, found.numbers, found.first, found.second)
    return [
        RowDelta(RowId(bucket, n), sign * first % PRIME, sign * second % PRIME, sign)
        for bucket, n, first, second in zip(*(column.tolist() for column in columns), strict=True)
    ]


@dataclass(frozen=True)
class LargeList:
    """A list of many rows with all of their digests, of which edits make others without computing them again."""

    rows: int
    digests: RowDigests

    @classmethod
    def of(cls, rows: int) -> LargeList:
        phones = pa.array(np.arange(rows, dtype=np.uint64) + FIRST)
        return cls(rows, DIGESTER.digests(phones, pa.array(["version 0"] * rows, pa.string())))

    def edits(self, count: int, seed: int) -> tuple[dict[int, int], dict[int, int]]:
        """`count` rows that are new, changed or gone: those of the old list, and those of the new one."""
        draw = random.Random(seed)
        old: dict[int, int] = {}
        new: dict[int, int] = {}
        for number in draw.sample(range(self.rows), count):
            kind = draw.randrange(3)
            if kind == 0:
                new[self.rows + number] = 0
                continue
            old[number] = 0
            if kind == 1:
                new[number] = 1
        return old, new
