"""Replaces parts of a text by offset, and quotes texts for YAML. All else stays byte for byte."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

# The line breaks of YAML 1.1.
BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_USUAL_BREAK = re.compile(r"\r\n|[\n\r]")
# Line breaks, reordering or invisible characters, and those that YAML forbids: escaped in quotes.
_SPELT_OUT = re.compile(
    r"[\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
# Plain text that some YAML readers take for a bool or for null.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})


class Edit(NamedTuple):
    """Replaces the characters from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after the edits. Edits at the same place apply in their order.

    Raises:
        ValueError: two edits overlap.
    """
    parts, at = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < at:
            raise ValueError("two edits overlap")
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def quoted(text: str) -> str:
    """The text in double quotes, on one line, as every YAML reader understands it."""
    return _SPELT_OUT.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def literal(text: str) -> str:
    """The text with `$${` for `${`, so that it contains no variable."""
    return text.replace("${", "$${")


def key_text(key: str) -> str:
    """A key in YAML: plain if every YAML reader takes it as a text, else quoted."""
    plain = key[0].isalpha() and all(unicodedata.category(sign)[0] in "LMN" or sign in "-_" for sign in key)
    return key if plain and key.lower() not in _WORDS else quoted(key)


def line_start(text: str, at: int) -> int:
    """The offset of the beginning of the line that contains `at`."""
    while at > 0 and text[at - 1] not in BREAKS:
        at -= 1
    return at


def line_end(text: str, at: int) -> int:
    """The offset of the end of the line that contains `at`, before its line break."""
    found = _BREAK.search(text, at)
    return found.start() if found else len(text)


def next_line(text: str, at: int) -> int:
    """The offset of the beginning of the next line; the text's end if there is none."""
    found = _BREAK.search(text, at)
    return found.end() if found else len(text)


def line_break(text: str, at: int) -> str:
    """The line break to use around an offset: that of the line before, else the first in the text."""
    before = text[max(0, line_start(text, at) - 2) : line_start(text, at)]
    found = _USUAL_BREAK.search(before) or _USUAL_BREAK.search(text)
    return found.group() if found else "\n"


def inserted_lines(text: str, at: int, lines: Iterable[str]) -> Edit:
    """Inserts lines before the line that begins at the offset, or after the last line."""
    end = line_break(text, at)
    if at and text[at - 1] not in BREAKS:  # the last line has no line break, so the new last line gets none
        return Edit(at, at, "".join(end + line for line in lines))
    return Edit(at, at, "".join(line + end for line in lines))
