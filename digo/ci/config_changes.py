"""The changes of a fork's config against the base's: all that a stranger may see before somebody trusts them.

Both sides are files of the repository, which the stranger has. The account, the state, secrets and variables have no
part in it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from digo.ci.row_changes import row_change
from digo.desired.written import WrittenEntry, WrittenEnvironment, read_written
from digo.settings.profiles import Subject
from digo.source.number_places import FIELDS as NUMBER_FIELDS
from digo.source.positions import Position
from digo.source.problems import Problem
from digo.source.substitution import has_variable
from digo.text.counts import counted
from digo.text.redact import mask_number, mask_numbers

_SUBJECTS = {"agents": Subject.AGENT, "lists": Subject.LIST}
_LONGEST = 120  # characters of a value that are shown
_ABSENT = object()  # a field may be there without a value
_LEADS, _SOURCE, _FORMERLY = "leads", "source", "formerly"


class Change(str, Enum):
    """What the fork does to an entry or a file."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    REMOVED = "removed"


@dataclass(frozen=True)
class FieldChange:
    """A field that differs. `before` and `after` are masked values, None if the side lacks the field.

    `words` replaces both: a sentence about rows, whose values are never shown.
    """

    name: str
    before: str | None = None
    after: str | None = None
    words: str = ""


@dataclass(frozen=True)
class EntryChange:
    """An entry that differs. `position` is in the fork's file, or in the base's if the fork lacks the entry."""

    change: Change
    subject: Subject
    key: str
    position: Position
    fields: tuple[FieldChange, ...] = ()
    was: str = ""


@dataclass(frozen=True)
class FileChange:
    """A file of the environment, other than those of its entries, that differs. `name` begins with `config/`."""

    change: Change
    name: str


@dataclass(frozen=True)
class ConfigChanges:
    """All changes of one environment.

    Attributes:
        environment: its name.
        entries: entries that differ.
        files: other files that differ: approvals, rules, routes, rows.
        problems: what cannot be read in the fork's config.
        base_problems: how many problems the base's config has.
    """

    environment: str
    entries: tuple[EntryChange, ...]
    files: tuple[FileChange, ...]
    problems: tuple[Problem, ...]
    base_problems: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return bool(self.entries or self.files)

    def count(self, change: Change) -> int:
        """How many entries have that change."""
        return sum(1 for one in self.entries if one.change is change)


def config_changes(base: Path, fork: Path, environment: str) -> ConfigChanges:
    """Compares an environment of two `config` folders.

    Args:
        base: the base's folder.
        fork: the fork's folder, which `outside_names` has checked.
        environment: the environment's name.
    """
    base, fork = base.resolve(), fork.resolve()
    before = read_written(base / environment, base.parent)
    after = read_written(fork / environment, fork.parent)
    entries = [
        change
        for kind, subject in _SUBJECTS.items()
        for change in _entries(subject, before.entries[kind], after.entries[kind], base, fork)
    ]
    return ConfigChanges(
        environment=environment,
        entries=tuple(entries),
        files=tuple(_files(before, after, base, fork)),
        problems=after.problems,
        base_problems=len(before.problems),
    )


def _entries(
    subject: Subject, before: Mapping[str, WrittenEntry], after: Mapping[str, WrittenEntry], base: Path, fork: Path
) -> Iterator[EntryChange]:
    renamed: set[str] = set()
    for key, entry in after.items():
        old = before.get(key)
        was = ""
        if old is None and (name := _former(entry, before, after)):
            old, was = before[name], name
            renamed.add(name)
        if old is None:
            fields = tuple(_fields(None, entry, base, fork))
            yield EntryChange(Change.ADDED, subject, key, entry.position, fields)
        elif (fields := tuple(_fields(old, entry, base, fork))) or was:
            change = Change.RENAMED if was else Change.CHANGED
            yield EntryChange(change, subject, key, entry.position, fields, was)
    for key, entry in before.items():
        if key not in after and key not in renamed:
            yield EntryChange(Change.REMOVED, subject, key, entry.position)


def _former(entry: WrittenEntry, before: Mapping[str, WrittenEntry], after: Mapping[str, WrittenEntry]) -> str:
    """The key that the entry had in the base, if it says so."""
    value = entry.fields.get(_FORMERLY)
    names = value if isinstance(value, list) else [value]
    return next((name for name in names if isinstance(name, str) and name in before and name not in after), "")


def _fields(old: WrittenEntry | None, new: WrittenEntry, base: Path, fork: Path) -> Iterator[FieldChange]:
    have: Mapping[str, Any] = old.fields if old else {}
    for name in dict.fromkeys([*new.fields, *have]):
        before, after = have.get(name, _ABSENT), new.fields.get(name, _ABSENT)
        if name == _LEADS and before != after:
            yield FieldChange(name, words=_leads(before, after))
        elif before != after:
            yield FieldChange(
                name,
                None if before is _ABSENT else _shown(name, before),
                None if after is _ABSENT else _shown(name, after),
            )
    if _SOURCE in have or _SOURCE in new.fields:
        words = row_change(old, new, base, fork)
        if words:
            yield FieldChange("rows", words=words)


def _leads(before: Any, after: Any) -> str:
    had, has = (
        Counter(_text(one) for one in side) if isinstance(side, list) else Counter() for side in (before, after)
    )
    added, gone = (has - had).total(), (had - has).total()
    parts = [f"{count:,} {word}" for count, word in ((added, "added"), (gone, "removed")) if count]
    return f"{', '.join(parts) or 'in another order'}; {counted(has.total(), 'lead')} in all"


def _shown(name: str, value: Any) -> str:
    """The value as it is written, with phone numbers masked. A variable stays `${NAME}`."""
    text = _text(value)
    if name in NUMBER_FIELDS and not has_variable(text):
        return mask_number(text)
    text = mask_numbers(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _files(before: WrittenEnvironment, after: WrittenEnvironment, base: Path, fork: Path) -> Iterator[FileChange]:
    """The files in the folders of both environments, without those whose entries are compared."""
    folders = {path.relative_to(base).as_posix() for path in before.folders}
    folders |= {path.relative_to(fork).as_posix() for path in after.folders}
    names = sorted({name for side in (base, fork) for folder in folders for name in _names(side, folder)})
    for name in names:
        had, has = base / name, fork / name
        if not had.is_file():
            yield FileChange(Change.ADDED, f"config/{name}")
        elif not has.is_file():
            yield FileChange(Change.REMOVED, f"config/{name}")
        elif had.read_bytes() != has.read_bytes():
            yield FileChange(Change.CHANGED, f"config/{name}")


def _names(side: Path, folder: str) -> Iterable[str]:
    for path in (side / folder).rglob("*"):
        inside = path.relative_to(side / folder)
        if path.is_file() and not _has_entries(inside):
            yield path.relative_to(side).as_posix()


def _has_entries(path: Path) -> bool:
    if not path.name.endswith((".yaml", ".yml")):
        return False
    kind = path.stem if len(path.parts) == 1 else path.parts[0] if len(path.parts) == 2 else ""
    return kind in _SUBJECTS
