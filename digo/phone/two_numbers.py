"""Detects two numbers in one cell, so that they are never read as one.

If all numbers of a country have one length, its numbering plan decides. Other countries (Germany, Austria, Italy,
Finland, Indonesia) allow so many lengths that the digits of two short numbers form one valid long number. There the
gaps decide: both sides of a gap are numbers of the country, or the second side is an alternative ending of the first
number. If a single number is taken for two, writing it without that gap helps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import phonenumbers
from phonenumbers import PhoneMetadata

LONG = 6  # digits: two numbers of this length or more always count as two
AREA = 5  # digits: the longest area code that may precede a slash
_DIGITS = re.compile("[0-9]+")
SAME_HEAD = 2  # digits: what two short numbers of one length and one place have in common


@dataclass(frozen=True)
class Plan:
    """A country's number lengths, and the prefix before a number within the country."""

    lengths: frozenset[int]
    trunk: str

    @property
    def shortest(self) -> int:
        """The length of the shortest numbers."""
        return min(self.lengths, default=0)


@cache
def plan_of(code: int) -> Plan:
    """The plan of a country code."""
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ("001",))[0]
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if metadata is None or metadata.general_desc is None:
        return Plan(frozenset(), "")
    return Plan(frozenset(metadata.general_desc.possible_length), metadata.national_prefix or "")


@dataclass(frozen=True)
class _Gap:
    """A place between two groups of digits.

    `before` and `after` are all of the number's digits on either side. `last` and `first` are the groups next to the
    gap. `sign` is the text in it.
    """

    before: str
    after: str
    last: str
    first: str
    sign: str


def are_two(text: str, code: int, national: str) -> bool:
    """Whether a text is two numbers.

    Args:
        text: in plain characters, see `digo.phone.spelling.plain_spelling`.
        code: the country code of the text's digits, read as one number.
        national: that number's digits without the country code.
    """
    plan = plan_of(code)
    digits = "".join(_DIGITS.findall(text))
    # If the library has changed the number, such as an Argentine mobile one, all digits of the text are checked.
    own = national if digits.endswith(national) else digits
    if len(own) <= plan.shortest:  # no gap has a complete number before it
        return False
    return any(_parts_two(gap, code, plan) for gap in _gaps(text, len(digits) - len(own)))


def _gaps(text: str, outside: int) -> Iterator[_Gap]:
    """The gaps after the first `outside` digits."""
    groups = list(_DIGITS.finditer(text))
    digits = "".join(group.group() for group in groups)
    place = 0
    for one, other in pairwise(groups):
        place += len(one.group())
        if place > outside:
            yield _Gap(
                digits[outside:place], digits[place:], one.group(), other.group(), text[one.end() : other.start()]
            )


def _parts_two(gap: _Gap, code: int, plan: Plan) -> bool:
    before, after = gap.before, gap.after
    trunk = bool(plan.trunk) and after.startswith(plan.trunk)
    second = after.removeprefix(plan.trunk) if trunk else after
    both = len(before) in plan.lengths and len(second) in plan.lengths
    same_length = len(before) == len(second)
    if both and len(before) >= LONG and len(second) >= LONG and not trunk:
        return True
    if both and trunk and (_in_use(code, before) and _in_use(code, second)):
        return True
    if both and same_length and before[:SAME_HEAD] == second[:SAME_HEAD]:
        return True
    if len(before) not in plan.lengths:
        return False
    if "/" in gap.sign:
        return len(before) > AREA or len(after) <= len(before)
    return "-" in gap.sign and gap.first == after and _is_other_ending(gap.last, gap.first)


def _is_other_ending(last: str, first: str) -> bool:
    """Whether all but the last two digits are the same: `1234` and `1235`."""
    return len(last) == len(first) >= 4 and last[:-2] == first[:-2]


def _in_use(code: int, national: str) -> bool:
    zeros = len(national) - len(national.lstrip("0"))
    number = phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    return bool(phonenumbers.is_valid_number(number))
