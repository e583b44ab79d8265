"""Rows of a watch on a terminal: few in a table, many as lines, and nothing cut."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from digo.fleet.drift.columns import print_columns
from digo.sanitize.console import SafeConsole

HEADS = ("what", "stack", "account")


class CountingConsole(SafeConsole):
    """A console that counts what it renders."""

    rendered = 0

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        self.rendered += 1
        return super().render(renderable, options)


def printed(count: int, last: str = "Sales") -> tuple[list[str], CountingConsole]:
    console = CountingConsole(width=60, file=io.StringIO())
    rows = [(f"agent a{number}: name", Text("chennai-1", "red"), "Büro 東京") for number in range(count - 1)]
    with console.capture() as capture:
        print_columns(console, HEADS, [*rows, ("agent z", "[red]goa\x1b[2J-1", last)])
    return capture.get().splitlines(), console


def test_a_row_is_a_line_however_many_there_are() -> None:
    for count in (2, 300, 301, 2_000):
        lines, _ = printed(count)
        assert len(lines) == count + 1
        assert lines[0].split() == list(HEADS)
        assert lines[1].split() == ["agent", "a0:", "name", "chennai-1", "Büro", "東京"]
        assert lines[-1].split()[-1] == "Sales" and "[red]goa" in lines[-1] and "\x1b" not in lines[-1]
        assert len({line.index("chennai-1") for line in lines[1:-1]}) == 1, "columns are aligned"


def test_many_rows_are_not_laid_out_cell_by_cell() -> None:
    _, few = printed(300)
    _, many = printed(2_000)
    assert few.rendered > 300
    assert many.rendered < 10


def test_nothing_of_a_long_text_is_cut() -> None:
    long = "x" * 500
    for count in (2, 301):
        lines, _ = printed(count, long)
        assert "".join(lines).count("x") == len(long)
