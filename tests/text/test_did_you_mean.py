"""A misspelt name is answered with the known one that it is closest to, or with what is known."""

from __future__ import annotations

import pytest

from digo.text.did_you_mean import closest, hint

KNOWN = ("endpoint", "environment", "cps")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("endpiont", "endpoint"),
        ("enviroment", "environment"),
        ("cpss", "cps"),
        ("endpoint", "endpoint"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_closest_name(name: str, near: str | None) -> None:
    assert closest(name, KNOWN) == near
    assert closest(name, dict.fromkeys(KNOWN)) == near
    assert closest(name, iter(KNOWN)) == near


def test_how_alike_names_must_be() -> None:
    assert closest("end", KNOWN, 0.4) == "endpoint"
    assert closest("end", KNOWN) is None
    assert closest("end", ()) is None


def test_the_hint() -> None:
    assert hint("cpss", KNOWN, "there is none") == "did you mean `cps`?"
    assert hint("cpss", KNOWN, "there is none", "digo:{}") == "did you mean digo:cps?"
    assert hint("zzz", KNOWN, "there is none") == "there is none"
