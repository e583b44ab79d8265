"""The folder of one run on this machine: `.digo/fleet/runs/<run>/`, with each engine's output and the report.

It belongs to this user alone. An engine's output has no token and no number, but it has the names of entries.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digo.system.atomic_file import write_file_atomically
from digo.system.private_folder import private_folder

KEPT_RUNS = 20
REPORT = "report.json"
_PLACE = ("fleet", "runs")
_LOG = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_READ = 65_536


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run. It is made when something is first written.

    Attributes:
        root: the project's folder.
        run: the run's id.
    """

    root: Path
    run: str

    def __post_init__(self) -> None:
        if Path(self.run).name != self.run:
            raise ValueError(f"no id of a run: {self.run!r}")

    @property
    def path(self) -> Path:
        """The folder."""
        return self.root.joinpath(".digo", *_PLACE, self.run)

    def log(self, stack: str) -> Path:
        """The file with the output of the stack's engine."""
        return self.path / f"{stack}.log"

    def shown(self, path: Path) -> str:
        """The path from the project's folder."""
        return str(path.relative_to(self.root))

    @contextmanager
    def appending(self, stack: str) -> Iterator[int]:
        """A descriptor that appends to the stack's log.

        Raises:
            OSError: it cannot be written.
        """
        with self._made() as folder:
            descriptor = os.open(f"{stack}.log", _LOG, 0o600, dir_fd=folder)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def write_report(self, text: str) -> Path:
        """Writes the report, and forgets all but the last runs. Returns its path.

        Raises:
            OSError: it cannot be written.
        """
        with self._made():
            write_file_atomically(self.path / REPORT, text, mode=0o600)
        # A clock that was set back makes this run the oldest one.
        others = sorted(self.path.parent.iterdir(), key=lambda one: (one == self.path, one.stat().st_mtime))
        for old in others[:-KEPT_RUNS]:
            shutil.rmtree(old, ignore_errors=True)
        return self.path / REPORT

    @contextmanager
    def _made(self) -> Iterator[int]:
        base = self.root / ".digo"
        base.mkdir(exist_ok=True)
        with private_folder(base, *_PLACE, self.run) as folder:
            yield folder


def text_since(path: Path, start: int) -> str:
    """What was added to a log since it had `start` bytes: of much, the end."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - _MOST_READ))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
