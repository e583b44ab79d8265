"""Reads the files of an environment, and of those that it extends, into documents by kind."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digo.lists.files.addresses import is_address
from digo.source.due import Head
from digo.source.file_names import ENVIRONMENT_FILE
from digo.source.positions import Document, Position, YamlProblem, read_yaml, shown_path
from digo.source.problems import ConfigError, Problem
from digo.source.substitution import substituted
from digo.text.did_you_mean import closest
from digo.text.unicode import is_unicode

KINDS = ("agents", "lists")
POLICY_FILE = "policy.yaml"
_ENDINGS = (".yaml", ".yml")
_KNOWN = (*KINDS, "approvals", "masking", "environment", "policy")


@dataclass
class EnvironmentReader:
    """One reading of an environment, with everything found on the way.

    Attributes:
        root: the folder that file names in positions are relative to.
        variables: the environment variables that `${…}` may use.
        problems: the errors.
        warnings: problems that stop nothing.
        undefined: undefined variables. Other problems at their positions are consequences.
        folders: the environment's folder of each file, by the file's name in positions.
        chain: the folders of the environment and of those that it extends, the nearest first.
        texts: new content of files that are not written yet, by path.
        offline: whether no address of a list is asked.
    """

    root: Path
    variables: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    undefined: list[Problem] = field(default_factory=list)
    folders: dict[str, Path] = field(default_factory=dict)
    chain: list[Path] = field(default_factory=list)
    texts: Mapping[Path, str] = field(default_factory=dict)
    offline: bool = False

    @property
    def all_problems(self) -> list[Problem]:
        """All problems, without the consequences of undefined variables."""
        places = {one.position for one in self.undefined}
        return [*self.undefined, *(one for one in self.problems if one.position not in places)]

    def asks(self, source: str | None) -> bool:
        """Whether a source, or a file of `suppress`, is read."""
        return source is not None and not (self.offline and is_address(source))

    def shown(self, path: Path) -> str:
        """A file's name in positions."""
        return shown_path(path, self.root)

    def document(self, path: Path, folder: Path) -> Document | None:
        """One file of an environment's folder with its variables replaced; None if it cannot be read."""
        if not is_unicode(path.name):
            at = Position(self.shown(path), 1, 1)
            self.problems.append(Problem(at, "", "the file's name is not UTF-8; rename it"))
            return None
        try:
            document, problems = read_document(path, self.root, self.texts.get(path))
        except ConfigError as unreadable:
            self.problems.extend(unreadable.problems)
            return None
        self.folders[document.file] = folder
        self.problems.extend(problems)
        document, undefined = substituted(document, self.variables)
        self.undefined.extend(undefined)
        return document

    def documents(self, folder: Path, kind: str) -> list[Document]:
        """The files of one kind in an environment's folder. Each must be a mapping with one key."""
        read = (self.document(path, folder) for path in config_files(folder, kind, self.texts))
        found = [document for document in read if document is not None]
        for document in found:
            self.problems.extend(Head(kind).problems(document))
        return found


def read_document(path: Path, root: Path, text: str | None = None) -> tuple[Document, list[Problem]]:
    """One file by itself, with its duplicate keys and meaningless parts as problems.

    `text` is the content to read instead, if the file is not written yet.

    Raises:
        ConfigError: it cannot be read.
    """
    shown = shown_path(path, root)
    try:
        document, found = read_yaml(path, shown, text)
    except YamlProblem as problem:
        raise ConfigError([Problem(problem.position, "", problem.message)]) from None
    except OSError as problem:
        raise ConfigError([Problem(Position(shown, 1, 1), "", f"cannot be read: {_why(path, problem)}")]) from None
    return document, [Problem(one.position, "", one.message) for one in found]


def _why(path: Path, problem: OSError) -> str:
    if isinstance(problem, FileNotFoundError) and path.is_symlink():
        return "it is a link to something that is not there"
    return problem.strerror or type(problem).__name__


def entries_of(document: Document, kind: str) -> dict[str, Any]:
    """The entries of a file by key; empty if it has no such mapping."""
    entries = document.data.get(kind) if isinstance(document.data, dict) else None
    return entries if isinstance(entries, dict) else {}


def config_files(folder: Path, kind: str, texts: Collection[Path] = ()) -> list[Path]:
    """The files of one kind: `agents.yaml` and `agents/*.yaml`. `texts` are files that are not written yet."""
    found = [folder / f"{kind}{ending}" for ending in _ENDINGS]
    # A folder or a dangling link of that name is reported as unreadable: it is not a missing file.
    return [path for path in found if path.exists() or path.is_symlink() or path in texts] + _paths_inside(
        folder / kind
    )


def _paths_inside(folder: Path) -> list[Path]:
    """A folder's files. A folder that cannot be listed is returned itself, so that it is reported as unreadable."""
    if not folder.is_dir():
        return [folder] if folder.is_symlink() else []
    try:  # `os.access` answers for another user than the one who reads, and `glob` finds nothing in such a folder
        os.scandir(folder).close()
    except OSError:
        return [folder]
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def no_files_problem(reading: EnvironmentReader, folder: Path) -> Problem:
    """The problem of a folder without any config file."""
    position = Position(reading.shown(folder), 1, 1)
    if not folder.is_dir():
        return Problem(
            position,
            "",
            "there is no such folder; a stack NAME reads config/NAME/ unless its config says digo:environment",
        )
    return Problem(position, "", "it has neither agents.yaml nor lists.yaml; write `agents: {}` to want no agents")


def unread_files(reading: EnvironmentReader, folder: Path) -> list[Problem]:
    """A warning for each file that looks like config and is not read."""
    found = []
    known = {"approvals.yaml", "masking.yaml", ENVIRONMENT_FILE, POLICY_FILE}
    known |= {f"{kind}{ending}" for kind in KINDS for ending in _ENDINGS}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() not in _ENDINGS or path.name in known:
            continue
        near = closest(path.stem.lower(), _KNOWN)
        meant = f"; did you mean {near}.yaml?" if near else ""
        found.append(Problem(Position(reading.shown(path), 1, 1), "", f"this file is not read{meant}"))
    return found
