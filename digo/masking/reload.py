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
from digo.masking.private_file import private_file, seal
from digo.masking.routes_link import RoutesFeed
from digo.masking.table_manifest import TableManifest

LOOKS_EVERY = 0.5  # seconds

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
    """Keeps the workers' routes those of the environment in `folder`. `tell` receives lines for people.

    `metrics_problem` is why requests are not counted, for the manifest.
    """

    folder: Path
    root: Path
    feed: RoutesFeed
    tell: Callable[[str], None]
    metrics_problem: str | None = None
    _stamp: tuple[int, int] = field(default=(0, 0), init=False)
    _manifest: TableManifest | None = field(default=None, init=False)
    _seen: Fingerprint = field(default=frozenset(), init=False)
    _pending: Fingerprint | None = field(default=None, init=False)
    _asked: threading.Event = field(default_factory=threading.Event, init=False)

    def first(self) -> CompileResult:
        """Makes the first table. If the config is invalid, there is none."""
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
        """Loads a change once the files are the same at two looks in a row: half a file may be valid config.

        A table that is damaged is made again at once.
        """
        now = fingerprint(self.folder, self.root)
        if self._asked.is_set():
            self._asked.clear()
            self._again()
            self._seen = now
            return
        if self._is_damaged():
            self.tell("masking: the table of routes was damaged or cut off from outside; it is made again")
            self._again()
            self._seen = now
            return
        if now == self._seen:
            return
        settled = now == self._pending
        self._pending = now
        if not settled:
            return
        self._again()
        self._seen = now

    def _is_damaged(self) -> bool:
        """Whether a worker found damage, or the table's size or time of change is not as it was written."""
        return self.feed.is_damaged() or self.feed.table_stamp() != self._stamp

    def _again(self) -> None:
        assert self._manifest is not None
        made = self._make()
        if made.problem is None:
            self.tell(f"masking: new routes are in force: {made.routes:,}")
            return
        self._manifest = replace(self._manifest, problem=made.problem)
        self.feed.publish(self._manifest)
        self._stamp = self.feed.table_stamp()  # a damaged table cannot be made again while the config is broken
        self.tell(f"masking: the config is broken, the routes before it stay in force. {made.problem}")

    def _make(self) -> CompileResult:
        table = private_file("digo-masking-table")
        taken = False
        try:
            made = make_table(self.folder, self.root, table)
            if made.problem is None:
                seal(table)
                self._manifest = TableManifest.of(made.routes, self.metrics_problem)
                self.feed.publish(self._manifest, table)
                taken = True
                self._stamp = self.feed.table_stamp()
            return made
        finally:
            if not taken:
                os.close(table)
