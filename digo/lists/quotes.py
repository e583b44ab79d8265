"""Quotes in CSV: a cell that begins with one goes on to the next that is not doubled. Others are plain characters, such
as an inch mark in `5" pipe`."""

from __future__ import annotations

import re

QUOTE = '"'


def is_left_open(text: str, sign: str) -> bool:
    """Whether the text, which begins with a record, ends inside a quoted cell. `sign` stands between cells."""
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


def goes_on_behind(text: str, sign: str) -> bool:
    """Whether a quoted cell of the text's first record goes on behind the quote that closes it. Where the cell has
    several lines, a quote is missing, and the one that closes it was meant to open another."""
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
    """The place behind the quote that closes the cell; -1 where none does."""
    while (closing := text.find(QUOTE, at)) >= 0:
        if not text.startswith(QUOTE, closing + 1):
            return closing + 1
        at = closing + 2
    return -1
