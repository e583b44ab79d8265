"""The leads of a list, read out of a JSON array as it comes: whole, or said not to be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api.lead_stream import PIECE, LeadStream
from digo.api.reply_body import STREAM_PIECE, ReplyBody

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"},{"', "},{", '\\"}, {', "]", "[{", "\u2028", "é", "\\"]
)
LEADS = st.lists(
    st.fixed_dictionaries(
        {"field_0": TEXTS},
        optional={
            "field_1": TEXTS | st.none() | st.integers(),
            "field_2": TEXTS,
            "header": st.just('[{"name": "Phone"}, {"name": "OTP"}]'),
            "created_at": st.just({"$date": {"$numberLong": "1700000000000"}}),
            "tags": st.lists(st.fixed_dictionaries({"a": TEXTS}), max_size=2),
        },
    ),
    max_size=12,
)


def streamed(body: bytes, step: int, *fields: str) -> LeadStream:
    """A stream that has got the body in pieces of `step` bytes."""
    stream = LeadStream(fields)
    for at in range(0, len(body), step):
        stream.add(body[at : at + step])
    stream.end()
    return stream


def text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@given(LEADS, st.integers(1, 64), st.sampled_from([None, 1, " "]), st.booleans())
def test_the_columns_are_those_of_the_array(
    leads: list[dict[str, Any]], step: int, indent: Any, ascii_only: bool
) -> None:
    body = json.dumps(leads, indent=indent, ensure_ascii=ascii_only).encode()
    stream = streamed(body, step, "field_1", "field_2")
    assert (stream.is_array, stream.problem) == (True, "")
    found = stream.leads()
    assert found.numbers.to_pylist() == [lead["field_0"] for lead in leads]
    for name in ("field_1", "field_2"):
        assert found.columns[name].to_pylist() == [text(lead.get(name)) for lead in leads]


def test_a_long_array_is_taken_in_pieces_wherever_its_texts_look_like_its_end() -> None:
    leads = [{"field_0": f"+1202555{index:04}", "field_1": "},{" if index % 3 else '"},{"'} for index in range(60_000)]
    body = json.dumps(leads).encode()
    assert len(body) > 2 * PIECE
    found = streamed(body, 65_536, "field_1").leads()
    assert len(found) == len(leads)
    assert found.columns["field_1"].to_pylist() == [lead["field_1"] for lead in leads]


def test_numbers_in_place_of_texts_are_read() -> None:
    found = streamed(b'[{"field_0": 12025550101, "field_1": 7}, {"field_0": "+12025550102"}]', 9, "field_1").leads()
    assert found.numbers.to_pylist() == ["12025550101", "+12025550102"]
    assert found.columns["field_1"].to_pylist() == ["7", ""]


@pytest.mark.parametrize("body", [b"[]", b" [ ]\r\n", b"\xef\xbb\xbf[]"])
def test_an_empty_array_has_no_leads(body: bytes) -> None:
    stream = streamed(body, 1)
    assert (stream.is_array, stream.problem, len(stream.leads())) == (True, "", 0)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'[{"field_0": "1"}', "the list is cut off"),
        (b'[{"field_0": "1"},', "the list is cut off"),
        (b'[{"field_0": "1"}] and more', "the list is cut off"),
        (b'[{"field_0": "1"},]', "its end is not JSON"),
        (b'[{"field_0": "1"}}]', "its end is not JSON"),
        (b'[{"field_0": "1"}]]', "its end is not JSON"),
        (b"[,]", "its end is not JSON"),
        (b'[{"field_0": "1"}, {"message": "x"}]', "item 2 of the list is not a lead"),
        (b'[{"field_0": null}]', "item 1 of the list is not a lead"),
        (b"[7]", "item 1 of the list is not a lead"),
        (b"[null]", "item 1 of the list is not a lead"),
        (b'[{"success": false}]', "item 1 of the list is not a lead"),
    ],
)
def test_what_is_not_whole_is_a_problem(body: bytes, problem: str) -> None:
    for step in (1, 7, len(body)):
        assert streamed(body, step).problem == problem


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b'{"success": false}', b"<html>", b"null", b'"text"'])
def test_what_is_no_array_is_kept_for_the_message(body: bytes) -> None:
    stream = streamed(body, 1)
    assert not stream.is_array
    assert stream.head == body.strip()


def test_little_is_kept_of_a_long_body_that_is_no_array() -> None:
    assert len(streamed(b"<html>" + b"x" * (4 * PIECE), 65_536).head) <= PIECE


def test_the_time_of_a_streamed_body_begins_anew_with_each_of_its_pieces() -> None:
    body = ReplyBody("", 10, 1, LeadStream(()))
    begins = [body.add(b" " * (STREAM_PIECE // 4)) for _ in range(12)]
    assert begins == [False, False, False, True] * 3
    assert body.end() == b""
    collected = ReplyBody("", STREAM_PIECE * 4)
    assert not any(collected.add(b" " * STREAM_PIECE) for _ in range(4))
