"""The manifest of the current table: a small file that the parent process writes for the workers."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_NAME = "stand.json"


@dataclass(frozen=True)
class TableManifest:
    """The manifest.

    `table` is the file's name; `loaded_at` is in seconds since 1970. `problem` is the error in the current config; the
    table then is that of the config before.
    """

    table: str
    routes: int
    loaded_at: float
    problem: str | None = None

    @classmethod
    def of(cls, table: str, routes: int) -> TableManifest:
        """The manifest of a table that was made just now."""
        return cls(table, routes, time.time())

    def write(self, folder: Path) -> None:
        """Writes the manifest atomically to where the workers look."""
        draft = folder / f"{_NAME}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(folder / _NAME)

    def is_whole(self, folder: Path) -> bool:
        """Whether the manifest and its table still exist."""
        return (folder / _NAME).exists() and (folder / self.table).exists()

    @classmethod
    def from_file(cls, folder: Path) -> TableManifest:
        """The current manifest."""
        return cls(**json.loads((folder / _NAME).read_text(encoding="utf-8")))


def stamp(folder: Path) -> int:
    """A number that changes with each `write`."""
    status = (folder / _NAME).stat()
    return hash((status.st_mtime_ns, status.st_ino))
