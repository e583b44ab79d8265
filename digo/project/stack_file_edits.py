"""Changes values in the text of a Pulumi.<stack>.yaml. Comments, order and all other lines stay."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Mapping
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from digo.project.config_path import with_value, without_value
from digo.project.failure import InvalidConfig
from digo.project.go_yaml import is_text
from digo.project.stack_file import StackFile, full_key
from protocol.property_path import Path

_LINE_WIDTH = 1_000_000  # values are never folded
_FIRST_INDENT = re.compile(r"^( +)[^\s#-]", re.MULTILINE)
_FIRST_ITEM = re.compile(r"^( *)[^\s#-][^\n]*:\n(?:\s*#[^\n]*\n)*\1( *)- ", re.MULTILINE)


def with_config(file: StackFile, project: str, key: str, value: Any, path: Path = ()) -> str:
    """The file's text with a config value added or changed; with a path, inside the key's list or mapping.

    Raises `InvalidConfig` if the path does not fit the value, or if the file has an alias.
    """
    _refuse_aliases(file)
    document = _load(file.text)
    config = _config_of(document)
    name = _name_of(config, project, key) or key
    config[name] = with_value(config.get(name), path, _node(value), (key,))
    return _text(file, document)


def with_new_values(file: StackFile, values: Mapping[str, str]) -> str:
    """The file's text with config values that it lacks, by full key. Raises `InvalidConfig`, as `with_config` does."""
    document = _load(file.text)
    _config_of(document).update({key: _node(value) for key, value in values.items()})
    return _text(file, document) if values else file.text


def without_config(file: StackFile, project: str, key: str, path: Path = ()) -> str:
    """The file's text without a config value, or without the value at a path in it. Unchanged if there is none.

    Raises `InvalidConfig` if the rest would read as a secret, or if the file has an alias.
    """
    _refuse_aliases(file)
    document = _load(file.text)
    config = document.get("config") or {}
    name = _name_of(config, project, key)
    if name is None or not without_value(config, (name, *path), ()):
        return file.text
    if not config:
        # The library would write `{}` below the comments of the first value.
        document["config"] = CommentedMap()
        document.ca.items.pop("config", None)
    return _text(file, document)


def with_encryption_salt(file: StackFile, salt: str) -> str:
    """The file's text with this `encryptionsalt`. A new one is the first key."""
    document = _load(file.text)
    if "encryptionsalt" in document:
        document["encryptionsalt"] = salt
    else:
        document.insert(0, "encryptionsalt", salt)
    return _text(file, document)


def _refuse_aliases(file: StackFile) -> None:
    """Raises `InvalidConfig` if the file has an alias: a change would also change the other place."""
    tokens = yaml.scan(file.text) if "*" in file.text else ()
    alias = next((token for token in tokens if isinstance(token, yaml.AliasToken)), None)
    if alias is not None:
        raise InvalidConfig(
            f"{file.path}:{alias.start_mark.line + 1}: the embedded engine does not change a file in which "
            f"`*{alias.value}` stands for another value; write the value out there, or use the pulumi CLI. "
            "Nothing was changed"
        )


def _config_of(document: CommentedMap) -> CommentedMap:
    """The document's config, which may be new."""
    config: CommentedMap = document.get("config") or CommentedMap()
    document["config"] = config
    return config


def _name_of(config: Any, project: str, key: str) -> str | None:
    """The key as the file writes it."""
    return next((name for name in config if full_key(str(name), project) == key), None)


class _TextConstructor(RoundTripConstructor):
    """Leaves what looks like a date as text: no calendar may have it, and nobody here computes with it."""


_TextConstructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_scalar)


def _yaml(text: str) -> YAML:
    """The YAML library, set to the indentation of the file's first mapping and list."""
    library = YAML()
    library.Constructor = _TextConstructor
    library.preserve_quotes = True
    library.width = _LINE_WIDTH
    first, item = _FIRST_INDENT.search(text), _FIRST_ITEM.search(text)
    offset = len(item[2]) if item else 0
    library.indent(mapping=len(first[1]) if first else 2, sequence=offset + 2, offset=offset)
    return library


