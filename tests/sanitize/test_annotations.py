"""What a pipeline's log takes for a command: only what is one on purpose."""

from __future__ import annotations

import io
import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digo.sanitize.annotations import annotation, for_log, without_commands
from digo.sanitize.json import for_json
from digo.sanitize.streams import SanitizedStream
from digo.sanitize.terminal import for_terminal

SIGNS = st.sampled_from(
    [":", "::", "#", "##", "[", "]", "##[", "::error::", "x", "vso", " ", "\t", "\n", "\r", "\\", "\ufe0f", "\u0301",
     "\u20e3", "\u200d", "\u00a0", "\u2003", "\u3000", "\u1680", "\x1b[1m", "\x00", "\u00ad", "\u0488", "-"]
)  # fmt: skip
PARTS = st.lists(st.lists(SIGNS, max_size=4).map("".join), max_size=6)


def is_command(line: str) -> bool:
    """Whether a runner may take the line for a command.

    GitHub's trims blanks of all kinds and compares by culture, which passes over format characters and marks.
    """
    seen = "".join(char for char in line if unicodedata.category(char) not in ("Cf", "Cc", "Mn", "Me") or char == "\t")
    return seen.lstrip().startswith("::") or re.search(r"##\w*\[", seen) is not None


def lines_of(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::set-output name=a::b", "\\::set-output name=a::b"),
        ("a\n \t::stop-commands::x", "a\n \t\\::stop-commands::x"),
        ("x ##[add-mask]y", "x #\\#[add-mask]y"),
        ("##vso[task.setvariable]", "#\\#vso[task.setvariable]"),
        ("##teamcity[x]", "#\\#teamcity[x]"),
        ("### heading\nkey::value", "### heading\nkey::value"),
        ("#\ufe0f#[add-mask]y", "#\ufe0f\\#[add-mask]y"),
        ("\u2003:\ufe0f:error::y", "\u2003\\:\ufe0f:error::y"),
        ("\x1b[1m::error::y", "\x1b[1m\\::error::y"),
        ("##vso\u0301[x]", "#\\#vso\u0301[x]"),
    ],
)
def test_a_line_that_is_a_command_is_spoilt(text: str, shown: str) -> None:
    assert without_commands(text) == shown == without_commands(shown)


def test_the_middle_of_a_line_is_no_beginning() -> None:
    assert without_commands("::b\n::c", at_start=False) == "::b\n\\::c"


@given(PARTS)
def test_no_text_in_whatever_parts_is_a_command(parts: list[str]) -> None:
    out = io.StringIO()
    guard = SanitizedStream(out)
    for place, part in enumerate(parts):
        (guard if place % 2 else guard.styled).write(part if place % 2 else for_terminal(part))
    assert not any(map(is_command, lines_of(out.getvalue())))
    assert not any(map(is_command, lines_of(for_log("".join(parts)))))


@settings(max_examples=50)
@given(st.dictionaries(PARTS.map("".join), st.lists(PARTS.map("".join), max_size=2), max_size=3))
def test_json_is_no_command_and_the_same_value(value: object) -> None:
    for indent in (None, 2):
        text = for_json(value, indent=indent)
        assert json.loads(text) == value
        out = io.StringIO()
        SanitizedStream(out).write(text)
        assert out.getvalue() == text
        assert not any(map(is_command, lines_of(text)))


def test_a_text_without_a_command_is_as_it_was() -> None:
    for text in ("# h [x] ## h", "a::b", "12:30 ## x", "é: ü", "\u05d0:\u05d1", "a # b # [c]"):
        assert without_commands(text) == text
    assert len(without_commands("#" * 200_000 + "\ufe0f" * 200_000)) == 400_000  # in time


def test_an_annotation_is_one_line_with_its_parts_escaped() -> None:
    line = annotation("error", "50%\n::stop-commands::x\x1b[1m", {"file": "a,b:c\n%.yaml", "line": "3"})
    assert line == "::error file=a%2Cb%3Ac\ufffd%25.yaml,line=3::50%25%0A::stop-commands::x\ufffd[1m"


@given(st.text(alphabet=":,%\r\n ab\x85\u2028"), st.text(alphabet=":,%\r\n ab\x85\u2028"))
def test_nothing_in_a_message_or_a_file_begins_a_line(message: str, file: str) -> None:
    line = annotation("error", message, {"file": file, "line": "1"})
    assert len(line.splitlines()) == 1
    assert re.fullmatch(r"::error file=[^,:]*,line=1::[^\n]*", line)
