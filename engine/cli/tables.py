"""Tables and times as the pulumi CLI prints them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from digo.text.counts import counted


def print_table(console: Console, headers: Sequence[str], rows: Sequence[Sequence[str]], prefix: str = "") -> None:
    """Prints the headers, if any, and the rows. Columns are two blanks apart; the last one is not padded."""
    lines = [list(headers), *map(list, rows)] if headers else [list(row) for row in rows]
    if not lines:
        return
    widths = [max(Text(line[column]).cell_len for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        padded = [cell + " " * (width - Text(cell).cell_len) for cell, width in zip(line, widths, strict=True)]
        padded[-1] = line[-1]
        console.print(prefix + "  ".join(padded), soft_wrap=True)


_UNITS = ((60, "second"), (60, "minute"), (24, "hour"), (7, "day"), (4, "week"), (12, "month"))


def ago(moment: datetime, now: datetime) -> str:
    """The age in words: `3 minutes ago`, or `now` if it is less than a second."""
    number = int((now - moment).total_seconds())
    if number < 1:
        return "now"
    word = "year"
    for size, unit in _UNITS:
        if number < size:
            word = unit
            break
        number //= size
    return f"{counted(number, word)} ago"
