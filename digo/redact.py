"""Keeps tokens and full phone numbers out of everything that people and logs get to see."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
SECRET = "[secret]"
VISIBLE_DIGITS = 4

# A number is written with a prefix and any separators, in the three groups of North America, in India's halves, as
# a spreadsheet's scientific number, or as bare digits. Eight digits is where bare ones stop being ports, intercoms
# and list ids; fifteen is E.164's longest. An EID is a long digit string too and no secret: our own texts write it as
# "eid 123…", which is kept. So is a call id, seconds since 1970 and a fraction (page: 1627373566.350603).
_NUMBER = re.compile(
    r"""(?<!eid\ )(?<!\d)(?<!\d\.)(?!1\d{9}\.\d{4,6}(?!\d))
    (?: (?:\+|\b00) [ ]? \(? \d (?:[ ()./\-\u00a0]{0,5}\d){6,14}
      | \(?\d{3}\)?[ .\-]?\d{3}[ .\-]\d{4}
      | (?:\d{2}[ \-])?\d{5}[ \-]\d{5}
      | \d\.\d{6,14}(?=[eE]\+?\d)
      | \d{8,15} )
    (?!\d)""",
    re.VERBOSE,
)


def mask_number(number: str) -> str:
    """The number with all but its last four digits hidden: `***0101`. Shorter ones are hidden whole."""
    digits = re.sub(r"\D", "", number)
    return MASK + (digits[-VISIBLE_DIGITS:] if len(digits) > VISIBLE_DIGITS + 2 else "")


def mask_field(field: str, value: str) -> str:
    """The value of an agent's field, masked: a number whole, in anything else the numbers that stand in it."""
    return mask_number(value) if field == "follow_me_number" else mask_numbers(value)


class Redactor:
    """Hides known secrets and anything that looks like a phone number in a text.

    `secrets` are exact values (a token, with or without its scheme); ones under four characters are ignored,
    because hiding every "a" in a text hides nothing and spoils everything.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first, so that a secret that contains another one leaves no rest of itself.
        self._secrets = sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True)

    def also(self, secrets: Iterable[str]) -> Redactor:
        """One that hides these secrets as well."""
        return Redactor([*self._secrets, *secrets])

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        return _NUMBER.sub(lambda found: mask_number(found.group()), text)


def mask_numbers(text: str) -> str:
    """The text with every phone number in it masked; for where no secret can stand."""
    return Redactor()(text)
