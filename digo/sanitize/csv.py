"""For CSV: every reader gets the written value, and no spreadsheet runs a cell as a formula.

Sources: RFC 4180; OWASP, "CSV Injection". A spreadsheet whose locale separates by `;` splits our cells there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digo.text.unicode import visible

_APOSTROPHE = "'"
_NUMBER = r"[+-]\d+(?:[ .]\d+)*[ ]*(?=[;\r\n]|$)"
# A formula begins with one of these characters, also in wide form, after blanks, quotes or invisible characters.
_BEGINNING = r"(?P<beginning>[\s\"\x00-\x1f\u200b-\u200f\u2060\ufeff]*)"
_INDENT = r"(?P<indent>[^\S\r\n]*)"
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(
    rf"(?P<before>^|;){_BEGINNING}(?!{_NUMBER})(?={_SIGN})"
    # A reader that splits at `;` sees quotes only at a line's start: a line within a later cell is a row to it.
    rf"|(?P<line>[\r\n]){_INDENT}(?={_SIGN}[^\r\n]*;)(?!{_NUMBER})"
)
# Most cells need no escaping, and a download has millions.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._:/-]*[A-Za-z0-9])?")
_QUOTED = re.compile(r"[\",;\r\n\t]|^\s|\s$|^::|^$")


def csv_line(cells: Sequence[str | None]) -> str:
    """The cells as one line. None is an empty cell; an empty text is `""`, for readers that distinguish them."""
    return f"{','.join('' if cell is None else _cell(cell) for cell in cells)}\n"


def harmless(text: str) -> str:
    r"""The text with an apostrophe before each formula.

    Signed numbers stay as they are. A NUL character is written as `\x00`, because no CSV reader accepts it.
    """
    text = visible(text).replace("\x00", "\\x00")
    safe = _FORMULA.sub(_guarded, text)
    return _APOSTROPHE + safe if safe[:1] in ("\t", "\r", "\n") else safe


def _guarded(found: re.Match[str]) -> str:
    if found["line"] is not None:
        return f"{found['line']}{_APOSTROPHE}{found['indent']}"
    return f"{found['before']}{_APOSTROPHE}{found['beginning']}"


def _cell(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    text = harmless(text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
