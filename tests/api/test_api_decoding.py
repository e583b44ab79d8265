"""What a body says, whatever its bytes are: right text, or no JSON; never an error of another kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api import ReadUnknown
from digo.api.decoding import MOST_LEVELS, NO_JSON, decode_body
from digo.api.responses import Reply, read_agents
from digo.text.redact import Redactor
from digo.text.unicode import is_unicode

CAFE = '[{"name": "café 😀"}]'
READ = [{"name": "café 😀"}]
LATIN = '["café"]'.encode("latin-1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("declared", ["", "application/json", "application/json; charset=utf-8", "text/html"])
def test_unicode_is_read_in_each_form_whatever_the_header_says(encoding: str, declared: str) -> None:
    assert decode_body(CAFE.encode(encoding), declared) == READ


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("application/json; charset=ISO-8859-1", "café"),
        ('application/json;charset="windows-1252"', "café"),
        ("application/json; charset=iso-8859-5", "cafщ"),
        ("application/json", r"caf\udce9"),
        ("application/json; charset=utf-8", r"caf\udce9"),
        ("application/json; charset=no-such-thing", r"caf\udce9"),
        ("application/json; charset=base64", r"caf\udce9"),
        ("application/json; charset=\xff\n; charset", r"caf\udce9"),
        ("charset=\udcff", r"caf\udce9"),
    ],
)
def test_what_is_no_unicode_is_of_the_headers_charset_or_spelt_out(declared: str, text: str) -> None:
    assert decode_body(LATIN, declared) == [text]


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (rb'{"a \ud83d": ["\udce9", {"b": "\uD83D x"}]}', {r"a \ud83d": [r"\udce9", {"b": r"\ud83d x"}]}),
        (rb'["\ud83d\ude00"]', ["😀"]),
        (rb'["\\ud83d"]', [r"\ud83d"]),
        (rb'["a\u0000b"]', ["a\0b"]),
        (b"[NaN, Infinity, -Infinity, 1e999, -1e999]", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"]),
        (b"[123456789012345, 1234567890123456789, 0, -7]", [123456789012345, "1234567890123456789", 0, -7]),
        (b"9" * 5000, "9" * 5000),
        (b'{"a": 1, "a": 1}', {"a": 1}),
        (b'{"success": true, "success": false}', NO_JSON),
        (b'[{"a": {"eid": "1", "eid": "2"}}]', NO_JSON),
        (b"[" * MOST_LEVELS + b"]" * MOST_LEVELS, json.loads("[" * MOST_LEVELS + "]" * MOST_LEVELS)),
        (b"[" * (MOST_LEVELS + 2) + b"]" * (MOST_LEVELS + 2), NO_JSON),
        (b"[" * 100_000 + b"]" * 100_000, NO_JSON),
        (b'{"a":' * 50_000, NO_JSON),
        (b"", NO_JSON),
        (b"\0\0\0", NO_JSON),
        (b'["a"] x', NO_JSON),
        (b'["\x01"]', NO_JSON),
    ],
    ids=lambda value: str(value)[:30],
)
def test_odd_json(body: bytes, content: object) -> None:
    assert decode_body(body) == content


def test_records_keep_numbers_as_they_came() -> None:
    body = b"[1627373566.350600, 1.50, 123456789012345678, 12345678901234567890, NaN]"
    kept = ["1627373566.350600", "1.50", 123456789012345678, "12345678901234567890", "NaN"]
    assert decode_body(body, exact=True) == kept


@given(st.binary(max_size=80) | st.text(st.characters(codec=None, exclude_categories=())).map(
    lambda text: json.dumps({text: [text]}).encode()
), st.text(max_size=30))  # fmt: skip
def test_what_comes_out_can_be_written(body: bytes, declared: str) -> None:
    def check(content: Any) -> None:
        if isinstance(content, dict):
            check([*content, *content.values()])
        elif isinstance(content, list):
            for one in content:
                check(one)
        elif isinstance(content, str):
            assert is_unicode(content)

    check(decode_body(body, declared))


@pytest.mark.parametrize("field", ["eid", "follow_me_number"])
def test_an_agent_that_cannot_be_told_makes_the_list_unknown(field: str) -> None:
    """What its number was cannot be known: an agent that is there would be made a second time."""
    item = {"eid": "600000000000001", "follow_me_number": "+12025550101", "name": "\ud83d"}
    reply = Reply("GET", "/v1/agents", 200, "", json.dumps([item, {**item, field: "60000\ud83d0101"}]).encode())
    with pytest.raises(ReadUnknown, match=f"item 2 of the list has half a character in its {field}"):
        read_agents(reply, Redactor())
