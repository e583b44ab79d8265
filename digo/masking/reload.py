"""Makes a new table when the config changes. If the new config is invalid, the old table stays in force."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from digo.desired.environment_reader import EnvironmentReader
from digo.desired.overlays import folders_of
from digo.masking.compile import CompileResult, make_table
from digo.masking.table_manifest import TableManifest

LOOKS_EVERY = 0.5  # seconds
_KEPT_TABLES = 2

Fingerprint = frozenset[tuple[str, int, int, int]]


def fingerprint(folder: Path, root: Path) -> Fingerprint:
    """A value that changes with every file that routes can come from.

    Agents may be in an environment that this one extends, and a file of routes may have any name.
    """
    found = set()
    for environment in folders_of(EnvironmentReader(root, os.environ), folder):
        for path in _files(environment):
            try:
                status = path.stat()
            except OSError:
                continue
            found.add((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return frozenset(found)


def _files(folder: Path) -> Iterator[Path]:
    # Unlike `rglob`, `os.walk` skips a folder that vanishes meanwhile.
    for where, _, names in os.walk(folder):
        yield from (Path(where, name) for name in names)


@dataclass
class Reloader:
    """Keeps the table of the environment in `folder` up to date in `run_folder`. `tell` receives lines for people."""

    folder: Path
    root: Path
    run_folder: Path
    tell: Callable[[str], None]
    _number: int = field(default=0, init=False)
    _manifest: TableManifest | None = field(default=None, init=False)
    _seen: Fingerprint = field(default=frozenset(), init=False)
    _pending: Fingerprint | None = field(default=None, init=False)
    _asked: threading.Event = field(default_factory=threading.Event, init=False)

    def first(self) -> CompileResult:
        """Makes the first table. If the config is invalid, nothing is written."""
        self._seen = fingerprint(self.folder, self.root)
        return self._make()

    def ask(self) -> None:
        """Requests that the next look reads the config again, changed or not."""
        self._asked.set()

    def watch(self, stopped: threading.Event) -> None:
        """Looks for changes until `stopped` is set. An error is reported once, and each look tries again."""
        reported = ""
        while not stopped.wait(LOOKS_EVERY):
            try:
                self.look()
                reported = ""
            except Exception as problem:  # no error may end the watch
                what = str(problem) if isinstance(problem, OSError) else type(problem).__name__
                if what != reported:
                    self.tell(f"masking: new routes cannot be taken over, those before them stay in force: {what}")
                reported = what

    def look(self) -> None:
        """Loads a change once the files are the same at two looks in a row: half a file may be valid config."""
        now = fingerprint(self.folder, self.root)
        if self._asked.is_set():
            self._asked.clear()
            self._again()
            self._seen = now
            return
        if now == self._seen and not self._swept():
            return
        settled = now == self._pending
        self._pending = now
        if not settled:
            return
        self._again()
        self._seen = now

    def _swept(self) -> bool:
        """Whether a clean-up of old temporary files removed the files that a new worker reads."""
        assert self._manifest is not None
        return not self._manifest.is_whole(self.run_folder)

    def _again(self) -> None:
        assert self._manifest is not None
        if not self.run_folder.exists():
            self.run_folder.mkdir(mode=0o700)
        made = self._make()
        if made.problem is None:
            self.tell(f"masking: new routes are in force: {made.routes:,}")
            return
        self._manifest = replace(self._manifest, problem=made.problem)
        self._manifest.write(self.run_folder)
        self.tell(f"masking: the config is broken, the routes before it stay in force. {made.problem}")

    def _make(self) -> CompileResult:
        self._number += 1
        table = self.run_folder / f"table-{self._number}.bin"
        made = make_table(self.folder, self.root, table)
        if made.problem is None:
            self._manifest = TableManifest.of(table.name, made.routes)
            self._manifest.write(self.run_folder)
            # Workers keep open tables. An old table stays a little longer for a worker that is about to open it.
            (self.run_folder / f"table-{self._number - _KEPT_TABLES}.bin").unlink(missing_ok=True)
        return made
