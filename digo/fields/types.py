"""The types that a field of an agent can have: how its values are checked, compared, hashed and sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digo.phone.number import NumberProblem, PhoneNumber, bare_digits, has_country_code, parse_number
from digo.text.names import normal_name, same_name


@dataclass(frozen=True)
class FieldType:
    """A type of values. All values are texts; a list or a mapping is the text of its JSON.

    Attributes:
        check: returns the value of a resource's input as it is stored; raises ValueError if it is none.
        same: whether two texts mean the same value.
        canonical: the one spelling of a value, for digests.
        body: the value in a request's body.
        quoted: whether messages show the value in quotes.
        bare: whether config has the value without quotes: a flag, a number, a list, a mapping.
    """

    check: Callable[[str], str]
    same: Callable[[str, str], bool]
    canonical: Callable[[str], str]
    body: Callable[[str], Any]
    quoted: bool = False
    bare: bool = False


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


def canonical_login(login: str | None) -> str:
    """The one spelling of a user's `login_id`, "" for none. Logins that differ in case only are one login."""
    return (login or "").strip().lower()


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


def _check_flag(text: str) -> str:
    if text not in ("true", "false"):
        raise ValueError("it has to be true or false")
    return text


def _check_whole(text: str) -> str:
    if not re.fullmatch(r"\d{1,18}", text, flags=re.ASCII):
        raise ValueError("it has to be a whole number of at most 18 digits")
    return str(int(text))


def _items(text: str) -> list[str]:
    """The items of a list's JSON.

    Raises:
        ValueError: the text is not JSON of a list of texts or numbers.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(type(item) in (str, int) for item in found):
        raise ValueError("it has to be a list of texts")
    return [str(item) for item in found]


def items_of(text: str) -> list[str] | None:
    """The items of a list that a field has as text; None if the text is not a list, such as a pseudonym."""
    try:
        return _items(text)
    except ValueError:
        return None


def _canonical_list(text: str) -> str:
    """The items without their order; a text that is not a list as it stands."""
    items = items_of(text)
    return text if items is None else as_json(sorted(set(items)))


def _check_list(text: str) -> str:
    items = _items(text)
    if any(not item.strip() for item in items):
        raise ValueError("one of its items is empty")
    return as_json(items)


def _check_whole_list(text: str) -> str:
    return as_json([_check_whole(item) for item in _items(text)])


def _canonical_numbers(text: str) -> str:
    items = items_of(text)
    return text if items is None else as_json(sorted({bare_digits(item) for item in items}))


def _same_numbers(one: str, other: str) -> bool:
    """Whether both lists have the same numbers, in any spelling and order."""
    left, right = items_of(one or "[]"), items_of(other or "[]")
    if left is None or right is None:
        return one == other
    return all(any(_same_number(number, near) for near in right) for number in left) and all(
        any(_same_number(number, near) for near in left) for number in right
    )


def _check_mapping(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("it has to be a mapping")
    return as_json(found)


def _canonical_mapping(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return text


def as_json(value: list[str] | dict[str, Any]) -> str:
    """A list or a mapping as the text that a field has."""
    return json.dumps(value, ensure_ascii=False)


def _by(canonical: Callable[[str], str]) -> Callable[[str, str], bool]:
    return lambda one, other: canonical(one) == canonical(other)


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


FLAG = FieldType(_check_flag, str.__eq__, _unchanged, lambda text: text == "true", bare=True)
"""`true` or `false`."""

WHOLE = FieldType(
    _check_whole, _by(lambda text: text.lstrip("0") or text), lambda text: text.lstrip("0") or text, int, bare=True
)
"""A whole number, such as the id of a role."""

TEXTS = FieldType(_check_list, _by(_canonical_list), _canonical_list, json.loads, bare=True)
"""A list of texts. Their order does not matter."""

WHOLES = FieldType(
    _check_whole_list, _by(_canonical_list), _canonical_list, lambda text: [int(one) for one in _items(text)], bare=True
)
"""A list of whole numbers, such as ids of departments. Their order does not matter."""

NUMBERS = FieldType(
    lambda text: as_json([parse_number(item).e164 for item in _items(text)]),
    _same_numbers,
    _canonical_numbers,
    _items,
    bare=True,
)
"""A list of phone numbers in E.164. Their order does not matter."""

MAPPING = FieldType(_check_mapping, _by(_canonical_mapping), _canonical_mapping, json.loads, bare=True)
"""A mapping that the API takes as it is."""

PHONE_TYPES = (NUMBER, NUMBERS)
"""The types whose values are phone numbers and nothing else."""
