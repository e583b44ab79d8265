"""The config at the head of a run, where it was asked for."""

from __future__ import annotations

from rich.text import Text

from engine.events import Prelude


def prelude_lines(event: Prelude) -> Text:
    """`Configuration:` and its keys; secrets are blinded already."""
    lines = ["Configuration:", *(f"    {key}: {event.config[key]}" for key in sorted(event.config))]
    return Text("\n".join(lines) + "\n")
