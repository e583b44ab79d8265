"""A masked number is recognisable, and hides what makes it a number."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.fields.agents import AGENT_FIELDS
from digo.fields.masked import masked_number
from digo.text.redact import mask_number, mask_numbers

EID = "1234567890123"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+12025550101", "+1 ***0101"),
        ("+1 (202) 555-0101", "+1 ***0101"),
        ("0012025550101", "+1 ***0101"),
        ("+915000010101", "+91 ***0101"),
        ("+3585000010101", "+358 ***0101"),
        ("+87000010101", "+870 ***0101"),
        ("12025550101", "***0101"),  # it does not say that its 1 is the code
        ("2025550101", "***0101"),
        ("+99900010101", "***0101"),  # no country has this code
        ("+1 01", "***"),
        ("", "***"),
    ],
)
def test_a_number_keeps_its_country_code_and_its_last_digits(written: str, shown: str) -> None:
    assert masked_number(written) == shown
    assert mask_numbers(shown) == shown


@given(st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)), st.integers(10**6, 10**9))
def test_no_number_shows_more_than_its_code_and_four_digits(code: int, rest: int) -> None:
    text = f"+{code}{rest}"
    assert masked_number(text) == f"+{code} {mask_number(text)}"


@pytest.mark.parametrize("name", ["eid", "id", "team_id", "timegroup_id"])
def test_an_id_is_no_number(name: str) -> None:
    assert AGENT_FIELDS[name].masked(EID) == EID


def test_a_name_is_masked_where_it_has_a_number() -> None:
    assert AGENT_FIELDS["name"].masked("Call +12025550101") == "Call ***0101"
