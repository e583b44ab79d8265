"""Leaves a test out where the machine lacks what it needs (`machine_needs.py`)."""

from __future__ import annotations

from typing import NoReturn

import pytest
from _pytest.outcomes import Skipped

from tests.needs.machine_needs import NEEDS

ENGINES = ("embedded", pytest.param("pulumi", marks=pytest.mark.needs("pulumi")))
"""Values of a parameter: a test of both engines is left out on the CLI, where there is none."""


class LeftOut(Skipped):
    """A need that is not met."""

    __module__ = "builtins"  # as pytest has it for its own: reports show the name alone

    def __init__(self, need: str, detail: str = "") -> None:
        self.need = need
        super().__init__(f"needs {NEEDS[need].what} ({NEEDS[need].remedy}){detail and ': ' + detail}")


def leave_out(need: str, detail: str = "") -> NoReturn:
    """Leaves the running test out: it found a need that is not met.

    Args:
        need: a key of `NEEDS`.
        detail: what the system said.
    """
    raise LeftOut(need, detail)


def require(need: str) -> None:
    """Leaves the running test or fixture out if the need is not met."""
    if not NEEDS[need].met():
        leave_out(need)
