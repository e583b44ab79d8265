"""Removes what people, spreadsheets and address books write around a phone number.

The rules are in docs/config.md ("How a number may be written"). They apply to config, to files and to `masking.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

SEPARATORS = " ().-/"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    chr(code) for span in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for code in span
)
_TURNED_AROUND = "\u202e"  # shows the digits after it from right to left: a reader sees another number
_SAME_AS = {
    **dict.fromkeys("\uff0b\u207a\ufe62\u208a", "+"),
    **dict.fromkeys("\u2212\u30fc", "-"),  # a minus, and the dash of Japanese keyboards
    "\uff08": "(",
    "\uff09": ")",
    "\uff0e": ".",
    "\uff0f": "/",
}
_NUMERIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
_DECIMAL = re.compile(r"\+?\d+[.,]0+")
_USUAL = re.compile(r"\+[0-9]+(?:[ ()\-/]+[0-9]+)*")  # most numbers: they need no further check
_EXTENSION = re.compile(r"[0-9)](?:[\s;,]*(?:ext(?:n|ension)?|#)|[\s;,]+x)\s*[.:=]?\s*[0-9]+$", re.IGNORECASE)
_ENDS_A_NUMBER = ",;|&\n\r\t\v\f\x85\u2028\u2029"
_KEYS = {"\t": "a tab", "\n": "a line break", "\r": "a line break"}
_QUOTES = {"'": "'", "\u2018": "\u2019", "\u2019": "\u2019", "`": "`"}


class NumberProblem(ValueError):
    """The text is not a phone number that the API accepts. The message says why, without the number."""


_NO_CODE = "write it with + and the country code, such as +1 for the United States or +91 for India"
TWO_NUMBERS = "two numbers are in it, or one and a part of another; one number is due here"


@dataclass(frozen=True)
class Spelling:
    """A number in plain characters: digits, an optional leading `+`, and SEPARATORS.

    `dropped` names the invisible characters that were left out, such as `U+202A`; "" if there were none.
    """

    text: str
    dropped: str = ""

    @property
    def compact(self) -> str:
        """The digits, with the `+` where there is one."""
        return re.sub(r"[^+0-9]", "", self.text)


def plain_spelling(text: str, *, international: bool) -> Spelling:
    """The number without its surroundings, its digits in ASCII.

    Args:
        text: the text as written.
        international: whether it must begin with `+` or `00`.

    Raises:
        NumberProblem: it is empty, or contains something that no single number has.
    """
    if _USUAL.fullmatch(text):
        return Spelling(text)
    seen = in_ascii(text)
    dropped = [] if text.isascii() else sorted(filter(is_invisible, set(text)))
    if _TURNED_AROUND in dropped:
        raise NumberProblem(f"it has {describe_character(_TURNED_AROUND)}, which shows its digits in another order")
    written = _unwrapped(seen.strip())
    _refuse_what_programs_wrote(written)
    if international and not written.lstrip(" (").startswith(("+", "00")):
        raise NumberProblem(_NO_CODE)
    _refuse_foreign(written)
    return Spelling(written, ", ".join(code_point(char) for char in dropped))


def in_ascii(text: str) -> str:
    """The text with digits, spaces, dashes, brackets and `+` in ASCII, and without invisible characters."""
    return text if text.isascii() else "".join(map(_plain_character, text))


def code_point(char: str) -> str:
    """A character as `U+202A`."""
    return f"U+{ord(char):04X}"


def describe_character(char: str) -> str:
    """A character for people: itself if it is on a keyboard, else its code point and its name."""
    if "!" <= char <= "~":
        return f"`{char}`"
    name = _KEYS.get(char) or unicodedata.name(char, "").lower()
    return f"{code_point(char)} ({name})" if name else code_point(char)


@cache
def _plain_character(char: str) -> str:
    if char in _SAME_AS:
        return _SAME_AS[char]
    if is_invisible(char):
        return ""
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    return {"Zs": " ", "Pd": "-"}.get(kind, char)


def is_invisible(char: str) -> bool:
    """Whether a character is invisible."""
    return char > "~" and (unicodedata.category(char) == "Cf" or char in _INVISIBLE)


def _unwrapped(text: str) -> str:
    """The text without `tel:` and without a spreadsheet's text marks."""
    if text[:1] in _QUOTES:
        text = text[1:].removesuffix(_QUOTES[text[0]]).strip()
    if found := re.fullmatch(r'="([^"]*)"|"([^"]*)"', text):
        text = (found[1] or found[2] or "").strip()
    return text[4:].strip() if text[:4].lower() == "tel:" else text


def _refuse_what_programs_wrote(text: str) -> None:
    if not text:
        raise NumberProblem("it is empty")
    if _NUMERIC.fullmatch(text):
        raise NumberProblem("a spreadsheet turned it into a scientific number; format that column as text")
    if _DECIMAL.fullmatch(text):
        raise NumberProblem("a program turned it into a decimal number; format that column as text")


def _refuse_foreign(text: str) -> None:
    if _EXTENSION.search(text):
        raise NumberProblem("it has an extension, and the API takes none; write the number without it")
    if "+" in text.lstrip(" (")[1:]:
        raise NumberProblem(TWO_NUMBERS if re.search(r"[0-9].*\+", text, re.DOTALL) else "it begins with no single +")
    for char in text:
        if char in _ENDS_A_NUMBER:
            raise NumberProblem(f"it has {describe_character(char)} in it; one number is due here, and nothing else")
        if char not in "+0123456789" and char not in SEPARATORS:
            raise NumberProblem(f"it has characters that no phone number has: {describe_character(char)}")
    if text[0] in "-./)":
        raise NumberProblem(f"it begins with {describe_character(text[0])}, and a number with +, a digit or a bracket")
