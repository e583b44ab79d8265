"""Reads YAML as Go's yaml.v3 reads it into untyped values, with the position of each node.

YAML 1.1 (PyYAML) and yaml.v3 differ: in yaml.v3 `no` and `12:30` are texts, `0123` is the number 83, and `1_000` is
1000. Source: go-yaml/yaml v3, `resolve.go` and `decode.go`.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from digo.project.failure import Fault, ProjectError
from digo.project.plain_file import read_plain
from digo.text.yaml_problems import YamlText, decoded, yaml_text

_TAG = "tag:yaml.org,2002:"
_PLAIN = "!plain"  # a scalar without quotes and without a tag: its text decides the type
_MERGE = f"{_TAG}merge"
_DEEPEST = 50
_LONGEST_WHOLE = 4_000  # digits; 64 bits have 64 at most, and zeros may stand before them
_MOST_EVENTS = 1_000_000
_MOST_NODES = 200_000  # aliases of aliases can expand to billions

_CONSTANTS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_DATE = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:\.(\d{1,9})\d*)?(Z|[-+]\d\d:\d\d))"
    r"|(?: (\d\d?):(\d\d?):(\d\d?)(?:\.(\d{1,9})\d*)?))?"
)


class _Typing:
    """Tags plain scalars for this module, which types them instead of PyYAML."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        if kind is yaml.ScalarNode and implicit[0]:
            return _MERGE if value == "<<" else _PLAIN
        return super().resolve(kind, value, implicit)  # type: ignore[misc]  # PyYAML's loader beside it has the method


class _Exact(_Typing, yaml.SafeLoader):
    """The pure Python loader. Its marks have the index of each node in the text."""


class _Fast(_Typing, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the base is chosen when it is imported
    """libyaml's loader, ten times as fast, if PyYAML was built with it. Its marks count bytes."""


def compose(
    path: Path, text: str, expected: str = "a mapping with 'config'", *, exact: bool = False
) -> yaml.MappingNode | None:
    """The file's root node; None for an empty file.

    Args:
        path: the file, for messages.
        text: its content.
        expected: what the file should be, for messages.
        exact: whether the nodes' marks need their index in the text.

    Raises:
        ProjectError: it is not YAML, not a mapping, or has a key twice.
    """
    try:
        _check_depth(path, text)
        root = yaml.compose(text, Loader=_Exact if exact else _Fast)
    except yaml.YAMLError as problem:
        found = yaml_text(text, problem)
        raise ProjectError(path, [Fault(found.line, found.column, found.message)]) from None
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag == _PLAIN and not root.value):
        return None
    if not isinstance(root, yaml.MappingNode):
        raise ProjectError(path, [fault(root, f"the file is not a mapping: expected {expected}")])
    if problems := _doubtful(root):
        raise ProjectError(path, problems)
    return root


def _check_depth(path: Path, text: str) -> None:
    """Refuses a text that would overflow the composer's stack or the memory."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Fast)):
        if count > _MOST_EVENTS:
            place: Any = event.start_mark
            message = f"not YAML that is read here: it has more than {_MOST_EVENTS:,} keys and values"
            raise ProjectError(path, [Fault(place.line + 1, place.column + 1, message)])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            mark: Any = event.start_mark
            raise ProjectError(path, [Fault(mark.line + 1, mark.column + 1, "not YAML: it is nested too deeply")])


def read_text(path: Path) -> str:
    """The file's text, without a byte order mark.

    Raises:
        FileNotFoundError: there is no such file.
        ProjectError: it cannot be read.
    """
    try:
        return decoded(read_plain(path))
    except FileNotFoundError:
        if path.is_symlink():
            message = "could not read it: it is a link to something that is not there"
            raise ProjectError(path, [Fault(1, 1, message)]) from None
        raise
    except OSError as problem:
        raise ProjectError(path, [Fault(1, 1, f"could not read it: {problem.strerror}")]) from None
    except YamlText as problem:
        raise ProjectError(path, [Fault(problem.line, problem.column, problem.message)]) from None


def fault(node: yaml.Node, message: str) -> Fault:
    """A fault at the node's position."""
    return Fault(node.start_mark.line + 1, node.start_mark.column + 1, message)


