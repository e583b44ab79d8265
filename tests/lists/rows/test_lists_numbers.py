"""A column of numbers gets the same answers as one number at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digo.lists.rows.number_column import NumberColumn
from digo.phone.number import UNASSIGNED, NumberProblem, invisible_text, parse_number

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
MANY_LENGTHS = [39, 43, 49, 62, 98, 358]
COUNTRIES = [None, "IN", "US", "DE", "AT", "FI", "ID", "IT", "IR", "AU", "AR", "BR"]
GAPS = [
    "",
    "",
    " ",
    "-",
    ".",
    " (",
    ") ",
    "/",
    " / ",
    " - ",
    "\u00a0",
    "\u2011",
    "\u2009",
    "\u200b",
    "\t",
    "_",
    " 0",
    "-0",
]


class Answer(NamedTuple):
    phone: int | None
    problem: str = ""
    doubts: tuple[str, ...] = ()


def one_by_one(texts: list[str], country: str | None) -> list[Answer]:
    found = []
    for text in texts:
        try:
            number = parse_number(text, country)
            found.append(Answer(int(number.digits), "", number.warnings))
        except NumberProblem as problem:
            found.append(Answer(None, str(problem)))
    return found


def by_column(texts: list[str], country: str | None) -> list[Answer]:
    found = NumberColumn(country).read(pa.array(texts, pa.string()))
    doubtful = found.unassigned.to_pylist()
    return [
        Answer(
            phone,
            found.problems.get(row, ""),
            (
                *((UNASSIGNED,) if doubtful[row] else ()),
                *((invisible_text(found.dropped[row]),) if row in found.dropped else ()),
            ),
        )
        for row, phone in enumerate(found.phones.to_pylist())
    ]


@st.composite
def written_numbers(draw: st.DrawFn) -> str:
    """Digits after any country code, with a national prefix or none, spelt in some way."""
    code = draw(st.sampled_from(CODES) | st.sampled_from(MANY_LENGTHS))
    prefix = draw(st.sampled_from(["", "", "0", "1", "8", "15", "00", "06", "011"]))
    national = draw(st.text("0123456789", min_size=3, max_size=13))
    plus = draw(st.sampled_from(["+", "+", "+", "", "00", "++", " +", "(+", "tel:+", "'+", "\uff0b", "\u202a+", "-"]))
    return f"{plus}{code}{prefix}{draw(spelt(national))}"


@st.composite
def spelt(draw: st.DrawFn, digits: str) -> str:
    """The digits with gaps between them."""
    cuts = sorted(draw(st.lists(st.integers(0, len(digits)), max_size=4)))
    edges = [0, *cuts, len(digits)]
    groups = [digits[start:end] for start, end in pairwise(edges)]
    return "".join(group + draw(st.sampled_from(GAPS)) for group in groups[:-1]) + groups[-1]


@st.composite
def two_numbers(draw: st.DrawFn) -> str:
    """Two numbers of one country, or a number and its other ending."""
    code = draw(st.sampled_from(MANY_LENGTHS))
    head = draw(st.sampled_from(["", f"+{code}", f"+{code} ", "0"]))
    first = draw(st.text("0123456789", min_size=4, max_size=8))
    second = draw(st.just(first[:-1] + "9") | st.text("0123456789", min_size=2, max_size=8))
    return head + draw(spelt(first)) + draw(st.sampled_from(GAPS)) + draw(st.sampled_from(["", "0"])) + second


@settings(max_examples=60)
@example(["9876543210", "987654321.0", "98.76543210", "1.0000000"], "IN")
@example(["+493012345.0", "+4930 1234 030 1235", "+49 30123 30124", "+49-301234-301235", "+39061234-061235"], None)
@example(["0012025550142", "0044 20 7946 0000", "(202) 555-0142", "(+1) 202 555 0142", "2025550142 2025550143"], "US")
@given(
    st.lists(st.one_of(written_numbers(), two_numbers(), st.text(max_size=16)), max_size=30),
    st.sampled_from(COUNTRIES),
)
def test_same_answers(texts: list[str], country: str | None) -> None:
    assert by_column(texts, country) == one_by_one(texts, country)


@settings(max_examples=40)
@given(st.sampled_from(CODES), st.lists(st.text("0123456789", min_size=7, max_size=14), min_size=1, max_size=30))
def test_same_doubts(code: int, nationals: list[str]) -> None:
    texts = [f"+{code}{national}" for national in nationals]
    assert by_column(texts, None) == one_by_one(texts, None)


@pytest.mark.parametrize("code", [1, 7, 39, 44, 47, 91, 212, 262, 358, 599])
def test_same_doubts_where_several_regions_share_a_code(code: int) -> None:
    """Numbers of each region's own beginnings, whole ranges of them."""
    texts: set[str] = set()  # the regions of a code share many
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        for kind in phonenumbers.PhoneNumberType.values():
            if found := phonenumbers.example_number_for_type(region, kind):
                digits = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
                texts |= {digits[:at] + str(new) + digits[at + 1 :] for at in range(3, 9) for new in range(10)}
    assert by_column(sorted(texts), None) == one_by_one(sorted(texts), None)


def test_each_countrys_own_examples() -> None:
    """The library has an example number for each kind of number of each country."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        examples = {
            phonenumbers.format_number(example, form)
            for kind in phonenumbers.PhoneNumberType.values()
            if (example := phonenumbers.example_number_for_type(region, kind))
            for form in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL)
        }
        texts = sorted(examples)
        assert by_column(texts, region) == one_by_one(texts, region), region


def test_no_problem_shows_its_number() -> None:
    texts = ["2025550142", "+120255501423456", "12025550142", "+1 202 555 0142 ext", "1.2025E+10"]
    for message in NumberColumn(None).read(pa.array(texts, pa.string())).problems.values():
        assert not any(char.isdigit() for char in message.replace("+1 ", "").replace("+91 ", ""))
