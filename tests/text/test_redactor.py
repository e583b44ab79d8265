"""No token and no full number gets through, wherever in a text it stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.text.redact import Redactor, mask_number, mask_numbers

LAST = "0101"
FORMS = [
    "+12025550101", "12025550101", "2025550101", "0012025550101", "+1 202 555 0101", "+1-202-555-0101",
    "+1 (202) 555-0101", "+1(202)5550101", "+1.202.555.0101", "+1 - (202) - 555 - 0101", "+1/202/5550101",
    "(202) 555-0101", "(202)555-0101", "202-555-0101", "202.555.0101", "202 555 0101", "202555-0101",
    "1 202 555 0101", "1-202-555-0101", "00 1 202 555 0101", "+1\u00a0202\u00a0555\u00a00101",
    "12025550101.0", "202 5550101", "(202)5550101", "202_555_0101", "+1_202_555_0101", "1_202_555_0101",
    "+1\u2011202\u2011555\u20110101", "202\u2011555\u20110101", "202\u2013555\u20130101",
    "+1\u2009202\u202f555\u30000101",
    "+1\u200b202\u200b555\u200b0101", "202\u00ad5550101", "+\u202a1 202 555 0101", "202 - 555 - 0101", "20 25 55 01 01",
    "1 20 25 55 01 01", "2025-550-101", "\uff0b1 202 555 0101", "\u207a12025550101", "202\\u2011555\\u20110101",
]  # fmt: skip
INDIAN = ["50000 10101", "50000-10101", "91 50000 10101", "91-50000-10101", "+91 50000 10101", "915000010101"]
CONTEXTS = [
    "{}", "call {} now", "({})", "'{}'", '"{}"', "tel:{}", "n={}", "no.{}", "no. {}.", "{},", "[{}]", "<{}>",
    "{}/{}", "a{}", "{}a", "_{}_", "x\n{}\ny", "\t{}", "%2B{}", "https://h/?to={}&x=1", "{}: taken", "#{}", "-{}",
    "{}-",
    '{{"follow_me_number": "{}"}}',
]  # fmt: skip


def hidden(text: str, digits: str) -> bool:
    """Whether no run of the digits is left that is longer than the last four, read without separators."""
    bare = "".join(char for char in text if char.isdigit())
    return digits[:-4] not in bare and digits[-10:-4] not in bare


@pytest.mark.parametrize("form", FORMS + INDIAN)
def test_every_spelling_is_masked_in_every_context(form: str) -> None:
    digits = "".join(char for char in form.removesuffix(".0") if char.isdigit())
    for context in CONTEXTS:
        masked = mask_numbers(context.format(form, form))
        assert hidden(masked, digits), masked
        assert "***" + LAST in masked, masked


@pytest.mark.parametrize(
    "text",
    [
        "+12025550101.0",
        "12025550101.0",
        "2025550101.00",
        "+12025550101.5",
        "+1 2025550101.0",
        "1.2025550101e10",
        "1.2025550101E+10",
        "+1.2025550101E+10",
        "2.025550101E+09",
    ],
)
def test_a_number_that_a_spreadsheet_wrote_is_masked(text: str) -> None:
    masked = mask_numbers(f"phone {text}, then")
    assert masked.startswith("phone ***")
    assert "202" not in masked and "555" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "config/sandbox/agents.yaml:12:3: agents.sales.intercom: an intercom is exactly four digits",
        "intercom 1001", "list 4711", "http://127.0.0.1:8099", "http://192.168.100.200:8099/v1/agents",
        "2021-03-10 17:16:18", "2026-11-24T19:05:00", "eid 600000000000001", "(eid 600000000000001)",
        "call 1627373566.350603", "port 65535", "1,234,567", "3.14159265358979", "6.25e-05", "1.5e3",
        "HTTP 429", "v3.272.0", "", "2026-11-24 2026-11-25", "10-03-2021 17:16", "intercoms 1000-1999, 2000-2999",
        "+1,000,000 rows", "+ 3 creates", "plan bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst",
        "desk-2026-01-01-v2", "expires 2026-12-01 (7)",
        '{"method": "GET", "path": "/v1/agents", "status": 500}',
    ],
)  # fmt: skip
def test_what_is_no_number_stays(text: str) -> None:
    assert mask_numbers(text) == text


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+12025550101", "***0101"), ("2025550101", "***0101"), ("1234567", "***4567"), ("123456", "***"), ("", "***")],
)
def test_a_mask_shows_four_digits_of_long_numbers_only(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@pytest.mark.parametrize("secrets", [{"example-token"}, {"Bearer example-token", "example-token"}])
def test_secrets_go_with_and_without_their_scheme(secrets: set[str]) -> None:
    text = Redactor(secrets)("Authorization: Bearer example-token; example-token; EXAMPLE")
    assert "example-token" not in text
    assert "[secret]" in text and "EXAMPLE" in text


def test_a_secret_inside_another_leaves_no_rest() -> None:
    assert Redactor({"abcd", "abcdefgh"})("abcdefgh abcd") == "[secret] [secret]"


def test_a_secret_that_is_a_number_is_a_secret() -> None:
    assert Redactor({"12025550101"})("12025550101") == "[secret]"


def test_very_short_secrets_are_not_hidden() -> None:
    assert Redactor({"a", ""})("banana") == "banana"


AREA, LINE = st.integers(200, 999), st.integers(0, 9999)
TEXT = st.text(alphabet=st.characters(exclude_categories=("Nd", "Cs")), max_size=12)


@given(before=TEXT, after=TEXT, area=AREA, line=LINE, form=st.sampled_from(
    ["+1{a}555{n}", "1{a}555{n}", "{a}555{n}", "+1 {a} 555 {n}", "({a}) 555-{n}", "{a}-555-{n}", "001{a}555{n}"]
))  # fmt: skip
def test_no_text_around_a_number_brings_it_through(before: str, after: str, area: int, line: int, form: str) -> None:
    if before.endswith("eid "):  # what our own texts write before an EID
        before += "!"
    masked = mask_numbers(before + form.format(a=area, n=f"{line:04d}") + after)
    assert hidden(masked, f"{area}555{line:04d}")


@given(
    before=st.text(max_size=20),
    token=st.from_regex(r"[A-Za-z0-9._\-]{8,40}", fullmatch=True),
    after=st.text(max_size=20),
)
def test_no_text_around_a_token_brings_it_through(before: str, token: str, after: str) -> None:
    redact = Redactor({token, f"Bearer {token}"})
    assert token not in redact(before + token + after).replace("[secret]", "\0")
    assert token not in redact(json.dumps({"Authorization": f"Bearer {token}"}))


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = mask_numbers(text)
    assert mask_numbers(once) == once


def test_what_is_learned_later_is_hidden_from_then_on() -> None:
    redact = Redactor(["secret-one"])
    assert redact("secret-one-and-two") == "[secret]-and-two"
    redact.learn(["secret-one-and-two", "abc"])
    assert redact("secret-one-and-two, secret-one, abc") == "[secret], [secret], abc"
