"""An environment as it is written: entries before any check, with `${…}` as it stands in the files.

The config of a stranger is shown like this. It uses no variable, reads no file that config names, and tells nothing
that is not in the files themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digo.desired.environment_reader import KINDS, EnvironmentReader, entries_of
from digo.desired.overlays import read_layers
from digo.source.positions import Document, Loc, Position
from digo.source.problems import Problem


@dataclass(frozen=True)
class WrittenEntry:
    """One entry of `agents` or `lists`.

    Attributes:
        key: its key.
        fields: its value; {} if it is not a mapping, which is a problem of the config.
        position: the place of the key.
        base: the folder that `source` is relative to.
        suppress_base: the folder that the paths of `suppress` are relative to.
    """

    key: str
    fields: Mapping[str, Any]
    position: Position
    base: Path
    suppress_base: Path


@dataclass(frozen=True)
class WrittenEnvironment:
    """An environment, merged over those that it extends.

    Attributes:
        entries: by kind (`agents`, `lists`) and key, in the order of the files.
        folders: its folder, and those of the environments that it extends.
        problems: what could not be read.
    """

    entries: Mapping[str, Mapping[str, WrittenEntry]] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_written(folder: Path, root: Path) -> WrittenEnvironment:
    """Reads an environment. A folder that is missing has no entry.

    Args:
        folder: the environment's folder.
        root: the folder that file names in positions are relative to.
    """
    if not folder.is_dir():
        return WrittenEnvironment({kind: {} for kind in KINDS})
    reading = EnvironmentReader(root, variables={})
    documents = read_layers(reading, folder)
    entries = {
        kind: {
            key: _entry(reading, folder, document, (kind, key), value)
            for document in documents[kind]
            for key, value in entries_of(document, kind).items()
        }
        for kind in KINDS
    }
    return WrittenEnvironment(entries, tuple(reading.chain), tuple(reading.problems))


def _entry(reading: EnvironmentReader, folder: Path, document: Document, loc: Loc, value: Any) -> WrittenEntry:
    fields = value if isinstance(value, dict) else {}
    # A path is relative to the environment that contains it.
    base, suppress_base = (
        reading.folders.get(document.at((*loc, name)).file, folder) for name in ("source", "suppress")
    )
    return WrittenEntry(str(loc[-1]), fields, document.key_at(loc), base, suppress_base)
