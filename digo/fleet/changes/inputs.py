"""The files that an environment is read from.

They are those of its folder and of the environments that it extends, and what its lists name outside of them. Only
the keys that name files are looked at. What is wrong in a file is told by the plan.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from digo.desired.environment_reader import KINDS, config_files, entries_of, read_document
from digo.fleet.file.selectors import is_glob
from digo.lists.files.addresses import is_address
from digo.lists.files.source_files import find_source
from digo.source.file_names import ENVIRONMENT_FILE, is_environment_name
from digo.source.problems import ConfigError
from digo.source.substitution import as_glob, has_variable
from digo.text.names import normal_name

_ANY_DEPTH = "**"


@dataclass(frozen=True)
class ListFiles:
    """The files of one `source` or `suppress`.

    Attributes:
        folder: the folder that the pattern is relative to.
        pattern: a file's name or a glob, with `*` for each variable.
    """

    folder: Path
    pattern: str

    def names(self, path: Path) -> bool:
        """Whether the pattern names that path, which may be gone, or what is below it: then it is a submodule."""
        return path in self._places or any(_fits(path.parts, one) for one in self.patterns)

    @cached_property
    def patterns(self) -> frozenset[tuple[str, ...]]:
        """The pattern's parts, as it is written, and without links in the folders that it names.

        Lists of different folders with the same patterns have the same files.
        """
        real = self._named_folder.resolve() / Path(*self._rest)
        return frozenset(Path(_normal(path)).parts for path in (self.folder / self.pattern, real))

    @cached_property
    def _places(self) -> frozenset[Path]:
        """The files that are there, what they are if they are links, and all folders above."""
        try:
            found = [path for path in find_source(self.folder, self.pattern).files if isinstance(path, Path)]
        except (OSError, ValueError):
            found = []  # the plan says so
        return frozenset(place for path in (*found, self._named_folder) for place in places_of(path))

    @property
    def _named_folder(self) -> Path:
        """The deepest folder that the pattern names without a sign of globs."""
        return self.folder.joinpath(*self._split[0])

    @property
    def _rest(self) -> Sequence[str]:
        return self._split[1]

    @cached_property
    def _split(self) -> tuple[Sequence[str], Sequence[str]]:
        parts = Path(self.pattern).parts
        last = next((place for place, part in enumerate(parts[:-1]) if is_glob(part)), len(parts) - 1)
        return parts[:last], parts[last:]


def places_of(path: Path) -> set[Path]:
    """A path, what it is if it is a link, and the folders above both. Git names a folder if it is a submodule."""
    ends = {Path(_normal(path)), path.resolve()}
    return ends.union(*(one.parents for one in ends))


@dataclass(frozen=True)
class _Folder:
    """What one environment's own files say: which environment it extends, and the files of its lists.

    `links` are the places that links in the folder lead to.
    """

    path: Path
    extends: str | None = None
    lists: tuple[ListFiles, ...] = ()
    links: tuple[Path, ...] = ()

    @property
    def places(self) -> tuple[Path, ...]:
        """The files and folders of which everything counts."""
        return (self.path, self.path.resolve(), *self.links)


@dataclass
class EnvironmentInputs:
    """Reads what environments are made of, and compares it with the files that changed. Each folder is read once.

    Attributes:
        config: the folder `config/`, without links.
        root: the folder that file names in messages are relative to.
        changed: the files that changed.
    """

    config: Path
    root: Path
    changed: Sequence[Path]
    _folders: dict[Path, _Folder] = field(default_factory=dict)
    _lists: dict[frozenset[tuple[str, ...]], frozenset[Path]] = field(default_factory=dict)

    def causes(self, environment: str) -> set[Path]:
        """Those of the changed files that the environment is read from."""
        folders = list(self._chain(self.config / environment))
        places = {place for one in folders for place in one.places}
        lists = {one for folder in folders for one in folder.lists}
        found = {path for place in places for path in self._below.get(place, ())}
        # A folder may be in a submodule, of which Git only says that it is another commit.
        found |= {above for place in places for above in place.parents if above in self._all}
        return found.union(*(self._named(one) for one in lists))

    def _named(self, files: ListFiles) -> frozenset[Path]:
        if files.patterns not in self._lists:
            self._lists[files.patterns] = frozenset(path for path in self.changed if files.names(path))
        return self._lists[files.patterns]

    @cached_property
    def _all(self) -> frozenset[Path]:
        return frozenset(self.changed)

    @cached_property
    def _below(self) -> dict[Path, list[Path]]:
        """The changed files by their own paths and by each folder that they are in."""
        found: dict[Path, list[Path]] = defaultdict(list)
        for path in self.changed:
            for place in (path, *path.parents):
                found[place].append(path)
        return found

    def _chain(self, start: Path) -> Iterator[_Folder]:
        """The folders of the environment and of those that it extends. A variable stands for any of them."""
        waiting, seen = [start], set()
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            folder = self._folder(path)
            yield folder
            if folder.extends is not None:
                waiting += self._extended(path.parent, folder.extends)

    @staticmethod
    def _extended(config: Path, name: str) -> Iterable[Path]:
        if not has_variable(name):
            return [config / name] if is_environment_name(name) else []
        glob = as_glob(name)
        return [one for one in config.iterdir() if one.is_dir() and fnmatchcase(one.name, glob)]

    def _folder(self, path: Path) -> _Folder:
        if path not in self._folders:
            self._folders[path] = self._read(path)
        return self._folders[path]

    def _read(self, path: Path) -> _Folder:
        head = self._data(path / ENVIRONMENT_FILE)
        extends = head.get("extends") if isinstance(head, dict) else None
        defaults = head.get("defaults") if isinstance(head, dict) else None
        entries = [defaults.get("lists")] if isinstance(defaults, dict) else []
        for file in config_files(path, "lists"):
            try:
                entries += entries_of(read_document(file, self.root)[0], "lists").values()
            except ConfigError:
                continue
        found = {ListFiles(path, as_glob(text)) for entry in entries for text in _named(entry)}
        return _Folder(path, extends if isinstance(extends, str) else None, tuple(found), tuple(_links(path)))

    def _data(self, path: Path) -> Any:
        if not path.exists():
            return None
        try:
            return read_document(path, self.root)[0].data
        except ConfigError:
            return None


def _links(folder: Path) -> Iterator[Path]:
    """Where the links among an environment's files lead to."""
    for place in (folder, *(folder / kind for kind in KINDS)):
        if place.is_dir():
            yield from (path.resolve() for path in place.iterdir() if path.is_symlink())


def _named(entry: Any) -> Iterator[str]:
    """The names of files in a list's entry, or in the defaults of lists."""
    if not isinstance(entry, dict):
        return
    suppress = entry.get("suppress")
    for text in (entry.get("source"), *(suppress if isinstance(suppress, list) else ())):
        if isinstance(text, str) and text and not is_address(text):
            yield text


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path's parts are those of a glob, `**` being any number of them."""
    if not pattern:
        return not parts
    first, *rest = pattern
    if first == _ANY_DEPTH:
        return any(_fits(parts[start:], rest) for start in range(len(parts) + 1))
    if not parts:
        return False
    name, sign = normal_name(parts[0]), normal_name(first)
    return (name == sign or fnmatchcase(name, sign)) and _fits(parts[1:], rest)


def _normal(path: Path) -> str:
    """The path without `.` and `..`; its folders may be gone, so that no link is followed."""
    return os.path.normpath(path)
