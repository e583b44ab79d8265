"""The file with what the last watch found: `.digo/fleet/watch.json`. It is masked, and a pipeline may keep it.

A file that cannot be read is moved aside and counts as no last watch: a watch must not fail because of the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from digo.fleet.drift.changes import Watched
from digo.fleet.failure import FleetError
from digo.sanitize.json import for_json
from digo.system.atomic_file import write_file_atomically
from digo.system.regular_file import read_any, read_file

VERSION = 1
_MODE = 0o600
_PATIENCE = 600.0  # seconds; another watch tells its notices meanwhile


class _Head(BaseModel):
    """The part of the file that every version has."""

    model_config = ConfigDict(strict=True)
    version: int


class _Document(_Head):
    """The file of this version."""

    version: Literal[1]
    watch: dict[str, object]


class WatchFileProblem(FleetError):
    """The file of `--since` cannot be read. The text names the file and the next step."""


def watch_file(root: Path) -> Path:
    """The file of a project."""
    return root / ".digo" / "fleet" / "watch.json"


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Waits until no other watch compares, tells and keeps what it found: each would tell the same.

    Without a lock after ten minutes, or in a read-only folder, it goes on without one.
    """
    with ExitStack() as held:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(path.with_suffix(".lock"), timeout=_PATIENCE))
        yield


def read_watch(path: Path, read: Callable[[Path], bytes] = read_any) -> Watched | None:
    """What the last watch left; None if there is no such file.

    Args:
        path: the file.
        read: reads it.

    Raises:
        WatchFileProblem: the file cannot be read, is damaged, or is of a newer version.
    """
    try:
        content = read(path)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise WatchFileProblem(f"{path} cannot be read: {problem.strerror or problem}") from None
    return _watched(path, content)


def own_watch(path: Path, note: Callable[[str], None]) -> Watched | None:
    """As `read_watch` for the project's own file: one that cannot be used is moved aside, and `note` gets a message.

    Raises:
        WatchFileProblem: it can be neither used nor moved aside.
    """
    try:
        return read_watch(path, read_file)
    except WatchFileProblem as problem:
        aside = _free_name(path)
        try:
            path.rename(aside)
        except OSError as other:
            raise WatchFileProblem(
                f"{problem}; nor can it be moved aside ({other.strerror}). Every finding is new, and this watch is not "
                "kept. Next: remove the file"
            ) from None
        note(f"{problem}. It is kept as {aside.name}, and counts as no last watch: every finding is new")
        return None


def write_watch(path: Path, watched: Watched) -> None:
    """Writes the file completely or not at all.

    Raises:
        OSError: it could not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"version": VERSION, "watch": asdict(watched)}
    write_file_atomically(path, for_json(document, indent=1) + "\n", _MODE)


def _watched(path: Path, content: bytes) -> Watched:
    try:
        version = _Head.model_validate_json(content).version
        if version > VERSION:
            raise WatchFileProblem(
                f"{path} is of version {version}, which a newer digo wrote; this one reads {VERSION}"
            )
        document = _Document.model_validate_json(content)
        return TypeAdapter(Watched).validate_python(document.watch)
    except ValidationError:
        raise WatchFileProblem(f"{path} is damaged, or is not a file of `digo fleet drift`") from None


def _free_name(path: Path) -> Path:
    """A name beside the file that no other file has."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.unread-{number}{path.suffix}")).exists():
        number += 1
    return aside
