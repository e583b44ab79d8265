"""A column of numbers gets the same answers as one number at a time."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digo.lists.numbers import NumberColumn
from digo.phone import NumberProblem, parse_number

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
SEPARATORS = ["", " ", "-", ".", " (", ") ", "/", "\u00a0"]


def one_by_one(texts: list[str], country: str | None) -> list[int | None]:
    found: list[int | None] = []
    for text in texts:
        try:
            found.append(int(parse_number(text, country).digits))
        except NumberProblem:
            found.append(None)
    return found


@st.composite
def written_numbers(draw: st.DrawFn) -> str:
    """Digits after any country code, with a national prefix or none, spelt in some way."""
    code = draw(st.sampled_from(CODES))
    prefix = draw(st.sampled_from(["", "", "0", "1", "8", "15", "00", "06", "011"]))
    national = draw(st.text("0123456789", min_size=3, max_size=13))
    gap = draw(st.sampled_from(SEPARATORS))
    cut = draw(st.integers(0, len(national)))
    plus = draw(st.sampled_from(["+", "+", "+", "", "00", "++", " +"]))
    return f"{plus}{code}{prefix}{national[:cut]}{gap}{national[cut:]}"


@settings(max_examples=400)
@example(["9876543210", "987654321.0", "98.76543210", "1.0000000"], "IN")
@given(
    st.lists(st.one_of(written_numbers(), st.text(max_size=16)), max_size=30),
    st.sampled_from([None, "IN", "US", "DE", "IT", "AR", "BR"]),
)
def test_same_answers(texts: list[str], country: str | None) -> None:
    found = NumberColumn(country).read(pa.array(texts, pa.string()))
    assert found.phones.to_pylist() == one_by_one(texts, country)
    assert [row for row, phone in enumerate(found.phones.to_pylist()) if phone is None] == sorted(found.problems)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_each_countrys_own_examples(region: str) -> None:
    """The library has an example number for each kind of number of each country."""
    examples = {
        phonenumbers.format_number(example, form)
        for kind in phonenumbers.PhoneNumberType.values()
        if (example := phonenumbers.example_number_for_type(region, kind))
        for form in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL)
    }
    texts = sorted(examples)
    assert NumberColumn(region).read(pa.array(texts, pa.string())).phones.to_pylist() == one_by_one(texts, region)


def test_no_problem_shows_its_number() -> None:
    texts = ["2025550142", "+120255501423456", "12025550142", "+1 202 555 0142 ext", "1.2025E+10"]
    for message in NumberColumn(None).read(pa.array(texts, pa.string())).problems.values():
        assert not any(char.isdigit() for char in message.replace("+1 ", "").replace("+91 ", ""))
