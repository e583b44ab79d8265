"""The line that a problem stands in, with a caret under its place: what an editor would show."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rich.cells import cell_len

from digo.desired.positions import Position
from digo.desired.problems import printable
from digo.redact import mask_numbers

_SHOWN_ENDINGS = (".yaml", ".yml")  # rows of lead files are people's data, and no line of them is shown
_WIDTH = 100
_BEFORE = 60


@dataclass
class Sources:
    """Lines of config files, each file read once. `numbers` shows phone numbers in full; they are masked otherwise."""

    root: Path
    numbers: bool = False
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def excerpt(self, position: Position) -> str | None:
        """The line and the caret, two lines of text; None where there is no line to be shown."""
        lines = self._of(position.file)
        if not 1 <= position.line <= len(lines):
            return None
        line = lines[position.line - 1]
        at = min(position.column - 1, len(line))
        before, after = self._shown(line[:at]), self._shown(line[at:])
        if len(before) > _BEFORE:
            before = "…" + before[-_BEFORE:]
        if len(before) + len(after) > _WIDTH:
            after = after[: _WIDTH - len(before)] + "…"
        number = f"{position.line:>6}"
        caret = " " * cell_len(before) + "^"
        return f"{number} | {before}{after}\n{' ' * len(number)} | {caret}"

    def _of(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = self._read(self.root / file)
        return self._lines[file]

    def _read(self, path: Path) -> list[str]:
        if path.suffix not in _SHOWN_ENDINGS:
            return []
        try:
            return path.read_bytes().decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            return []

    def _shown(self, text: str) -> str:
        return printable((text if self.numbers else mask_numbers(text)).replace("\t", " "))
