"""Parses who calls or was dialled: the number in a text as telephone systems write it, or that there is none.

A text is a plain number, a `tel:` or `sip:` address (RFC 3966, RFC 3261), such an address after a name, or a word such
as `anonymous`. Only the user part of an address is read, because host, port, password and parameters can contain digits
too.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import unquote

LEAST_DIGITS, MOST_DIGITS = 10, 15  # of a number with its country code (E.164)


class PartyProblem(ValueError):
    """The text may mean several numbers. The message says why, without the number."""


class CallParty(NamedTuple):
    """The caller's or the dialled number.

    `digits` has no international prefix and is "" if the text has no number. `international` says whether the digits
    include the country code. `anonymous` says whether the number is withheld.
    """

    digits: str
    international: bool = False
    anonymous: bool = False


ANONYMOUS = CallParty("", anonymous=True)
NO_NUMBER = CallParty("")

_PLAIN = re.compile(r"(\+?)([0-9]{1,15})", re.ASCII)
_SCHEME = re.compile(r"\s*(sips?|tel|callto|phone|h323|fax|modem)\s*:\s*/*", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"(\+?)(\d+(?:\.\d+)?[eE]\+?\d{1,3})", re.ASCII)
_DECIMAL = re.compile(r"\+?\d{10,15}(?=\.0+$)", re.ASCII)
_HOST = re.compile(
    r"\[.*|(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)|.*(?<![\w\-])[\d_\-]*[a-z][\w\-]*\..*",
    re.ASCII,
)
# A longer context includes an area code, which cannot simply precede the number (RFC 3966, section 5.1.5).
_CONTEXT = re.compile(r"phone-context=\+([1-9]\d{0,2})(?![\w.\-])", re.ASCII | re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?', re.DOTALL)

# Words for a caller without a visible number, from RFC 3323, FreeSWITCH, Asterisk and Twilio.
_FILLERS = {"caller", "id", "number", "name", "call", "user", "party", "the", "is", "sip"}
_WITHHELD = {
    *("anonymous", "anonym", "anonymus", "restricted", "unknown", "unavailable", "private", "withheld", "blocked"),
    *("hidden", "suppressed", "secret", "no", "none", "null", "nil", "undefined", "na", "notavailable", "unlisted"),
    *(
        "notprovided",
        "outofarea",
        "nocallerid",
        "callerid",
        "prohibited",
        "presentationprohibited",
        "unidentified",
        "asterisk",
    ),
}
# These words on a phone's keypad: ANONYMOUS, BLOCKED, RESTRICTED (and as Twilio spells it), UNAVAILABLE, UNKNOWN and
# PRIVATE. Source: Twilio's "How to handle callers with blocked caller ID".
_KEYS = {"266696687", "2562533", "7378742833", "7378742883", "86282452253", "8656696", "7748283"}


def parse_party(text: str) -> CallParty:
    """Parses a text.

    Raises:
        PartyProblem: it is a number in scientific form, with fewer digits than the number has.
    """
    if (plain := _PLAIN.fullmatch(text)) is not None:
        return _numbered(plain[2], plus=bool(plain[1]))
    text = text.strip()
    if not text:
        return ANONYMOUS
    if (scientific := _SCIENTIFIC.fullmatch(text)) is not None:
        return _numbered(_exact(scientific[2]), plus=bool(scientific[1]))
    if (decimal := _DECIMAL.match(text)) is not None:
        return parse_party(decimal[0])
    return _addressed(_address(text))


def whole_number(text: str) -> str | None:
    """The digits of a JSON number with a fraction or an exponent.

    None means that it is not a whole number of a phone's length. `text` is the number as written in the JSON.
    """
    try:
        value = Decimal(text)
    except ArithmeticError:  # the exponent is too large for the library
        return None
    if not value.is_finite() or value < 0 or value.adjusted() >= MOST_DIGITS:
        return None
    return str(int(value)) if value == int(value) else None


def _exact(text: str) -> str:
    mantissa = re.split("[eE]", text)[0]
    digits = whole_number(text)
    if digits is None or len(digits) > len(mantissa.replace(".", "")):
        raise PartyProblem("a spreadsheet turned it into a scientific number, and digits are lost")
    return digits


def _numbered(digits: str, *, plus: bool) -> CallParty:
    if not digits.strip("0") or digits in _KEYS:
        return ANONYMOUS
    if digits.startswith("00"):
        digits, plus = digits[2:], True
    return CallParty(digits, international=plus) if len(digits) <= MOST_DIGITS else NO_NUMBER


def _address(text: str) -> str:
    """The text without a display name: the part in angle brackets, if there are any."""
    rest = text
    if (quoted := _QUOTED.match(text)) is not None:
        rest = text[quoted.end() :].strip() or quoted[1]
    _, opened, inside = rest.partition("<")
    return inside.partition(">")[0] if opened else rest


def _addressed(address: str) -> CallParty:
    # If the whole address is escaped, so are its `@` and `:`.
    address = address.strip() if "@" in address else _unescaped(address).strip()
    bare = address
    while (scheme := _SCHEME.match(bare)) is not None:
        bare = bare[scheme.end() :]
    user, at, host = bare.partition("@")
    user, _, parameters = user.partition(";")
    user = _unescaped(re.split(r"[:?]", user, maxsplit=1)[0] if not user.startswith("[") else user)
    if not at and bare != address and address.lower().startswith("sip") and _HOST.fullmatch(user.strip().lower()):
        return ANONYMOUS  # A SIP address may leave out its user.
    if not user.strip(" +-_.?*#/"):
        return ANONYMOUS  # Systems that prefix every number with a plus also prefix a missing one.
    found = _in_text(user)
    if len(found.digits) < LEAST_DIGITS and _is_invalid(host):
        return ANONYMOUS
    if not found.digits:
        return ANONYMOUS if _is_withheld(user) else found
    if not found.international and (context := _CONTEXT.search(_unescaped(f"{parameters};{host}"))) is not None:
        return CallParty(context[1] + found.digits.lstrip("0"), international=True)
    return found


def _is_invalid(host: str) -> bool:
    """Whether the host is under `.invalid`, as in `anonymous.invalid` (RFC 3323)."""
    return re.split(r"[;?:]", host, maxsplit=1)[0].strip().lower().rstrip(".").endswith(".invalid")


def _unescaped(text: str) -> str:
    """The text with `%2B` and the like decoded, also if encoded twice."""
    return unquote(unquote(text)) if "%" in text else text


def _is_withheld(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.casefold())
    meaningful = [word for word in words if word not in _FILLERS]
    return bool(meaningful) and (all(word in _WITHHELD for word in meaningful) or "".join(words) in _WITHHELD)


def _in_text(text: str) -> CallParty:
    """The only number in a text; NO_NUMBER if it has none, or several."""
    runs: list[list[str]] = [[]]
    for character in unicodedata.normalize("NFKC", text):
        if character == "+":
            runs.append(["+"])
        elif (digit := unicodedata.decimal(character, None)) is not None:
            runs[-1].append(str(digit))
        elif not _joins(character):
            runs.append([])
    numbers = [run for run in ("".join(run) for run in runs) if run.strip("+")]
    if len(numbers) != 1:
        return NO_NUMBER
    return _numbered(numbers[0].lstrip("+"), plus=numbers[0].startswith("+"))


def _joins(character: str) -> bool:
    """Whether digits on both sides of the character belong to one number.

    Such a character is a space, a dash, a dot, a bracket, or invisible.
    """
    return character in "./\\_\t\n\r" or unicodedata.category(character) in ("Zs", "Pd", "Ps", "Pe", "Cf")
