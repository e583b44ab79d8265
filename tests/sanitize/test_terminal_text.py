"""What a terminal gets to see: nothing that it obeys or that nobody sees, and every name that people have."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.sanitize.json import for_json
from digo.sanitize.terminal import REPLACEMENT, for_terminal, one_line

BY_NAME = {
    "ESC": "\x1b",
    "BEL": "\x07",
    "backspace": "\b",
    "CR": "\r",
    "NUL": "\0",
    "vertical tab": "\x0b",
    "DEL": "\x7f",
    "CSI of one byte": "\x9b",
    "NEL": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "right-to-left override": "\u202e",
    "isolate": "\u2067",
    "left-to-right mark": "\u200e",
    "Arabic letter mark": "\u061c",
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "Hangul filler": "\u3164",
    "tag": "\U000e0041",
    "private use": "\ue000",
    "noncharacter": "\uffff",
}
READABLE = (
    "Ášha Müller",
    "e\u0301 combining",
    "مكتب المبيعات",
    "משרד",
    "बिक्री क्\u200dष",
    "می\u200cخواهم",
    "営業部　東京",
    "辻\U000e0100",
    "👩‍👩‍👧 family",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "🇮🇳 👍🏽 ❤️",
    "no\u00a0break",
    "\ufffd",
)


@pytest.mark.parametrize("sign", BY_NAME.values(), ids=BY_NAME)
def test_what_a_terminal_obeys_or_does_not_show_is_replaced(sign: str) -> None:
    assert for_terminal(f"Sales{sign}desk") == one_line(f"Sales{sign}desk") == f"Sales{REPLACEMENT}desk"


@pytest.mark.parametrize("name", READABLE)
def test_names_in_every_script_stay(name: str) -> None:
    assert for_terminal(name) == one_line(name) == name


def test_sequences_are_shown_without_their_beginning() -> None:
    assert for_terminal("\x1b]0;title\x07\x1b[2J") == f"{REPLACEMENT}]0;title{REPLACEMENT}{REPLACEMENT}[2J"
    assert for_terminal("\x1b]8;;http://a\x1b\\x") == f"{REPLACEMENT}]8;;http://a{REPLACEMENT}\\x"


def test_lines_stay_in_a_text_and_not_in_a_value() -> None:
    assert for_terminal("a\tb\nc\r\nd") == "a\tb\nc\nd"
    assert one_line("a\tb\nc") == f"a{REPLACEMENT}b{REPLACEMENT}c"


def test_half_a_pair_is_spelt_out() -> None:
    assert for_terminal("Sales \ud83d") == one_line("Sales \ud83d") == "Sales \\ud83d"


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
def test_a_joiner_between_letters_that_are_not_joined_is_seen(joiner: str) -> None:
    assert one_line(f"pay{joiner}pal") == f"pay{REPLACEMENT}pal"


def test_a_run_of_selectors_carries_nothing_hidden() -> None:
    assert one_line("❤\ufe0f\ufe01\ufe02") == f"❤\ufe0f{REPLACEMENT}{REPLACEMENT}"


@given(st.text(alphabet=st.characters(), max_size=40))
def test_no_text_gets_through(text: str) -> None:
    clean = one_line(text)
    assert one_line(clean) == clean == for_terminal(clean)
    assert not [sign for sign in clean if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp", "Co")]
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff")
    clean.encode("utf-8")


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=10)
)
def test_json_carries_the_same_values_and_nothing_that_a_terminal_obeys(value: object) -> None:
    text = for_json(value)
    assert json.loads(text) == value
    assert for_terminal(text) == text


def test_json_is_no_command_to_a_pipelines_log() -> None:
    text = for_json({"name": "##[add-mask]x ##vso[task] ## heading"})
    assert "##[" not in text and "##vso[" not in text and "## heading" in text
    assert json.loads(text) == {"name": "##[add-mask]x ##vso[task] ## heading"}
