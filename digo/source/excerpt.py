"""The line of a problem with a caret below the place, as an editor shows it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.cells import cell_len

from digo.source.file_names import ENVIRONMENT_FILE, FLEET_FILE
from digo.source.number_places import Spans, number_spans, phone_columns
from digo.source.positions import Position
from digo.source.problems import printable
from digo.system.regular_file import read_file
from digo.text.redact import mask_numbers

_SHOWN_ENDINGS = (".yaml", ".yml")  # lines of lead files are never shown: they are personal data
# In Pulumi's own files any value may be a secret, so only the keys of their lines are shown.
_PULUMI_FILE = "Pulumi."
# fleet.yaml has names of variables and addresses. Who writes the secret in their place must not find it in a log.
_WITHOUT_SECRETS = (
    "groups",
    "waves",
    "concurrency",
    "workerConcurrency",
    "rate",
    "failures",
    "refused",
    "windows",
)
_TOP_KEY = re.compile(r"([A-Za-z]+):(?=\s|$)")
_KEY_OF_LINE = re.compile(r"""\s*(?:-\s+)?(?:"[^"]*"|'[^']*'|[^\s#"'{}\[\]]+):(?=\s|$)""")
_HIDDEN = "…"
_WIDTH = 100
_BEFORE = 60


@dataclass
class SourceExcerpts:
    """The lines of config files; each file is read once. Phone numbers are masked unless `numbers` is True."""

    root: Path
    numbers: bool = False
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _spans: dict[str, Spans] = field(default_factory=dict)

    def excerpt(self, position: Position) -> str | None:
        """The line and the caret as two lines of text; None if no line can be shown."""
        lines = self._of(position.file)
        if not 1 <= position.line <= len(lines):
            return None
        line = lines[position.line - 1]
        at = min(position.column - 1, len(line))
        before, after = self._shown(position, line, 0, at), self._shown(position, line, at, len(line))
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
            lines = read_file(path).decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            return []
        if path.name == FLEET_FILE:
            return list(_fleet_lines(lines))
        return [_key_alone(line) for line in lines] if path.name.startswith(_PULUMI_FILE) else lines

    def _shown(self, position: Position, line: str, start: int, end: int) -> str:
        """A part of a line. Values of number fields are masked by position, the rest by pattern."""
        if self.numbers:
            return printable(line[start:end].replace("\t", " "))
        shown = ""
        for span in sorted(self._spans_of(position.file).get(position.line - 1, ()), key=lambda one: one.start):
            if start <= span.start < end:
                shown += mask_numbers(line[start : span.start]) + span.shown
                start = span.end
            elif span.start < start < span.end:
                start = min(span.end, end)
        return printable((shown + mask_numbers(line[start:end])).replace("\t", " "))

    def _spans_of(self, file: str) -> Spans:
        if file not in self._spans:
            self._spans[file] = number_spans("\n".join(self._of(file)), self._columns_beside(self.root / file))
        return self._spans[file]

    @staticmethod
    def _columns_beside(path: Path) -> set[str]:
        """The names of the phone column that the environments nearby set for all of their lists."""
        folders = (path.parent, path.parent.parent, path.parent.parent.parent)
        found: set[str] = set()
        for folder in folders:
            for environment in (folder / ENVIRONMENT_FILE, *folder.glob(f"*/{ENVIRONMENT_FILE}")):
                with contextlib.suppress(OSError, UnicodeDecodeError):
                    found |= phone_columns(read_file(environment).decode("utf-8-sig"))
        return found


def _fleet_lines(lines: Sequence[str]) -> Iterator[str]:
    """The lines of fleet.yaml, with the values of those top keys alone that have no secrets."""
    shown = False
    for line in lines:
        if not line.startswith((" ", "-", "#")):
            found = _TOP_KEY.match(line)
            shown = found is not None and found[1] in _WITHOUT_SECRETS
        yield line if shown else _key_alone(line)


def _key_alone(line: str) -> str:
    """The line without its value. If no key is found, the whole line is hidden."""
    found = _KEY_OF_LINE.match(line)
    if found is None:
        return _HIDDEN if line.strip() else line
    return line if found.end() == len(line.rstrip()) else f"{found.group()} {_HIDDEN}"