def pairs(node: yaml.Node) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """The entries of a mapping as name, key and value. Merged entries come last; own entries win."""
    if not isinstance(node, yaml.MappingNode):
        return []
    own = [(str(key.value), key, value) for key, value in node.value if key.tag != _MERGE]
    names = {name for name, _, _ in own}
    for key, value in node.value:
        if key.tag != _MERGE:
            continue
        for source in _sources(value):
            brought = [pair for pair in pairs(source) if pair[0] not in names]
            names.update(name for name, _, _ in brought)
            own += brought
    return own


def child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """The value of a mapping's key; None if it has no such key."""
    return next((value for key, _, value in pairs(node) if key == name), None) if node is not None else None


def data_of(node: yaml.Node) -> Any:
    """A node as data: dicts, lists, texts, numbers, bools, datetimes and None."""
    if isinstance(node, yaml.MappingNode):
        return {name: data_of(value) for name, _, value in pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [data_of(item) for item in node.value]
    return scalar_of(node)


def scalar_of(node: yaml.Node) -> Any:
    """The value of a scalar."""
    text = str(node.value)
    if node.tag == f"{_TAG}binary":
        try:
            return base64.b64decode(text, validate=False).decode("utf-8", "replace")
        except (ValueError, binascii.Error):
            return text
    if node.tag == _PLAIN or node.tag in _TYPED:
        return _resolved(text)
    return text


def is_text(text: str) -> bool:
    """Whether a scalar without quotes is a text, and no number, bool or datetime."""
    return isinstance(_resolved(text), str)


_TYPED = frozenset({f"{_TAG}bool", f"{_TAG}int", f"{_TAG}null", f"{_TAG}float", f"{_TAG}timestamp"})


def _resolved(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if text[0] != "." and (moment := _moment(text)) is not None:
        return moment
    plain = text.replace("_", "")
    if (whole := _INTEGER.fullmatch(plain)) is not None:
        # Beyond 64 bits yaml.v3 tries floats, which are decimal only. Python refuses to read thousands of digits.
        number = _whole(*whole.groups()) if len(plain) <= _LONGEST_WHOLE else 2**64
        if -(2**63) <= number < 2**64 and not (text[0] == "." and "_" in text):
            return number
    if _FLOAT.fullmatch(plain) is not None:
        return float(plain)
    return text


def _whole(sign: str, hexadecimal: str | None, binary: str | None, octal: str | None, decimal: str | None) -> int:
    digits, base = next(
        (digits, base)
        for digits, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10))
        if digits is not None
    )
    return int(sign + digits, base)


def _moment(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, *rest = found.groups()
    with_zone, without = rest[:5], rest[5:]
    hour, minute, second, fraction, zone = with_zone if with_zone[0] else (*without, None)
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            _zone(zone),
        )
    except ValueError:
        return None


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return timezone.utc
    hours, minutes = int(text[1:3]), int(text[4:6])
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if text[0] == "-" else ahead)


def _doubtful(root: yaml.Node) -> list[Fault]:
    """Keys that appear twice in one mapping, and aliases that contain themselves."""
    found: list[Fault] = []
    open_nodes: set[int] = set()
    left = _MOST_NODES

    def visit(node: yaml.Node) -> None:
        nonlocal left
        left -= 1
        if id(node) in open_nodes:
            found.append(fault(node, "an alias is inside the thing that it names"))
        elif isinstance(node, yaml.CollectionNode) and left > 0:
            open_nodes.add(id(node))
            found.extend(_twice(node))
            for item in node.value:
                for part in item if isinstance(item, tuple) else (item,):
                    visit(part)
            open_nodes.discard(id(node))

    visit(root)
    if left <= 0:
        found.append(fault(root, f"aliases stand for more than {_MOST_NODES} values"))
    return found


def _twice(node: yaml.CollectionNode) -> list[Fault]:
    found: list[Fault] = []
    lines: dict[str, int] = {}
    for item in node.value:
        if not isinstance(item, tuple):
            continue
        key, value = item
        if not isinstance(key, yaml.ScalarNode):
            found.append(fault(key, "a key must be a plain text"))
        elif key.tag == _MERGE:
            if not all(isinstance(one, yaml.MappingNode) for one in _sources(value)):
                found.append(fault(key, "`<<` takes a mapping or a list of mappings"))
        elif key.value in lines:
            found.append(fault(key, f"`{key.value}` occurs twice; first at line {lines[key.value]}"))
        else:
            lines[key.value] = key.start_mark.line + 1
    return found


def _sources(value: yaml.Node) -> list[yaml.Node]:
    return list(value.value) if isinstance(value, yaml.SequenceNode) else [value]
