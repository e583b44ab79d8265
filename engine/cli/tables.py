"""Tables as the pulumi CLI prints them: columns two blanks apart, no lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text


def print_table(console: Console, headers: Sequence[str], rows: Sequence[Sequence[str]], prefix: str = "") -> None:
    """Prints the rows, below the headers where there are any. The last column is not padded."""
    lines = [list(headers), *map(list, rows)] if headers else [list(row) for row in rows]
    if not lines:
        return
    widths = [max(Text(line[column]).cell_len for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        padded = [cell + " " * (width - Text(cell).cell_len) for cell, width in zip(line, widths, strict=True)]
        padded[-1] = line[-1]
        console.print(prefix + "  ".join(padded), soft_wrap=True)
