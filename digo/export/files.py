"""Writes an export into the environment's files: what is there keeps its comments, order, quotes and spelling."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from digo.desired.substitution import has_place
from digo.export.model import Change, Entry, Export
from digo.whole_file import write_whole

HEAD = """\
# yaml-language-server: $schema={schema}
# Each key names a Pulumi resource: keep it when a name changes, or say `formerly: OLD-KEY`.
agents: {{}}
"""
_SCHEMA = "docs/schema/agents.json"
_WIDTH = 10_000  # never folded: a diff has one line for one value
# Plain text that some reader of YAML would take for a truth value or for nothing.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})


@dataclass
class Files:
    """The files of an environment on their way to be written. `kept` are variables that the account contradicts."""

    folder: Path
    root: Path
    kept: list[str] = field(default_factory=list)
    _open: dict[Path, Any] = field(default_factory=dict)
    _indents: dict[Path, int] = field(default_factory=dict)

    def add(self, export: Export) -> None:
        """Takes in all that is to be written."""
        for change in export.changes:
            self._change(change)
        if export.new:
            entries = self._entries(self._main)
            for key, entry in export.new.items():
                entries[_key(key)] = _entry(entry)

    def texts(self) -> Mapping[Path, str]:
        """The new content of each file that changes."""
        found = {}
        for path, document in self._open.items():
            out = io.StringIO()
            _yaml(self._indents[path]).dump(document, out)
            if not path.exists() or path.read_text(encoding="utf-8") != out.getvalue():
                found[path] = out.getvalue()
        return found

    @property
    def _main(self) -> Path:
        other = self.folder / "agents.yml"
        return other if other.exists() else self.folder / "agents.yaml"

    def _change(self, change: Change) -> None:
        wanted = change.wanted
        path = self.root / wanted.positions.get(change.field, wanted.position).file
        if not path.is_relative_to(self.folder):
            # The base of several environments has it: this environment says otherwise, over it.
            path = self.root / wanted.position.file
            path = path if path.is_relative_to(self.folder) else self._main
        entries = self._entries(path)
        entry = entries.setdefault(wanted.key, CommentedMap())
        if has_place(entry.get(change.field)):
            self.kept.append(f"{wanted.positions[change.field]}: agents.{wanted.key}.{change.field}")
        elif change.value is None:
            entry.pop(change.field, None)
        else:
            entry[change.field] = DoubleQuotedScalarString(_literal(change.value))

    def _entries(self, path: Path) -> Any:
        if path not in self._open:
            text = path.read_text(encoding="utf-8-sig") if path.exists() else self._head(path)
            self._indents[path] = _indent(text)
            self._open[path] = _yaml(self._indents[path]).load(text)
        document = self._open[path]
        if not document["agents"] and not isinstance(document["agents"], CommentedMap):
            document["agents"] = CommentedMap()
        document["agents"].fa.set_block_style()
        return document["agents"]

    def _head(self, path: Path) -> str:
        return HEAD.format(schema=os.path.relpath(self.root / _SCHEMA, path.parent).replace(os.sep, "/"))


def write(texts: Mapping[Path, str]) -> None:
    """Writes each file whole, or not at all. Lines end as they do in a file that is there."""
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        ends = "\r\n" if path.exists() and b"\r\n" in path.read_bytes() else "\n"
        write_whole(path, text.replace("\n", ends))


class _AsWritten(VersionedResolver):
    """Every scalar is the text that was written: `+12025550101` keeps its plus, and `0123` its zero."""

    @property
    def versioned_resolver(self) -> Mapping[str, Any]:
        return {}


def _indent(text: str) -> int:
    """By how much the file indents, judging by its first indented line."""
    first = re.search(r"^( +)[^\s#]", text, flags=re.MULTILINE)
    return len(first[1]) if first else 2


def _yaml(indent: int) -> YAML:
    yaml = YAML()
    yaml.map_indent = indent
    yaml.Resolver = _AsWritten
    yaml.width = _WIDTH
    yaml.preserve_quotes = True
    yaml.allow_unicode = True
    return yaml


def _entry(entry: Entry) -> CommentedMap:
    fields = {"name": entry.name, "follow_me_number": entry.number.e164, "intercom": entry.intercom}
    return CommentedMap(
        {name: DoubleQuotedScalarString(_literal(value)) for name, value in fields.items() if value is not None}
    )


def _literal(text: str) -> str:
    """The text so that no variable is seen in it."""
    return text.replace("${", "$${")


def _key(key: str) -> str:
    return DoubleQuotedScalarString(key) if key in _WORDS or not key[0].isalpha() else key
