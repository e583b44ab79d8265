"""Keeps tokens and full phone numbers out of everything that people and logs see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

MASK = "***"
SECRET = "[secret]"
VISIBLE_DIGITS = 4

# Separators between the digits of a number: spaces and dashes of all kinds, and invisible characters, literally or as
# JSON and Python escape them.
_SPACE = r"\t\x20\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASH = r"\-\u2010-\u2015\u2043\u2212\u30fc\ufe58\ufe63\uff0d"
_UNSEEN = (
    r"(?:[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffd]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2})"
)
_ANY_SIGN = rf"(?:[{_SPACE}{_DASH}_()./·•~\[\]\uff08\uff09\uff0e\uff0f]|{_UNSEEN})"
_ONE_SIGN = (
    rf"(?:{_UNSEEN}*(?:[{_SPACE}]?[{_DASH}_./·•~][{_SPACE}]?|[)\uff09][{_SPACE}]?(?:[{_DASH}][{_SPACE}]?)?"
    rf"|[{_SPACE}][(\uff08]?|[(\uff08]){_UNSEEN}*|{_UNSEEN}+)"
)
_GAP = rf"(?:{_UNSEEN}*(?:[{_SPACE}][{_DASH}][{_SPACE}]|[{_SPACE}{_DASH}_~·•]){_UNSEEN}*|{_UNSEEN}+)"

# A number has a prefix and any separators, the three groups of North America, India's two halves, groups with single
# separators, a spreadsheet's scientific form, or bare digits. Bare digits count from eight (fewer are ports, intercoms
# and list ids) to fifteen (E.164's longest). Groups have ten digits or more and begin with no date. An EID is a long
# digit string and no secret: our own texts write it as "eid 123…", which stays. So does a call id, which is seconds
# since 1970 with a fraction (page: 1627373566.350603).
_NUMBER = rf"""(?=[\d(+\uff0b\u207a\ufe62])(?<!eid\ )(?<!\d)(?<!\d\.)(?!1\d{{9}}\.\d{{4,6}}(?!\d))
    (?: (?:[+\uff0b\u207a\ufe62]|\b00) {_ANY_SIGN}{{0,5}} \d (?:{_ANY_SIGN}{{0,5}}\d){{6,30}}
      | \(?\d{{3}}{_ONE_SIGN}?\d{{3}}{_ONE_SIGN}\d{{4}}
      | \(?\d{{3}}{_ONE_SIGN}\d{{7}}
      | (?:\d{{2}}{_ONE_SIGN})?\d{{5}}{_ONE_SIGN}\d{{5}}
      | (?<!\d[{_SPACE}{_DASH}_])(?<!\*)(?!\d{{4}}-\d\d-\d\d|\d\d?[-/.]\d\d?[-/.]\d{{4}})
        (?=\d(?:{_GAP}?\d){{9,14}}(?!{_GAP}?\d)) \d+(?:{_GAP}\d+)+
      | \d\.\d{{6,14}}(?=[eE]\+?\d)
      | \d{{8,15}} )
    (?!\d)"""
_FEWEST_DIGITS = re.compile(r"(?:\D*\d){7}")


@cache
def _number() -> re.Pattern[str]:
    # Most commands see no text with so many digits, and to compile this takes a tenth of their help's time.
    return re.compile(_NUMBER, re.VERBOSE)


def mask_number(number: str) -> str:
    """The number with only its last four digits visible: `***0101`. Shorter ones are hidden completely."""
    digits = re.sub(r"\D", "", number)
    return MASK + (digits[-VISIBLE_DIGITS:] if len(digits) > VISIBLE_DIGITS + 2 else "")


def mask_value(value: Any) -> Any:
    """A masked value of the account: each text that can be a number is masked as a whole; ids stay."""
    if isinstance(value, dict):
        return {name: one if str(name).endswith("id") else mask_value(one) for name, one in value.items()}
    if isinstance(value, list):
        return [mask_value(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return value
    text = str(value)
    return mask_number(text) if _FEWEST_DIGITS.match(text) else value


class Redactor:
    """Hides known secrets and anything that looks like a phone number in a text.

    `secrets` are exact values (a token, with or without its scheme). Secrets under four characters are ignored: hiding
    every "a" in a text would only make it unreadable.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hides these secrets too from now on: a login's token is not known before the login."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= 4)}
        # Longest first: if one secret contains another, no part of it stays.
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def also(self, secrets: Iterable[str]) -> Redactor:
        """A redactor that hides these secrets as well."""
        return Redactor([*self._secrets, *secrets])

    def __call__(self, text: str) -> str:
        """The text with secrets and phone numbers hidden."""
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        if _FEWEST_DIGITS.match(text) is None:
            return text
        return _number().sub(lambda found: mask_number(found.group()), text)


def mask_numbers(text: str) -> str:
    """The text with every phone number masked; for texts that cannot contain a secret."""
    return Redactor()(text)
