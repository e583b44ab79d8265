"""Phone numbers: one canonical spelling for the many that people and the API write.

The API returns a number in another form than it was sent: `+91…`, `91…` or ten digits (api.md, "Facts a provisioner
stands on"). Two numbers are the same if their digits with the country code are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import PhoneMetadata

from digo.phone.spelling import TWO_NUMBERS, in_ascii, plain_spelling
from digo.phone.spelling import NumberProblem as NumberProblem
from digo.phone.two_numbers import are_two

MIN_DIGITS, MAX_DIGITS = 10, 15
UNASSIGNED = "the number is in no range that the phone library knows to be in use; is it right?"


@dataclass(frozen=True)
class PhoneNumber:
    """A valid number.

    `e164` is its canonical spelling (`+12025550101`), `national` its digits without the country code. `assigned` is
    False if no known numbering plan uses its range. `dropped` names the invisible characters that were left out.
    """

    e164: str
    national: str
    assigned: bool
    dropped: str = field(default="", compare=False)

    @property
    def digits(self) -> str:
        """The digits with the country code, without the plus. Numbers are compared by them."""
        return self.e164[1:]

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings about the number."""
        found = () if self.assigned else (UNASSIGNED,)
        return (*found, invisible_text(self.dropped)) if self.dropped else found


def invisible_text(dropped: str) -> str:
    """The warning about a number with invisible characters."""
    return f"characters that nobody sees were left out of the number: {dropped}"


def parse_number(text: str, country: str | None = None) -> PhoneNumber:
    """Parses a number with `+` or `00` and its country code, in any spelling that docs/config.md allows.

    This function defines what a text means. `digo.lists.rows.number_column` decides only cases with the same result.

    Args:
        text: the number.
        country: two letters (`IN`); a number without `+` is read as one of that country. None requires the code.

    Raises:
        NumberProblem: it is not a number, or has a length that no plan allows.
    """
    spelling = plain_spelling(text, international=country is None)
    compact = _with_plus(spelling.compact, country)
    try:
        parsed = phonenumbers.parse(compact, country)
    except phonenumbers.NumberParseException as problem:
        raise NumberProblem(_parse_reason(problem)) from None
    national = phonenumbers.national_significant_number(parsed)
    if are_two(spelling.text, parsed.country_code or 0, national):
        raise NumberProblem(TWO_NUMBERS)
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    length = len(e164) - 1
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise NumberProblem(_LENGTH_REASONS.get(possible, "its length fits no number of its country"))
    if not MIN_DIGITS <= length <= MAX_DIGITS:
        raise NumberProblem(f"the API takes {MIN_DIGITS} to {MAX_DIGITS} digits with the country code; it has {length}")
    return PhoneNumber(e164, national, phonenumbers.is_valid_number(parsed), spelling.dropped)


def _with_plus(compact: str, country: str | None) -> str:
    """Replaces `00` by `+`, unless it begins a longer prefix of the country's own (Australia's `0011`)."""
    if not compact.startswith("00"):
        return compact
    plan = None if country is None else PhoneMetadata.metadata_for_region(country)
    own = re.match(plan.international_prefix, compact) if plan and plan.international_prefix else None
    return compact if own and own.end() > 2 else f"+{compact[2:]}"


def lost_its_plus(text: str) -> bool:
    """Whether the text is bare digits that are a valid number with a `+`: spreadsheets drop it."""
    try:
        return re.fullmatch(r"[0-9]+", text.strip()) is not None and bool(parse_number(f"+{text.strip()}"))
    except NumberProblem:
        return False


def bare_digits(text: str) -> str:
    """The digits of a number as the API wrote it, without an international prefix such as `+` or `00`."""
    digits = re.sub("[^0-9]", "", in_ascii(text))
    return digits[2:] if digits.startswith("00") else digits


def has_country_code(text: str) -> bool:
    """Whether a number as the API wrote it shows by its prefix that it has its country code."""
    return in_ascii(text).lstrip(" (").startswith(("+", "00"))


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
    return "it is not a phone number"
