"""Prints texts in columns on a console, also many thousands of lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.sanitize.terminal import one_line

_FOLDED = 300  # rows; to measure and fold each cell of more takes seconds
_WIDEST = 48  # cells that a column of many rows is padded to
_GAP = 2

Row = Sequence[str | Text]


def print_columns(console: Console, heads: Sequence[str], rows: Sequence[Row]) -> None:
    """Prints rows below their heads. Up to some hundred, long texts are folded in their columns.

    Of more rows each is one line, which the terminal wraps: nothing is cut.
    """
    if len(rows) <= _FOLDED:
        console.print(_table(heads, rows))
        return
    texts = [[one.plain if isinstance(one, Text) else one_line(one) for one in row] for row in (heads, *rows)]
    widths = [min(_WIDEST, max(map(cell_len, column))) for column in zip(*texts, strict=True)]
    head, *lines = ("".join(map(_padded, row, widths)).rstrip() for row in texts)
    console.print(Text(head, "dim"), soft_wrap=True)
    console.out("\n".join(lines), highlight=False)


def _table(heads: Sequence[str], rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, _GAP, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(one if isinstance(one, Text) else one_line(one) for one in row))
    return table


def _padded(text: str, width: int) -> str:
    return text + " " * (max(0, width - cell_len(text)) + _GAP)
