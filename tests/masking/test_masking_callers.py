"""Who calls: the number that a text names, in whatever spelling, or that it is withheld."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.masking.call_party import ANONYMOUS, NO_NUMBER, CallParty, PartyProblem, parse_party, whole_number

ASHA = CallParty("12025550101", international=True)
NATIONAL = CallParty("2025550101")


@pytest.mark.parametrize(
    "text",
    [
        "+12025550101",
        "0012025550101",
        "+1-202-555-0101",
        " +1 (202) 555.0101 ",
        "(+1) 202 555 0101",
        "+1\u2011202\u2011555\u20110101",
        "\u202a+12025550101\u202c",
        "\uff0b\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff11",
        "+1_202_555_0101",
        "tel:+12025550101",
        "TEL:+1-202-555-0101;phone-context=+44;ext=7",
        "tel:2025550101;phone-context=+1",
        "sip:+12025550101@10.0.0.1",
        "sip:+12025550101@10.0.0.1:5060;transport=udp",
        "sips:+12025550101@[2001:db8::9]:5061",
        "sip:+12025550101@example.com;user=phone?Replaces=4711%40example.com",
        "sip:+12025550101;npdi;rn=+12025550199@example.com",
        "sip:2025550101;phone-context=+1@example.com;user=phone",
        "sip:(202)555-0101;phone-context=%2B1@example.com:5060;user=phone",
        "sip:+12025550101:pass2word@example.com",
        "sip:+1.202.555.0101@example.com",
        "sip:+12025550101",
        "sip:+12025550101:5060",
        "sip:%2B12025550101@10.0.0.1",
        "sip%3A%2B12025550101%4010.0.0.1%3A5060",
        "%252B12025550101",
        "<sip:+12025550101@10.0.0.1:5060>",
        '"Asha" <sip:+12025550101@10.0.0.1:5060;transport=udp>;tag=77',
        '"Asha \\"9\\" <8> @7" <sip:+12025550101@example.com>',
        "Asha 4 <+12025550101>",
        "<sip:+12025550101@a.example>, <tel:+12025550101>",
        "+12025550101@10.0.0.1:5060",
        "callto://+12025550101",
        "sip:+12025550101@anonymous.invalid",
        "+12025550101.0",
        "+1.2025550101E+10",
    ],
)
def test_a_caller_is_the_number_that_the_text_names(text: str) -> None:
    assert parse_party(text) == ASHA


@pytest.mark.parametrize(
    "text",
    ["2025550101", "202 555 0101", "sip:2025550101@10.0.0.1:5060", "tel:202-555-0101;phone-context=example.com"]
    + [f"tel:202-555-0101;phone-context={context}" for context in ("+1202", "+1-202", "+1.example.com", "1")],
)
def test_a_number_without_country_code_stays_one(text: str) -> None:
    assert parse_party(text) == NATIONAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "anonymous",
        "Anonymous",
        "ANONYMOUS CALLER",
        "Restricted",
        "Unknown",
        "unknown number",
        "unavailable",
        "Private Number",
        "withheld",
        "No Caller ID",
        "not available",
        "N/A",
        "null",
        "<unknown>",
        "anonymous@anonymous.invalid",
        "sip:anonymous@anonymous.invalid",
        "sip:Anonymous@10.0.0.1:5060;user=phone",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=4',
        "sip:8f3a@anonymous.invalid:5060",
        "sip:restricted@example.com",
        "sip:10.0.0.1:5060",
        "sip:[2001:db8::1]:5060",
        "sip:example.com",
        "sip:@example.com",
        "tel:",
        '"Asha" <>',
        "+",
        "-",
        "sip:+@10.0.0.1",
        '"asterisk" <sip:asterisk@10.0.0.1>',
        "0",
        "0000000000",
        "+266696687",
        "266696687",
        "sip:+266696687@10.0.0.1",
        "+8656696",
    ],
)
def test_a_withheld_number_is_an_anonymous_caller(text: str) -> None:
    assert parse_party(text) == ANONYMOUS


@pytest.mark.parametrize(
    "text",
    [
        "Asha",
        "sip:asha@10.0.0.1:5060",
        "asha:12025550101@example.com",
        "+12025550101,+12025550102",
        "+12025550101 +12025550102",
        "+12025550101 ext 5",
        "+1202\x005550101",
        "+1202\ud8005550101",
        "\ud83d",
        "1" * 16,
        "9" * 8000,
        "<" * 8000,
        '"' * 8000,
        "%25" * 2600,
    ],
)
def test_what_is_no_number_or_several_is_neither_a_caller_nor_anonymous(text: str) -> None:
    assert parse_party(text) == NO_NUMBER


@pytest.mark.parametrize("text", ["1.20256E+10", "1e10", "+1.2E10", "1e999"])
def test_a_scientific_number_that_lost_digits_is_refused(text: str) -> None:
    with pytest.raises(PartyProblem, match="digits are lost"):
        parse_party(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("12025550101.0", "12025550101"),
        ("1.2025550101e10", "12025550101"),
        ("1202555010100e-2", "12025550101"),
        ("12025550101.5", None),
        ("12025550101.00000000000000001", None),
        ("-12025550101.0", None),
        ("1e15", None),
        ("1e999", None),
        ("1e99999999999999999999", None),
        ("0.0", "0"),
    ],
)
def test_a_json_number_is_whole_or_nothing(text: str, digits: str | None) -> None:
    assert whole_number(text) == digits


def test_a_long_user_of_an_address_is_looked_through_once() -> None:
    """Each of its letters as a beginning of its own would take hours."""
    assert parse_party("sip:" + "a" * 1_000_000) == NO_NUMBER
    assert parse_party("sip:" + "a" * 1_000_000 + ".example") == ANONYMOUS


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    try:
        party = parse_party(text)
    except PartyProblem:
        return
    assert len(party.digits) <= 15
    assert not party.digits or party.digits.isascii()
    assert party.digits.isdecimal() or not party.digits


@given(
    st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]{1,5})?", fullmatch=True),
    st.from_regex(r"(;[a-z]{1,5}(=[0-9]{1,5})?){0,3}", fullmatch=True),
)
def test_digits_of_host_port_and_parameters_are_never_the_callers(number: str, host: str, parameters: str) -> None:
    assert parse_party(f'"7 Asha" <sip:{number}@{host}{parameters}>').digits == number[1:]
