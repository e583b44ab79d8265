"""Phone numbers: one spelling for the many that people and the API write.

The API returns a number in another form than it was sent: `+91…`, `91…` or ten digits (api.md, "Facts a
provisioner stands on"). Two numbers are the same when their digits with the country code are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

MIN_DIGITS, MAX_DIGITS = 10, 15


class NumberProblem(ValueError):
    """The text is no phone number that the API can take. The message says why, without the number."""


@dataclass(frozen=True)
class PhoneNumber:
    """A checked number. `e164` is its canonical spelling (`+12025550101`), `national` its digits without the
    country code; `assigned` is False where no known numbering plan has handed out its range."""

    e164: str
    national: str
    assigned: bool

    @property
    def digits(self) -> str:
        """The digits with the country code, without the plus: what numbers are compared by."""
        return self.e164[1:]


def parse_number(text: str, country: str | None = None) -> PhoneNumber:
    """Reads a number written with `+` and its country code; spaces, dashes, dots and brackets may stand in it.

    Args:
        text: the number.
        country: two letters (`IN`); a number without `+` is read as one of that country. None demands the `+`.

    Raises:
        NumberProblem: it is not one, or has a length that no plan allows.
    """
    written = text.strip()
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+", written):
        raise NumberProblem("a spreadsheet turned it into a scientific number; format that column as text")
    if re.fullmatch(r"\d+[.,]0+", written):
        raise NumberProblem("a program turned it into a decimal number; format that column as text")
    if country is None and not written.startswith("+"):
        raise NumberProblem("write it with + and the country code, such as +1 for the United States or +91 for India")
    if re.search(r"[^\d+ ().\-/\u00a0]", written):
        raise NumberProblem("it has characters that no phone number has")
    try:
        parsed = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException as problem:
        raise NumberProblem(_parse_reason(problem)) from None
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    length = len(e164) - 1
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise NumberProblem(_LENGTH_REASONS.get(possible, "its length fits no number of its country"))
    if not MIN_DIGITS <= length <= MAX_DIGITS:
        raise NumberProblem(f"the API takes {MIN_DIGITS} to {MAX_DIGITS} digits with the country code; it has {length}")
    return PhoneNumber(
        e164=e164,
        national=phonenumbers.national_significant_number(parsed),
        assigned=phonenumbers.is_valid_number(parsed),
    )


def bare_digits(text: str) -> str:
    """The digits of a number as the API wrote it, without an international prefix such as `+` or `00`."""
    digits = re.sub(r"\D", "", text)
    return digits[2:] if digits.startswith("00") else digits


def has_country_code(text: str) -> bool:
    """Whether a number as the API wrote it says by its prefix that the country code is in it."""
    return text.strip().startswith(("+", "00"))


_LENGTH_REASONS = {
    phonenumbers.ValidationResult.TOO_SHORT: "it is too short for its country code",
    phonenumbers.ValidationResult.TOO_LONG: "it is too long for its country code",
    phonenumbers.ValidationResult.INVALID_LENGTH: "its length fits no number of its country code",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "it lacks its area code",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "its country code does not exist",
}


def _parse_reason(problem: phonenumbers.NumberParseException) -> str:
    if problem.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
        return "its country code does not exist"
    if problem.error_type == phonenumbers.NumberParseException.TOO_LONG:
        return "it is too long"
    return "it is no phone number"
