"""Text that UTF-8 cannot hold is spelt out, and nothing else changes."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.text.unicode import is_unicode, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Sales \ud83d", r"Sales \ud83d"),
        ("\udca9 desk", r"\udca9 desk"),
        (os.fsdecode(b"caf\xe9"), r"caf\udce9"),
        ("Asha 😀", "Asha 😀"),
        ("", ""),
    ],
)
def test_a_lone_surrogate_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert is_unicode(text) is (text == shown)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_what_comes_out_can_be_written(text: str) -> None:
    visible(text).encode("utf-8")
    assert visible(visible(text)) == visible(text)
