"""Records whose number of values differs from the header's. Some of them are rows all the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from digo.text.counts import counted


@dataclass(frozen=True)
class Ragged:
    """A record whose number of values differs from the header's."""

    line: int
    expected: int
    found: int

    def __str__(self) -> str:
        return f"the row has {counted(self.found, 'value')}, and the header {self.expected}"


def with_all_columns(text: str, sign: str, names: Sequence[str]) -> list[str] | None:
    """The record's values, one for each name, if only empty cells are missing or extra.

    Spreadsheets write as many delimiters as the longest row needs. None if a value has no name, or a name no value.

    Args:
        text: the record.
        sign: the delimiter.
        names: the header's names; "" for a column without a name.
    """
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), [])
    except csv.Error:
        return None
    if any(cell.strip() for cell in cells[len(names) :]) or any(names[len(cells) :]):
        return None
    return [*cells[: len(names)], *[""] * (len(names) - len(cells))]
