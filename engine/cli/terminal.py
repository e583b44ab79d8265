"""The consoles of a command, and whether it is interactive.

Source: pulumi/pulumi, `sdk/go/common/util/cmdutil/terminal.go`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from digo.sanitize.console import SafeConsole
from digo.system.ci import can_redraw
from digo.system.command_name import pasteable
from engine.display.operation_words import ERROR, INFO, WARNING

_SKIP_CONFIRMATIONS = "PULUMI_SKIP_CONFIRMATIONS"


@dataclass
class Invocation:
    """The flags that every command has. Each invocation has a new object."""

    cwd: Path = field(default_factory=Path.cwd)
    color: str = "auto"
    non_interactive: bool = False
    config_file: Path | None = None

    def console(self, *, stderr: bool = False) -> Console:
        """Standard output, or standard error."""
        return SafeConsole(
            stderr=stderr,
            soft_wrap=True,
            force_terminal=True if self.color == "always" else None,
            no_color=True if self.color in ("never", "raw") else None,
        )

    def is_interactive(self) -> bool:
        """Whether the command may ask: on a terminal, outside CI, and without --non-interactive."""
        return not self.non_interactive and sys.stdin.isatty() and can_redraw(sys.stdout, os.environ)

    def info(self, text: str) -> None:
        """Prints a note on standard error."""
        self._labelled("info: ", INFO, text)

    def warning(self, text: str) -> None:
        """Prints a warning on standard error."""
        self._labelled("warning: ", WARNING, text)

    def error(self, text: str) -> None:
        """Prints an error on standard error."""
        self._labelled("error: ", ERROR, text)

    def _labelled(self, label: str, style: str, text: str) -> None:
        self.console(stderr=True).print(Text(label, style).append(pasteable(text), "default"), soft_wrap=True)


def confirmations_are_skipped() -> bool:
    """Whether PULUMI_SKIP_CONFIRMATIONS answers every question with yes."""
    return os.environ.get(_SKIP_CONFIRMATIONS, "").lower() in ("1", "true")
