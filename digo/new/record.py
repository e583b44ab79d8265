"""`.digo-project.json`: which files of a project are the package's, and what each was when it was written.

It belongs into the repository. `digo upgrade` replaces only files that still have their digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from digo.new.pipelines import SERVICES
from digo.new.stacks import without_stacks
from digo.system.regular_file import read_file

RECORD = ".digo-project.json"
REQUIREMENTS = "requirements.txt"
_ADVICE = f"take {RECORD} from the repository's history, or make a new project and copy config/ into it"


class RecordError(Exception):
    """The project has no record, or one that cannot be used."""


@dataclass(frozen=True)
class Record:
    """What `digo new` and `digo upgrade` wrote.

    Attributes:
        version: the version of the package.
        ci: the service of the pipelines, one of `SERVICES`.
        files: the digest of each file, by its path.
        fleet: whether the pipelines are those of a fleet.
    """

    version: str
    ci: str
    files: Mapping[str, str] = field(default_factory=dict)
    fleet: bool = False

    def text(self) -> str:
        """The text of the file."""
        fleet = {"fleet": True} if self.fleet else {}
        data = {"version": self.version, "ci": self.ci, **fleet, "files": dict(sorted(self.files.items()))}
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def digest(text: str) -> str:
    """The digest of a file's text. Line ends, and the stacks of a pipeline, do not count: they are the user's."""
    return hashlib.sha256(without_stacks(text.replace("\r\n", "\n")).encode("utf-8", "surrogateescape")).hexdigest()


def read_record(root: Path) -> Record:
    """The record of a project.

    Raises:
        RecordError: there is none, or it is damaged.
    """
    path = root / RECORD
    if not path.is_file():
        raise RecordError(
            f"this project has no {RECORD}, so nothing says which files are the package's; "
            "`digo new FOLDER --name NAME` makes a project that has one: see docs/howto/upgrade.md"
        )
    try:
        data = json.loads(read_file(path).decode("utf-8"))
    except ValueError as problem:
        raise RecordError(f"{RECORD} is not JSON ({problem}); {_ADVICE}") from None
    if wrong := _problem(data):
        raise RecordError(f"{RECORD}: {wrong}; {_ADVICE}")
    return Record(data["version"], data["ci"], data["files"], data.get("fleet", False))


def _problem(data: Any) -> str | None:
    if not isinstance(data, dict):
        return "it is not a mapping"
    if not isinstance(data.get("version"), str):
        return "`version` is not a text"
    if data.get("ci") not in SERVICES:
        return f"`ci` is none of {', '.join(SERVICES)}"
    if not isinstance(data.get("fleet", False), bool):
        return "`fleet` is neither true nor false"
    files = data.get("files")
    if not isinstance(files, dict) or not all(isinstance(value, str) for value in files.values()):
        return "`files` is not a mapping of paths and digests"
    # A pull request can change this file, and an upgrade removes files that it names.
    if outside := [path for path in files if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts]:
        return f"`{outside[0]}` is outside of the project"
    return None
