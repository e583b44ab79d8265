"""What displays need: options, and something to print on."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from engine.display.options import DisplayOptions, Kind


@pytest.fixture
def options() -> Callable[..., DisplayOptions]:
    """Display options of the recorded stack."""

    def make(**changes: Any) -> DisplayOptions:
        base: dict[str, Any] = {"kind": Kind.UPDATE, "stack": "dev", "project": "demo", "is_preview": True}
        return DisplayOptions(**{**base, **changes})

    return make


@pytest.fixture
def console() -> Console:
    """A console that is no terminal; its text is in `console.file`."""
    return Console(file=io.StringIO(), highlight=False, markup=False, emoji=False, soft_wrap=True)
