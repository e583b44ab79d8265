"""What displays need: options, and something to print on."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from engine.display.options import DisplayedRun, DisplayOptions, Kind
from protocol.urn import stack_urn


@pytest.fixture
def options() -> Callable[..., DisplayOptions]:
    """Display options of the recorded stack."""

    def make(**changes: Any) -> DisplayOptions:
        kind, is_preview = changes.pop("kind", Kind.UPDATE), changes.pop("is_preview", True)
        return DisplayOptions(DisplayedRun(kind, stack_urn("dev", "demo"), is_preview), **changes)

    return make


@pytest.fixture
def console() -> Console:
    """A console that is not a terminal; its text is in `console.file`."""
    return Console(file=io.StringIO(), highlight=False, markup=False, emoji=False, soft_wrap=True)
