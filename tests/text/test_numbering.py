"""The tables of ranges in use say what the phone library says of each number."""

from __future__ import annotations

import re

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from digo.phone.ranges import DEPENDS, HEAD_DIGITS, IN_USE, head_table, regions

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
SHARED = [code for code in CODES if len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]) > 1]


def by_the_library(code: int, national: str) -> bool:
    zeros = len(national) - len(national.lstrip("0"))
    return phonenumbers.is_valid_number(
        phonenumbers.PhoneNumber(
            country_code=code,
            national_number=int(national),
            italian_leading_zero=zeros > 0 or None,
            number_of_leading_zeros=zeros if zeros > 1 else None,
        )
    )


def is_in_use(code: int, national: str) -> bool:
    """Whether the regions of a country code have a number in use: the first one that claims it decides."""
    for region in regions(code, len(national)):
        general = region.general is None or re.fullmatch(region.general, national)
        own = bool(general) and any(re.fullmatch(one, national) for one in region.kinds)
        if region.leading is None and own:
            return True
        if region.leading is not None and re.match(region.leading, national):
            return own
    return False


@settings(max_examples=200)
@given(st.sampled_from(CODES) | st.sampled_from(SHARED), st.integers(7, 13), st.data())
def test_a_number_is_in_use_where_the_library_says_so(code: int, length: int, data: st.DataObject) -> None:
    table = head_table(code, length)
    # Most heads of most countries are in use nowhere: half of those drawn are of the others.
    used = [head for head, verdict in enumerate(table) if verdict in (IN_USE, DEPENDS)]
    drawn = data.draw(st.sampled_from(used) | st.integers(0, 9999) if used else st.integers(0, 9999))
    head = f"{drawn:0{HEAD_DIGITS}}"
    rest = length - HEAD_DIGITS
    national = head + data.draw(st.text("0123456789", min_size=rest, max_size=rest))
    if not int(national):
        return
    expected = by_the_library(code, national)
    assert is_in_use(code, national) == expected
    if table[int(head)] != DEPENDS:
        assert (table[int(head)] == IN_USE) == expected