def _load(text: str) -> CommentedMap:
    document: CommentedMap | None = _yaml(text).load(text)
    return CommentedMap() if document is None else document


def _dump(document: CommentedMap, text: str) -> str:
    out = io.StringIO()
    _yaml(text).dump(document, out)
    return out.getvalue()


def _text(file: StackFile, document: CommentedMap) -> str:
    """The document as text. Unchanged lines are the file's own.

    The library rewrites some values (`True`, blanks in `{ }`), and drops comments together with the value above them.
    Raises `InvalidConfig` if the new text would not read as the document.
    """
    new = _dump(document, file.text)
    own = file.text if not file.text or file.text.endswith("\n") else file.text + "\n"
    unchanged = _load(own)
    if unchanged:
        before = _dump(unchanged, own)
        merged = _merged(before.splitlines(keepends=True), own.splitlines(keepends=True), new.splitlines(keepends=True))
        new = merged if _reads_as(merged, document) else new
    else:
        new = "".join(line for line in own.splitlines(keepends=True) if line.startswith("#") or not line.strip()) + new
    if not _reads_as(new, document):
        raise InvalidConfig(
            f"{file.path}: the change cannot be written beside what the file has; write it there by hand. "
            "Nothing was changed"
        )
    return new


def _merged(before: list[str], own: list[str], after: list[str]) -> str:
    """The lines `after` a change. Lines that are as `before` are replaced by the file's `own` lines."""
    spelled = _own_spelling(before, own)
    lines: list[str] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        covered = [unit for unit in spelled if start <= unit[0] and unit[1] <= end and unit[0] < end]
        if tag == "equal":
            position = start
            for first, last, text in covered:
                lines += [*before[position:first], *text]
                position = last
            lines += before[position:end]
            continue
        # Comments below a changed or removed value belong to the next value, but the library moves them with this one.
        gone = [line for _, _, text in covered for line in text]
        below = _comments_below(gone if tag != "insert" else lines)
        if tag == "insert":
            del lines[len(lines) - len(below) :]
        lines += after[new_start:new_end] + below
    return "".join(lines)


def _own_spelling(before: list[str], own: list[str]) -> list[tuple[int, int, list[str]]]:
    """The file's own lines for the library's lines: first line, line after the last, own lines."""
    units: list[tuple[int, int, list[str]]] = []
    held: list[str] = []
    for tag, start, end, own_start, own_end in difflib.SequenceMatcher(None, before, own, autojunk=False).get_opcodes():
        if tag == "equal" or end - start == own_end - own_start:
            for index in range(end - start):
                units.append((start + index, start + index + 1, [*held, own[own_start + index]]))
                held = []
        elif start == end:
            held += own[own_start:own_end]
        else:
            units.append((start, end, [*held, *own[own_start:own_end]]))
            held = []
    if held and units:
        first, last, text = units.pop()
        units.append((first, last, [*text, *held]))
    return units


def _comments_below(lines: list[str]) -> list[str]:
    """The comments and empty lines after the last value in `lines`."""
    values = [index for index, line in enumerate(lines) if line.strip() and not line.strip().startswith("#")]
    return lines[values[-1] + 1 if values else 0 :]


def _reads_as(text: str, document: CommentedMap) -> bool:
    try:
        return bool(_load(text) == document)
    except YAMLError:
        return False


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        return CommentedMap({key: _node(item) for key, item in value.items()})
    if isinstance(value, list):
        return CommentedSeq([_node(item) for item in value])
    if not isinstance(value, str):
        return value
    if not value.isprintable():
        return DoubleQuotedScalarString(value)
    return value if _is_plain(value) else SingleQuotedScalarString(value)


def _is_plain(text: str) -> bool:
    """Whether YAML reads the text without quotes as this text, not as a number, boolean, date or syntax."""
    try:
        return bool(
            (not text or is_text(text))
            and yaml.safe_load(text) == text
            and yaml.safe_load(f"a: [{text}]") == {"a": [text]}
        )
    except (yaml.YAMLError, ValueError):  # a ValueError: a date that no calendar has
        return False
