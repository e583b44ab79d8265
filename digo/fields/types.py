"""The types that a field of an agent can have: how its values are checked, compared, hashed and sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from digo.phone.number import NumberProblem, PhoneNumber, bare_digits, has_country_code, parse_number
from digo.text.names import normal_name, same_name


@dataclass(frozen=True)
class FieldType:
    """A type of values. All values are texts.

    Attributes:
        check: returns the value of a resource's input as it is stored; raises ValueError if it is none.
        same: whether two texts mean the same value.
        canonical: the one spelling of a value, for digests.
        body: the value in a request's body.
        quoted: whether messages show the value in quotes.
    """

    check: Callable[[str], str]
    same: Callable[[str, str], bool]
    canonical: Callable[[str], str]
    body: Callable[[str], str | int]
    quoted: bool = False


def check_intercom(text: str) -> str:
    """Returns the intercom if it is one (page: "a unique 4-digit number").

    Raises:
        ValueError: it has not exactly four digits.
    """
    if not re.fullmatch(r"\d{4}", text, flags=re.ASCII):
        raise ValueError("an intercom is exactly four digits")
    return text


def canonical_intercom(intercom: str) -> str:
    """The one spelling of an intercom, four digits. The API gives it as a number or as text."""
    return intercom.strip().zfill(4)


def writes_number(text: str | None, number: PhoneNumber) -> bool:
    """Whether the text, as the API writes numbers, is that number, in any spelling."""
    if not text:
        return False
    digits = bare_digits(text)
    return digits == number.digits or (digits == number.national and not has_country_code(text))


def _check_text(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


def _same_intercom(one: str, other: str) -> bool:
    if not one.strip() or not other.strip():
        return one.strip() == other.strip()
    return canonical_intercom(one) == canonical_intercom(other)


def _intercom_in_body(intercom: str) -> str | int:
    """The page's example writes the intercom as a number; a leading zero survives only as text."""
    return intercom if intercom.startswith("0") else int(intercom)


def _same_number(one: str, other: str) -> bool:
    """Whether one spelling has its country code and the other is a spelling of the same number."""
    if one == other or bare_digits(one) == bare_digits(other):
        return True
    for full, any_ in ((one, other), (other, one)):
        try:
            number = parse_number(full if full.startswith("+") else f"+{full}")
        except NumberProblem:
            continue
        if writes_number(any_, number):
            return True
    return False


def _unchanged(text: str) -> str:
    return text


TEXT = FieldType(_check_text, same_name, normal_name, _unchanged, quoted=True)
"""A text for people. Two texts are the same if people see no difference."""

EXACT = FieldType(_check_text, str.__eq__, _unchanged, _unchanged)
"""A text for machines, such as an id."""

INTERCOM = FieldType(check_intercom, _same_intercom, canonical_intercom, _intercom_in_body)
"""Four digits."""

NUMBER = FieldType(lambda text: parse_number(text).e164, _same_number, bare_digits, _unchanged)
"""A phone number in E.164. The request's body has it in the form of the stack's setting `digo:numberForm`."""
