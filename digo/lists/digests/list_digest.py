"""A digest of a whole list that two systems can compare without showing a number. Digests of parts add up.

It has the count of the rows, the sum of their keyed digests of 128 bits (`row_digests`), and a sketch, which says how
many rows differ. A sum does not depend on the order of rows or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digo.lists.digests.row_digests import RowDigester
from digo.lists.digests.sketch import Sketch
from digo.lists.files.header import as_seen
from digo.lists.files.source import PHONE_FIELD, ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import Rows
from digo.text.formatting import as_letters

VERSION = 1
_HALF = 2**64
_GROUP = 8


class NotComparable(ValueError):
    """Two digests are of other columns, or were made with other keys."""


@dataclass(frozen=True)
class Difference:
    """How many rows differ between two lists.

    Attributes:
        new: rows whose numbers only the first list has.
        changed: rows that both have, with other values.
        gone: rows whose numbers only the second list has.
        groups: how many of 2,048 groups of rows differ beside them, in a way that tells no rows.
        least: the least number of rows that differ in these groups.
    """

    new: int
    changed: int
    gone: int
    groups: int = 0
    least: int = 0

    @property
    def any(self) -> bool:
        """Whether a row differs."""
        return bool(self.new or self.changed or self.gone or self.groups)


@dataclass(frozen=True)
class ListDigest:
    """The digest of some rows.

    Attributes:
        columns: the names of the columns beside the phone, sorted.
        key_check: identifies the ledger key.
        rows: how many rows there are.
        halves: the sums of the two halves of the rows' digests, modulo 2**64.
        sketch: the sketch of the rows.
    """

    columns: tuple[str, ...]
    key_check: str
    rows: int
    halves: tuple[int, int]
    sketch: Sketch

    @classmethod
    def of(cls, source: ListSource, rows: Rows, key: LedgerKey) -> ListDigest:
        """The digest of rows that were read from `source`, which `digest_source` has made."""
        found = RowDigester(source, key).digests(rows.phones, rows.values)
        first, second = (int(half) for half in found.macs.sum(axis=0, dtype=np.uint64))  # it wraps at 64 bits
        columns = tuple(source.column_of(field) for field in source.fields)
        return cls(columns, key.check, len(rows), (first, second), Sketch.of_rows(found, 0, 1))

    @property
    def text(self) -> str:
        """The digest for people: count and sums, in letters."""
        hexadecimal = "".join(f"{half:016x}" for half in self.halves)
        letters = as_letters(hexadecimal)
        groups = "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))
        return f"{self.rows}:{groups}"

    def plus(self, other: ListDigest) -> ListDigest:
        """The digest of the rows of both. A row that both have counts twice.

        Raises:
            NotComparable: they are of other columns, or were made with other keys.
        """
        self._check(other)
        halves = tuple((one + more) % _HALF for one, more in zip(self.halves, other.halves, strict=True))
        return replace(
            self,
            rows=self.rows + other.rows,
            halves=(halves[0], halves[1]),
            sketch=self.sketch.plus(other.sketch),
        )

    def difference(self, other: ListDigest) -> Difference:
        """How many rows differ from those of another digest.

        Raises:
            NotComparable: they are of other columns, or were made with other keys.
        """
        self._check(other)
        found = self.sketch.difference(other.sketch)
        new, changed, gone = (sum(row.count == count for row in found.rows) for count in (1, 0, -1))
        ours, theirs = self.sketch.counts, other.sketch.counts
        least = 0
        for bucket in found.whole:
            decoded = sum(row.count for row in found.rows if row.id.bucket == bucket)
            least += max(1, abs(ours.get(bucket, 0) - theirs.get(bucket, 0) - decoded))
        return Difference(new, changed, gone, len(found.whole), least)

    def _check(self, other: ListDigest) -> None:
        if self.key_check != other.key_check:
            raise NotComparable("they were made with two ledger keys; make both with one key")
        if self.columns != other.columns:
            ours, theirs = (column_names(one.columns) for one in (self, other))
            raise NotComparable(f"they are of other columns: {ours}, and {theirs}; name those of both with --column")

    def to_dict(self) -> dict[str, Any]:
        """The digest as plain data. Within a version, fields are only added."""
        return {
            "version": VERSION,
            "rows": self.rows,
            "digest": self.text,
            "columns": list(self.columns),
            "keyCheck": self.key_check,
            "sums": [as_letters(f"{half:016x}") for half in self.halves],
            "sketch": self.sketch.to_text(),
        }

    @classmethod
    def from_json(cls, content: str | bytes) -> ListDigest:
        """The digest in the JSON of `to_dict`.

        Raises:
            ValueError: it is none, or of a later version.
        """
        try:
            read = _Document.model_validate_json(content)
        except ValidationError:
            raise ValueError("it is not a digest of a list") from None
        if read.version != VERSION:
            raise ValueError(f"it is a digest of version {read.version}; this one reads version {VERSION}")
        sketch = Sketch.from_text(read.sketch, 0, 1)
        if sketch.rows != read.rows:
            raise ValueError("its sketch is of another number of rows")
        first, second = (int(one.translate(_FROM_LETTERS), 16) for one in read.sums)
        return cls(tuple(read.columns), read.key_check, read.rows, (first, second), sketch)


def column_names(names: Sequence[str]) -> str:
    """The columns beside the phone, for messages."""
    return ", ".join(f"`{name}`" for name in names) or "none"


_FROM_LETTERS = str.maketrans(as_letters("0123456789abcdef"), "0123456789abcdef")


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int
    rows: int = Field(ge=0)
    columns: list[str]
    key_check: str = Field(alias="keyCheck")
    sums: list[str] = Field(min_length=2, max_length=2)
    sketch: str


def chosen_columns(names: Sequence[str], phone: str) -> list[str]:
    """The columns beside the phone that a digest covers, as people see them, in their order."""
    return sorted({as_seen(name) for name in names} - {as_seen(phone)})


def digest_source(files: Sequence[Path | str], whole: ListSource, names: Sequence[str]) -> ListSource:
    """The source of files for a digest: their columns in the order of their names, which the digest covers.

    Args:
        files: the files, with the same columns.
        whole: the source of one of them, with all of its columns.
        names: the columns to digest; all of them if it is empty. The phone is always one of them.

    Raises:
        KeyError: the files lack a column; its name.
    """
    there = {as_seen(name): name for name in whole.columns if name != whole.phone_column}
    chosen = chosen_columns(names, whole.phone_column) if names else sorted(there)
    if lacking := [name for name in chosen if name not in there]:
        raise KeyError(lacking[0])
    columns = {whole.phone_column: PHONE_FIELD}
    columns |= {there[name]: f"field_{place}" for place, name in enumerate(dict.fromkeys(chosen), start=1)}
    return replace(whole, list_id="\x1f".join(("digest", *chosen)), files=tuple(files), columns=columns)
