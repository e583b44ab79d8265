"""What a text means as a phone number: how people and programs write one, and what is never one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.phone.number import NumberProblem, bare_digits, has_country_code, parse_number

SAME = "+12025550101"


@pytest.mark.parametrize(
    "text",
    [
        "+12025550101", " +12025550101\n", "+1 202 555 0101", "+1 (202) 555-0101", "+1.202.555.0101", "+1/202/5550101",
        "(+1) 202 555 0101", "( +1 202 ) 5550101", "0012025550101", "00 1 202 555 0101", "(00) 1 202 555 0101",
        "'+12025550101", "'+12025550101'", "\u2019+12025550101", '="+12025550101"', '"+1 202 555 0101"',
        "tel:+1-202-555-0101", "TEL: +12025550101", "'tel:+12025550101",
        "\uff0b\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff11",
        "+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0660\u0661", "\u207a12025550101", "\ufe6212025550101",
        "+1\u2010202\u2011555\u20130101", "+1\u2014202\u2212555\u20150101", "+1\u00a0202\u2009555\u202f0101",
        "+1\u3000\uff08202\uff09555\uff0d0101", "+1-(202)-555-0101-",
    ],
)  # fmt: skip
def test_one_number_in_many_spellings(text: str) -> None:
    number = parse_number(text)
    assert (number.e164, number.warnings) == (SAME, ())


@pytest.mark.parametrize("char", list("\u200b\u200e\u200f\u202a\u202c\u202d\u2060\u2068\u2069\ufeff\u00ad\u034f\ufe0e"))
@pytest.mark.parametrize("place", [0, 1, 6, 12])
def test_a_character_that_nobody_sees_is_left_out_and_said(char: str, place: int) -> None:
    number = parse_number(SAME[:place] + char + SAME[place:])
    assert number.e164 == SAME
    assert number.warnings == (f"characters that nobody sees were left out of the number: U+{ord(char):04X}",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        (" \u200b\u00a0", "it is empty"),
        ("''", "it is empty"),
        ("+1_202_555_0101", "it has characters that no phone number has: `_`"),
        ("+1 202 555 \u041e101", "it has characters that no phone number has: U+041E (cyrillic capital letter o)"),
        ("+1 202 555 0101\u20e3", "it has characters that no phone number has: U+20E3 (combining enclosing keycap)"),
        ("+1 202 555 010\u00b9", "it has characters that no phone number has: U+00B9 (superscript one)"),
        ("+1 202\x07555 0101", "it has characters that no phone number has: U+0007"),
        ("\u202e+12025550101", "it has U+202E (right-to-left override), which shows its digits in another order"),
        ("+1\t202 555 0101", "it has U+0009 (a tab) in it; one number is due here, and nothing else"),
        ("+1 202 555\n0101", "it has U+000A (a line break) in it; one number is due here, and nothing else"),
        ("+12025550101,", "it has `,` in it; one number is due here, and nothing else"),
        ("-12025550101", "write it with + and the country code"),
        ("2025550101", "write it with + and the country code"),
        ("++12025550101", "it begins with no single +"),
        ("+1-800-FLOWERS", "it has characters that no phone number has: `F`"),
        ("tel:+1-202-555-0101;ext=12", "it has an extension"),
        ("+1 202 555 0101 x12", "it has an extension"),
        ("+1 202 555 0101 ext. 12", "it has an extension"),
        ("+1 202 555 0101#12", "it has an extension"),
        ("tel:+12025550101;phone-context=example", "it has `;` in it"),
        ("+12025550101.0", "a program turned it into a decimal number"),
        ("1.2025550101E+10", "a spreadsheet turned it into a scientific number"),
        ("+999 202 555 0101", "its country code does not exist"),
    ],
)  # fmt: skip
def test_what_is_no_number(text: str, told: str) -> None:
    with pytest.raises(NumberProblem) as caught:
        parse_number(text)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+1 202 555 0101 / +1 202 555 0102", None),
        ("+12025550101;+12025550102", None),
        ("+12025550101+12025550102", None),
        ("+1 202 555 0101 (+1 202 555 0102)", None),
        ("202-555-0101, 202-555-0102", "US"),
        ("2025550101 2025550102", "US"),
        ("202-555-0101\n202-555-0102", "US"),
        ("202 555 0101 / 0102", "US"),
        ("202 555 0101 or 202 555 0102", "US"),
        ("+49 30 1234 / 1235", None),
        ("+49 30 1234/35", None),
        ("+49 30 1234 - 1235", None),
        ("+49 30 1234 \u2013 1235", None),
        ("030 1234 / 030 1235", "DE"),
        ("030 1234 030 1235", "DE"),
        ("0301234 0301235", "DE"),
        ("301234 301235", "DE"),
        ("30 1234 30 1235", "DE"),
        ("1234/1235", "DE"),
        ("01 23456 01 23457", "AT"),
        ("06 1234 06 1235", "IT"),
        ("+39 061234 061235", None),
        ("09 1234 09 1235", "FI"),
        ("021 1234567 021 1234568", "ID"),
    ],
)
def test_two_numbers_are_never_one(text: str, country: str | None) -> None:
    with pytest.raises(NumberProblem):
        parse_number(text, country)


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("030/123456", "DE", "+4930123456"),
        ("05121 / 123456", "DE", "+495121123456"),
        ("+49 (0)30 123456", None, "+4930123456"),
        ("+49 30 12345-0", None, "+4930123450"),
        ("01512 0345678", "DE", "+4915120345678"),
        ("+49 1512 034 5678", None, "+4915120345678"),
        ("+49 30 1234 5678", None, "+493012345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("+43 1 234 56 78", None, "+4312345678"),
        ("0812-345-6789", "ID", "+628123456789"),
        ("+358 40 123 4567", None, "+358401234567"),
        ("02/555.12.34", "BE", "+3225551234"),
        ("01/23/45/67/89", "FR", "+33123456789"),
        ("011 44 20 7946 0000", "US", "+442079460000"),
        ("0044 20 7946 0000", "US", "+442079460000"),
        ("0011 44 20 7946 0000", "AU", "+442079460000"),
        ("202-555-0101", "US", SAME),
    ],
)  # fmt: skip
def test_one_number_stays_one(text: str, country: str | None, e164: str) -> None:
    assert parse_number(text, country).e164 == e164


@pytest.mark.parametrize(
    "text", ["\u202a+12025550101", "(+1) 202-555-0101", "\uff0b\uff11 202 555 0101", "0012025550101"]
)
def test_the_account_may_write_a_number_in_any_way(text: str) -> None:
    assert bare_digits(text) == "12025550101"
    assert has_country_code(text)


@given(st.text(max_size=24), st.sampled_from([None, "US", "DE", "IT", "IN"]))
def test_any_text_is_a_number_or_a_problem_without_its_digits(text: str, country: str | None) -> None:
    try:
        number = parse_number(text, country)
    except NumberProblem as problem:
        assert str(problem)
    else:
        assert parse_number(number.e164).e164 == number.e164
