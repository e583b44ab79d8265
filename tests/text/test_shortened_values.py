"""A long value is cut, and two that differ still show their difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.text.shortened import shortened, shortened_pair

LONG = "North America sales desk, second floor, "


def test_a_short_value_stays() -> None:
    assert shortened("Sales", 5) == "Sales"
    assert shortened_pair("Sales", "Sales desk", 16) == ("Sales", "Sales desk")


def test_a_long_value_keeps_both_ends() -> None:
    assert shortened("abcdefghij", 7) == "abc…hij"
    assert shortened("abcdefghij", 2) == "a…"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (LONG * 3 + "A", LONG * 3 + "B", ("Nort…or, A", "Nort…or, B")),
        ("A" + LONG * 3, "B" + LONG * 3, ("ANort…or, ", "BNort…or, ")),
        (LONG + "A" + LONG, LONG + "B" + LONG, ("Nort…or, ANort…or, ", "Nort…or, BNort…or, ")),
        (LONG * 2, LONG * 2 + "!", ("Nort…or, ", "Nort…or, !")),
    ],
)
def test_a_difference_stays_wherever_it_is(before: str, after: str, shown: tuple[str, str]) -> None:
    assert shortened_pair(before, after, 32) == shown


@given(st.text("ab\u0301", max_size=60), st.text("ab\u0301", max_size=60), st.integers(16, 40))
def test_two_values_that_differ_are_never_shown_alike(before: str, after: str, most: int) -> None:
    one, other = shortened_pair(before, after, most)
    assert (one == other) == (before == after)
    assert max(len(one), len(other)) <= most


@given(st.text("abc", min_size=1, max_size=30), st.text("xyz", max_size=200), st.integers(16, 40))
def test_long_parts_that_differ_are_cut_after_the_difference(end: str, middle: str, most: int) -> None:
    one, other = shortened_pair("p" * 90 + end, "p" * 90 + middle, most)
    assert one != other
    assert max(len(one), len(other)) <= most
