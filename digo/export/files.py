"""Decides which file of an environment an export changes, and computes its new content."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from digo.desired.environment_reader import EnvironmentReader, config_files
from digo.desired.overlays import folders_of
from digo.export.agents_file import AgentsFile
from digo.export.edits import literal
from digo.export.entry_fields import Unquoted, Value
from digo.export.model import Export, ExportedAgent, ExportError, FieldChange
from digo.fields.agents import AGENT_FIELDS, WANTED_FIELDS
from digo.source.positions import shown_path
from digo.source.substitution import has_variable
from digo.system.atomic_file import write_all

HEAD = """\
# yaml-language-server: $schema={schema}
# Each key names a Pulumi resource: keep it when a name changes, or say `formerly: OLD-KEY`.
agents: {{}}
"""
_SCHEMA = "docs/schema/agents.json"
_MARK = "\ufeff"
_CHANGED = "{}: the file has changed since it was read. Nothing was written; export again"


@dataclass
class Files:
    """The files of an environment that an export changes.

    Attributes:
        folder: the environment's folder.
        root: the project's folder.
        content: the files' bytes from before config was read; None reads them now.
        variables: positions of variables that differ from the account, by key and field.
    """

    folder: Path
    root: Path
    content: Mapping[Path, bytes] | None = None
    variables: dict[tuple[str, str], str] = field(default_factory=dict)
    _open: dict[Path, AgentsFile] = field(default_factory=dict)
    _changes: dict[Path, dict[tuple[str, str], Value]] = field(default_factory=dict)
    _new: dict[Path, dict[str, dict[str, Value]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder, self.root = self.folder.resolve(), self.root.resolve()
        if self.content is None:
            self.content = content_of(self.folder)

    def add(self, export: Export) -> None:
        """Adds everything that the export writes.

        Raises:
            ExportError: something cannot be written.
        """
        for change in export.changes:
            self._change(change)
        for key, entry in export.new.items():
            self._new.setdefault(self._main, {})[key] = _fields(entry)
        for path, changes in self._changes.items():
            self._file(path).change(changes)
        for path, entries in self._new.items():
            self._file(path).add(entries)

    def texts(self) -> Mapping[Path, str]:
        """The new content of each file that changes, with its byte order mark and line breaks."""
        found = {}
        for path, file in self._open.items():
            old = self._content.get(path)
            new = (_MARK if old is not None and old.decode("utf-8").startswith(_MARK) else "") + file.to_text()
            if old is None or new.encode() != old:
                found[path] = new
        return found

    @property
    def kept(self) -> list[str]:
        """Positions of variables that differ from the account."""
        return list(self.variables.values())

    @property
    def pinned(self) -> list[str]:
        """Positions of fields that got their value from another entry and now have it themselves."""
        return [f"{file.place(key)}: agents.{key}.{name}" for file in self._open.values() for key, name in file.pinned]

    @property
    def _content(self) -> Mapping[Path, bytes]:
        return self.content or {}

    @property
    def _main(self) -> Path:
        other = self.folder / "agents.yml"
        return other if other in self._content else self.folder / "agents.yaml"

    @cached_property
    def _layered(self) -> bool:
        reading = EnvironmentReader(self.root, {})
        return self.folder.is_dir() and len(folders_of(reading, self.folder)) > 1

    def _change(self, change: FieldChange) -> None:
        wanted = change.wanted
        place = (wanted.key, change.field)
        value = None if change.value is None else _value(change.field, change.value)
        path = self.root / wanted.position.file
        if path not in self._content or not self._file(path).has(wanted.key):
            # The entry is in the extended environment: this environment overrides it.
            self._new.setdefault(self._main, {}).setdefault(wanted.key, {})[change.field] = value
        elif has_variable(self._file(path).own(*place)):
            self.variables[place] = f"{wanted.positions[change.field]}: agents.{wanted.key}.{change.field}"
        else:
            self._changes.setdefault(path, {})[place] = value

    def _file(self, path: Path) -> AgentsFile:
        if path not in self._open:
            old = self._content.get(path)
            shown = shown_path(path, self.root)
            try:
                text = self._head(path) if old is None else old.decode("utf-8").removeprefix(_MARK)
                self._open[path] = AgentsFile(text, shown, self._layered)
            except (UnicodeDecodeError, yaml.YAMLError):
                raise ExportError(_CHANGED.format(shown)) from None
        return self._open[path]

    def _head(self, path: Path) -> str:
        return HEAD.format(schema=os.path.relpath(self.root / _SCHEMA, path.parent).replace(os.sep, "/"))


def content_of(folder: Path) -> dict[Path, bytes]:
    """The bytes of each readable file of agents in an environment's folder."""
    found = {}
    for path in config_files(folder.resolve(), "agents"):
        if path.is_file() and os.access(path, os.R_OK):
            found[path] = path.read_bytes()
    return found


def write(texts: Mapping[Path, str], content: Mapping[Path, bytes] | None = None) -> None:
    """Writes all files, or none.

    Args:
        texts: the new content of each file.
        content: what the files had when they were read; None skips the check.

    Raises:
        ExportError: a file has changed since then.
        PartlyWritten: some files were written, and then one could not be.
        OSError: a file cannot be written, and none was.
    """
    if content is not None:
        for path in texts:
            now = path.read_bytes() if path.exists() else None
            if now != content.get(path):
                raise ExportError(_CHANGED.format(path))
    for path in texts:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_all(texts)


def _fields(entry: ExportedAgent) -> dict[str, Value]:
    values = ((field.name, entry.value(field.name)) for field in WANTED_FIELDS)
    return {name: _value(name, value) for name, value in values if value is not None}


def _value(field: str, value: str) -> Value:
    """The value as a file has it."""
    text = literal(value)
    return Unquoted(text) if AGENT_FIELDS[field].type.bare else text
