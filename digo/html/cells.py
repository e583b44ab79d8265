"""The cells of a page's tables. Each has its column's name too, which a narrow screen shows in place of the heads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from digo.sanitize.terminal import one_line

MOST_OPEN = 10
"""A group with more rows is closed at first."""
_PART = 200
_SAMPLE = 3


@dataclass(frozen=True)
class GroupView:
    """A group of rows that opens.

    Attributes:
        verb: what the filters call it.
        look: the class of its colour.
        sign: a sign for those who see no colour.
        count: how many of what.
        sample: some of its entries, for as long as it is closed.
        meaning: what all rows have in common, in a sentence; "" if nothing.
        heads: the names of the columns.
        rows: the cells of each row.
        open: whether it is open at first.
    """

    verb: str
    look: str
    sign: str
    count: str
    sample: Markup
    meaning: Markup
    heads: tuple[str, ...]
    rows: tuple[tuple[Markup, ...], ...]
    open: bool

    @property
    def parts(self) -> tuple[tuple[tuple[Markup, ...], ...], ...]:
        """The rows in tables of a length that a browser lays out at once. Those off the screen wait."""
        return tuple(self.rows[start : start + _PART] for start in range(0, len(self.rows), _PART))


def isolated(text: str) -> Markup:
    """A text from outside within a line: its direction changes nothing beside it. ASCII has none."""
    clean = one_line(text)
    return escape(clean) if clean.isascii() else Markup("<bdi>") + escape(clean) + Markup("</bdi>")


def prose(text: str) -> Markup:
    """A sentence of ours. What it has between backticks is code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    )


def tagged(name: str, look: str, content: str) -> Markup:
    """An element with a class. Escapes the content unless it is markup."""
    return Markup(f'<{name} class="{look}">') + content + Markup(f"</{name}>")


def cell(label: str, content: str, look: str = "") -> Markup:
    """A cell with its label. Without content it is empty. Escapes label and content unless they are markup."""
    start = Markup(f'<td class="{look}">' if look else "<td>")
    if not content:
        return start + Markup("</td>")
    return start + Markup("<i>") + label + Markup("</i> ") + content + Markup("</td>")


def lines(parts: Iterable[str]) -> Markup:
    """The parts below each other. Escapes each unless it is markup."""
    return Markup("<br>").join(parts)


def sample_of(names: Iterable[str], count: int) -> Markup:
    """The first few names and how many more there are."""
    some = [isolated(name) for name, _ in zip(names, range(_SAMPLE), strict=False)]
    more = f" and {count - len(some):,} more" if count > len(some) else ""
    return Markup(", ").join(some) + more
