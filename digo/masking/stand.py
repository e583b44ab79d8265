"""What the workers look up in, as the parent process last made it: a small file beside the tables."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_NAME = "stand.json"


@dataclass(frozen=True)
class Stand:
    """`table` is the file's name; `loaded_at` is in seconds since 1970. `problem` says what is wrong with the config as
    it is now: the table is then of the config as it was before."""

    table: str
    routes: int
    loaded_at: float
    problem: str | None = None

    @classmethod
    def of(cls, table: str, routes: int) -> Stand:
        """The stand of a table that was made just now."""
        return cls(table, routes, time.time())

    def write(self, folder: Path) -> None:
        """Puts it where workers look, whole."""
        draft = folder / f"{_NAME}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(folder / _NAME)

    def is_whole(self, folder: Path) -> bool:
        """Whether it is still there, and its table."""
        return (folder / _NAME).exists() and (folder / self.table).exists()

    @classmethod
    def read(cls, folder: Path) -> Stand:
        """The stand as it is."""
        return cls(**json.loads((folder / _NAME).read_text(encoding="utf-8")))


def stamp(folder: Path) -> int:
    """Something that is another number after each `write`."""
    status = (folder / _NAME).stat()
    return hash((status.st_mtime_ns, status.st_ino))
