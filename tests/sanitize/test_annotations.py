"""What a pipeline's log takes for a command: only what is one on purpose."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.sanitize.annotations import annotation, without_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::set-output name=a::b", "\\::set-output name=a::b"),
        ("a\n \t::stop-commands::x", "a\n \t\\::stop-commands::x"),
        ("x ##[add-mask]y", "x #\\#[add-mask]y"),
        ("##vso[task.setvariable]", "#\\#vso[task.setvariable]"),
        ("##teamcity[x]", "#\\#teamcity[x]"),
        ("### heading\nkey::value", "### heading\nkey::value"),
    ],
)
def test_a_line_that_is_a_command_is_spoilt(text: str, shown: str) -> None:
    assert without_commands(text) == shown == without_commands(shown)


def test_the_middle_of_a_line_is_no_beginning() -> None:
    assert without_commands("::b\n::c", at_start=False) == "::b\n\\::c"


def test_an_annotation_is_one_line_with_its_parts_escaped() -> None:
    line = annotation("error", "50%\n::stop-commands::x\x1b[1m", {"file": "a,b:c\n%.yaml", "line": "3"})
    assert line == "::error file=a%2Cb%3Ac\ufffd%25.yaml,line=3::50%25%0A::stop-commands::x\ufffd[1m"


@given(st.text(alphabet=":,%\r\n ab\x85\u2028"), st.text(alphabet=":,%\r\n ab\x85\u2028"))
def test_nothing_in_a_message_or_a_file_begins_a_line(message: str, file: str) -> None:
    line = annotation("error", message, {"file": file, "line": "1"})
    assert len(line.splitlines()) == 1
    assert re.fullmatch(r"::error file=[^,:]*,line=1::[^\n]*", line)
