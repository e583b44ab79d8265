"""Lines for a terminal that continue below their beginning."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from digo.plan.render.field_text import Line
from digo.text.shortened import shortened

INDENT = 3
"""As wide as a sign and the space after it."""
_WIDEST_LABEL = 24


def print_lines(lines: Iterable[Line], console: Console) -> None:
    """Prints labels with their texts, which begin in one column."""
    lines = list(lines)
    width = min(_WIDEST_LABEL, max((len(label) for label, _ in lines), default=0))
    for label, text in lines:
        shown = shortened(label, _WIDEST_LABEL) + ":"
        print_hanging(Text.assemble(" " * INDENT, (f"{shown:<{width + 1}} ", "dim")), Text(text), console)


def print_hanging(begin: Text, rest: Text, console: Console) -> None:
    """Prints a line that continues below the beginning of `rest`; in a narrow terminal nearer to the margin."""
    if begin.cell_len + rest.cell_len <= console.width:
        console.print(Text.assemble(begin, rest), soft_wrap=True)
        return
    indent = begin.cell_len if begin.cell_len * 3 <= console.width else INDENT * 2
    first, *others = _wrapped(rest, console, begin.cell_len)
    console.print(Text.assemble(begin, first), soft_wrap=True)
    if others and indent != begin.cell_len:
        others = _wrapped(Text(" ").join(others), console, indent)
    for line in others:
        console.print(Text.assemble(" " * indent, line), soft_wrap=True)


def _wrapped(text: Text, console: Console, indent: int) -> list[Text]:
    lines = list(text.wrap(console, max(1, console.width - indent)))
    for line in lines:
        line.rstrip()
    return lines
