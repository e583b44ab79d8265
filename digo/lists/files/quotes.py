"""Quotes in CSV.

A cell that begins with a quote ends at the next quote that is not doubled. Other quotes are plain characters, such as
the inch mark in `5" pipe`.
"""

from __future__ import annotations

import re

QUOTE = '"'


def is_left_open(text: str, sign: str) -> bool:
    """Whether the text ends inside a quoted cell. It begins with a record; `sign` is the delimiter."""
    cell_ends = re.compile(rf"[{re.escape(sign)}\r\n]")
    at = 0
    while at < len(text):
        if text[at] == QUOTE:
            at = _behind(text, at + 1)
            if at < 0:
                return True
        end = cell_ends.search(text, at)
        if end is None:
            return False
        at = end.end()
    return False


def continues_after_quote(text: str, sign: str) -> bool:
    """Whether a quoted cell of the text's first record continues after its closing quote.

    If such a cell has several lines, a quote is missing: the closing quote was meant to open another cell.
    """
    cell_ends = re.compile(rf"[{re.escape(sign)}\r\n]")
    at = 0
    while at < len(text):
        closed = text[at] == QUOTE
        if closed and (at := _behind(text, at + 1)) < 0:
            return False
        end = cell_ends.search(text, at)
        if closed and text[at : end.start() if end else None].strip():
            return True
        if end is None or end[0] != sign:
            return False
        at = end.end()
    return False


def _behind(text: str, at: int) -> int:
    """The index after the closing quote of a cell; -1 without one."""
    while (closing := text.find(QUOTE, at)) >= 0:
        if not text.startswith(QUOTE, closing + 1):
            return closing + 1
        at = closing + 2
    return -1
