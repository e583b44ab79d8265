"""Which stacks the changes since a commit reach, and by which files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from digo.fleet.changes.git import Repository, repository_of
from digo.fleet.changes.inputs import EnvironmentInputs, places_of
from digo.fleet.file.models import FleetSettings
from digo.fleet.file.reader import read_fleet_file
from digo.fleet.file.selectors import groups_of
from digo.source.file_names import FLEET_FILE
from digo.source.problems import ConfigError
from digo.text.stack_names import file_of_stack
from digo.text.unicode import visible

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet

# What decides how every stack is planned: the program and its libraries, and in a clone of this project its code.
_TOOL_FILES = ("*.py", "requirements*.txt", "constraints*.txt", "pyproject.toml", "*.lock", "PulumiPlugin.yaml")
_TOOL_FOLDERS = ("digo", "providers", "protocol", "engine", "host")


@dataclass(frozen=True)
class ChangedStacks:
    """The stacks of a fleet that changes since a commit reach.

    Attributes:
        commit: the commit's id.
        reasons: by stack, the changed files that reach it, relative to the project. Other stacks are not in it.
        removed: the stacks whose files are gone since. Nothing is done with them.
    """

    commit: str
    reasons: Mapping[str, tuple[str, ...]]
    removed: tuple[str, ...] = ()


def changed_stacks(fleet: Fleet, revision: str) -> ChangedStacks:
    """The stacks that changes since a revision reach; those that are not committed yet count, too.

    Args:
        fleet: the stacks that are asked about.
        revision: a commit as Git names it. `main...` is where HEAD left `main`.

    Raises:
        FleetError: the project is in no Git repository, or that has no such commit.
    """
    repository = repository_of(fleet.root, fleet.environ)
    commit = repository.commit(revision)
    return _Change(fleet, repository, commit).stacks()


def _is_tool(path: Path) -> bool:
    return any(fnmatchcase(path.name, one) for one in _TOOL_FILES)


class _Change:
    def __init__(self, fleet: Fleet, repository: Repository, commit: str) -> None:
        self._fleet = fleet
        self._repository = repository
        self._commit = commit
        self._root = repository.project
        self._changed = repository.changed(commit)
        self._names: dict[Path, str] = {}

    def stacks(self) -> ChangedStacks:
        of_all = list(self._of_all())
        regrouped = self._regrouped()
        inputs = EnvironmentInputs(self._root / "config", self._root, self._changed)
        reasons: dict[str, tuple[str, ...]] = {}
        by_environment: dict[str, set[Path]] = {}
        for one in self._fleet.stacks:
            if one.environment not in by_environment:
                by_environment[one.environment] = inputs.causes(one.environment)
            causes = {*of_all, *by_environment[one.environment], *self._of_stack(one.name)}
            if one.name in regrouped:
                causes.add(self._root / FLEET_FILE)
            if causes:
                reasons[one.name] = tuple(sorted(self._shown(path) for path in causes))
        return ChangedStacks(self._commit, reasons, tuple(self._removed()))

    def _shown(self, path: Path) -> str:
        if path not in self._names:
            self._names[path] = visible(Path(os.path.relpath(path, self._root)).as_posix())
        return self._names[path]

    def _of_all(self) -> Iterator[Path]:
        """What changes every stack."""
        programs = (self._root, self._place(self._fleet.project.main))
        named = [self._place(self._fleet.project.path), *(self._root / name for name in _TOOL_FOLDERS)]
        named += [path for folder in programs for path in folder.iterdir() if _is_tool(path)]
        files = {place for path in named for place in places_of(path)}
        folders = {place for name in _TOOL_FOLDERS for place in (self._root / name, (self._root / name).resolve())}
        for path in self._changed:
            is_gone_tool = path.parent in programs and _is_tool(path)
            if path in files or is_gone_tool or not folders.isdisjoint(path.parents):
                yield path

    def _place(self, path: Path) -> Path:
        """A path of the project as the repository has it: without links above the project."""
        return Path(os.path.normpath(self._root / os.path.relpath(path, self._fleet.root)))

    def _of_stack(self, stack: str) -> Iterator[Path]:
        """What changes one stack alone: its own file, and files of its variables that the repository has."""
        files = [self._fleet.project.stack_file(stack)]
        files += [
            self._fleet.root / file_of_stack(pattern, stack) for pattern in self._fleet.settings.environment.files
        ]
        own = {place for path in files for place in places_of(self._place(path))}
        return (path for path in self._changed if path in own)

    def _regrouped(self) -> frozenset[str]:
        """The stacks that fleet.yaml has in other groups, or gives other variables, than at the commit."""
        names = frozenset(one.name for one in self._fleet.stacks)
        if places_of(self._root / FLEET_FILE).isdisjoint(self._changed):
            return frozenset()
        before, now = self._settings_before(), self._fleet.settings
        if before is None or before.environment != now.environment:
            return names
        return frozenset(
            one.name
            for one in self._fleet.stacks
            if set(groups_of(one.name, one.known_labels, before.groups)) != set(one.groups)
        )

    def _settings_before(self) -> FleetSettings | None:
        """The content of fleet.yaml at the commit; None if there was none, or none that can be read."""
        text = self._repository.text(self._commit, self._root / FLEET_FILE)
        try:
            return None if text is None else read_fleet_file(self._root, text)[0]
        except ConfigError:
            return None

    def _removed(self) -> Sequence[str]:
        ending = self._fleet.project.path.suffix
        folder = self._place(self._fleet.project.stacks_folder)
        gone = (path for path in self._changed if path.parent == folder and not os.path.lexists(path))
        names = (path.name for path in gone if path.name.startswith("Pulumi.") and path.name.endswith(ending))
        return sorted(visible(name[len("Pulumi.") : -len(ending)]) for name in names if name != f"Pulumi{ending}")
