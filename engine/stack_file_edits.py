"""Changes to the text of a Pulumi.<stack>.yaml, of the lines concerned alone: comments and order stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from digo.project.go_yaml import is_text
from digo.project.values import secure_text
from engine.config_path import Path, with_value, without_value
from engine.failure import ConfigurationFailure
from engine.stack_file import StackFile, compose, full_key, raw_data

_Pair = tuple[yaml.Node, yaml.Node]


class _Dumper(yaml.SafeDumper):
    """Quotes each text that Pulumi would read as a number, a truth or a date: PyYAML has other rules for them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if not text or is_text(text) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def with_config(file: StackFile, project: str, key: str, value: Any, path: Path = ()) -> str:
    """The file's text with one more or one changed config value; with a path, inside the key's list or mapping.

    Raises `ConfigurationFailure` where the path does not fit what is there, or the file has an alias.
    """
    _refuse_aliases(file)
    config = _find(compose(file.path, file.text), "config")
    pair = _pair_of(config[1], project, key) if config is not None else None
    whole = with_value(raw_data(pair[1]) if pair is not None else None, path, value, (key,))
    if config is None:
        separator = "" if not file.text or file.text.endswith("\n") else "\n"
        return file.text + separator + "config:\n" + _indent(_render({key: whole}), 2)
    if not _has_own_lines(config[1]):
        return _replace_whole_config(file, config, project, key, whole)
    if pair is None:
        return _with_pair_at_end(file.text, config[1], key, whole)
    inmost, rest = _inmost(pair, path)
    if rest and isinstance(rest[0], str) and _has_own_lines(inmost[1]):
        return _with_pair_at_end(file.text, inmost[1], rest[0], with_value(None, rest[1:], value, (key,)))
    return _with_pair(file.text, inmost, with_value(raw_data(inmost[1]), rest, value, (key,)))


def without_config(file: StackFile, project: str, key: str, path: Path = ()) -> str:
    """The file's text without one config value, or what lies at a path in it (unchanged where nothing is there).

    Raises `ConfigurationFailure` where what would be left reads as a secret, or the file has an alias.
    """
    _refuse_aliases(file)
    config = _find(compose(file.path, file.text), "config")
    pair = _pair_of(config[1], project, key) if config is not None else None
    if config is None or pair is None:
        return file.text
    if path:
        old = raw_data(pair[1])
        new = without_value(old, path, (key,))
        if new == old:
            return file.text
        if not _has_own_lines(config[1]):
            return _replace_whole_config(file, config, project, key, new)
        return _without_inner(file.text, pair, path)
    if not _has_own_lines(config[1]) or len(config[1].value) == 1:
        return _replace_whole_config(file, config, project, key, None)
    return _without_pair(file.text, pair)


def with_encryption_salt(file: StackFile, salt: str) -> str:
    """The file's text with this `encryptionsalt`."""
    found = _find(compose(file.path, file.text), "encryptionsalt")
    if found is not None:
        return file.text[: found[1].start_mark.index] + salt + file.text[_end_of(found[1]) :]
    return f"encryptionsalt: {salt}\n{file.text}"


def _refuse_aliases(file: StackFile) -> None:
    """The lines of a value are not all that there is of it where an alias stands for it elsewhere, or it is one."""
    tokens = yaml.scan(file.text) if "*" in file.text else ()
    alias = next((token for token in tokens if isinstance(token, yaml.AliasToken)), None)
    if alias is not None:
        raise ConfigurationFailure(
            f"{file.path}:{alias.start_mark.line + 1}: the embedded engine does not change a file in which "
            f"`*{alias.value}` stands for another value; write the value out there, or use the pulumi CLI. "
            "Nothing was changed"
        )


def _find(root: yaml.MappingNode | None, name: str) -> _Pair | None:
    pairs = root.value if root is not None else []
    return next(((key, value) for key, value in pairs if key.value == name), None)


def _pair_of(node: yaml.Node, project: str, key: str) -> _Pair | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((name, value) for name, value in node.value if full_key(name.value, project) == key), None)


def _has_own_lines(node: yaml.Node) -> bool:
    """Whether it is a mapping with a line, or several, for each entry. A secret is one value."""
    return isinstance(node, yaml.MappingNode) and not node.flow_style and bool(node.value) and secure_text(node) is None


def _inmost(pair: _Pair, path: Path) -> tuple[_Pair, Path]:
    """The pair that the path leads to, as far as each on the way has lines of its own; and the rest of the path."""
    while path and _has_own_lines(pair[1]):
        inner = next(((name, value) for name, value in pair[1].value if name.value == path[0]), None)
        if inner is None:
            break
        pair, path = inner, path[1:]
    return pair, path


def _with_pair(text: str, pair: _Pair, value: Any) -> str:
    start, end = pair[0].start_mark.index, _end_of(pair[1])
    written = _indent(_render({pair[0].value: value}), pair[0].start_mark.column)
    return text[:start] + written.lstrip(" ").rstrip("\n") + text[end:]


def _with_pair_at_end(text: str, block: yaml.Node, key: str, value: Any) -> str:
    end = _end_of_line(text, _end_of(block))
    written = _indent(_render({key: value}), block.value[0][0].start_mark.column)
    return text[:end] + _newline_before(text, end) + written + text[end:]


def _without_pair(text: str, pair: _Pair) -> str:
    start = text.rfind("\n", 0, pair[0].start_mark.index) + 1
    end = _end_of_line(text, _end_of(pair[1]))
    return text[:start] + text[end:].removeprefix("\n")


def _without_inner(text: str, pair: _Pair, path: Path) -> str:
    holder, rest = _inmost(pair, path[:-1])
    if not rest and _has_own_lines(holder[1]) and len(holder[1].value) > 1:
        gone = next((name, value) for name, value in holder[1].value if name.value == path[-1])
        return _without_pair(text, gone)
    return _with_pair(text, holder, without_value(raw_data(holder[1]), (*rest, path[-1]), ()))


def _replace_whole_config(file: StackFile, config: _Pair, project: str, key: str, value: Any) -> str:
    # Flow style and empty blocks have no lines of their own to change: the block is written anew.
    data = {}
    if isinstance(config[1], yaml.MappingNode):
        data = {name.value: raw_data(node) for name, node in config[1].value}
    data = {name: item for name, item in data.items() if full_key(name, project) != key}
    if value is not None:
        data[key] = value
    rendered = "config:\n" + _indent(_render(data), 2).rstrip("\n") if data else "config: {}"
    return file.text[: config[0].start_mark.index] + rendered + file.text[_end_of(config[1]) :]


def _end_of(node: yaml.Node) -> int:
    # A block's end mark lies at the next token, past comments that belong to what follows; its last leaf's does not.
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end_of(last[1] if isinstance(last, tuple) else last)


def _end_of_line(text: str, index: int) -> int:
    if index and text[index - 1 : index] == "\n":
        return index - 1
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _newline_before(text: str, index: int) -> str:
    return "\n" if index and text[index - 1 : index] != "\n" else ""


def _render(data: Mapping[str, Any]) -> str:
    # PyYAML writes the line breaks of Unicode bare into quotes, where they are folded to a blank: escape them.
    has_rare_breaks = any(mark in json.dumps(data, ensure_ascii=False) for mark in "\x85\u2028\u2029")
    text: str = yaml.dump(
        dict(data),
        Dumper=_Dumper,
        default_flow_style=False,
        width=10_000,
        allow_unicode=not has_rare_breaks,
        sort_keys=False,
    )
    return text.rstrip("\n")


def _indent(text: str, column: int) -> str:
    return "\n".join(" " * column + line for line in text.split("\n"))
