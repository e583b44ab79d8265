"""Cells of a workbook that are not text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OddCells:
    """Cells of one column with one problem. The first ones stand alone; the last of these has the count of the rest.

    Attributes:
        line: the row of the first of them, as the sheet counts it.
        column: the column's name.
        message: what is wrong.
        count: how many they are.
        is_warning: whether they can be read all the same.
    """

    line: int
    column: str
    message: str
    count: int = 1
    is_warning: bool = False
