"""The `config` block of Pulumi.yaml: types and defaults of config values.

Source: pulumi/pulumi, `sdk/go/common/workspace/project.go` (`Validate`) and `config.go` (`mergeConfig`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from digo.project.failure import Fault
from digo.project.go_yaml import data_of, fault, pairs
from digo.project.stack_file import full_key
from digo.project.values import Value, text_of
from digo.text.did_you_mean import hint

TYPES = ("string", "integer", "boolean", "array", "object")

_FIELDS = ("type", "items", "description", "secret", "default", "value")
_PATH = re.compile(r"[^.\[\]\"]+(\.[^.\[\]\"]+)*")


class ConfigMismatch(Exception):
    """The stack's config does not match the declarations in Pulumi.yaml. `place` is the declaration's."""

    def __init__(self, declaration: Declaration, message: str) -> None:
        self.place = Fault(*declaration.position, message)
        super().__init__(message)


@dataclass(frozen=True)
class Declaration:
    """One entry.

    `name` is its key as written in the file. `position` is its line and column, from 1. `items` declares the items of a
    list. `own` says whether the key is in the project's namespace, so that it must have a value.
    """

    name: str = ""
    position: tuple[int, int] = (1, 1)
    own: bool = True
    type: str | None = None
    items: Mapping[str, Any] | None = None
    default: Any = None
    value: Any = None
    secret: bool = False

    @property
    def fallback(self) -> Any:
        """The value if the stack has none; None if there is none."""
        return self.value if self.default is None else self.default

    @property
    def type_name(self) -> str:
        """The type as people write it: `array<integer>`."""
        return _type_name(self.type or "", self.items)


def read_declarations(node: yaml.Node | None, project: str) -> tuple[dict[str, Declaration], list[Fault]]:
    """The declarations by full key, and every fault in them."""
    data = None if node is None else data_of(node)
    if node is None or data is None:
        return {}, []
    if not isinstance(data, dict):
        return {}, [fault(node, "'config' must be a mapping of keys to values")]
    found: dict[str, Declaration] = {}
    faults: list[Fault] = []
    for name, key, value in pairs(node):
        try:
            full = full_key(name, project)
            declaration = _declaration(name, key, value, own=_is_own(name, project))
            if problem := _problem(declaration):
                raise ValueError(problem)
        except ValueError as problem:
            faults.append(fault(key, str(problem)))
            continue
        if full in found:
            faults.append(fault(key, f"`{full}` occurs twice; first at line {found[full].position[0]}"))
        found[full] = declaration
    return found, faults


def with_defaults(stack: str, values: Mapping[str, Value], declarations: Mapping[str, Declaration]) -> dict[str, Value]:
    """The stack's values, with the project's values for missing keys. It checks no types.

    Raises:
        ConfigMismatch: a value of the project is missing, or cannot be merged into the stack's.
    """
    complete = dict(values)
    missing: list[tuple[str, Declaration]] = []
    for key, declaration in declarations.items():
        root, path = _way(key)
        if declaration.fallback is None:
            if not _holds(complete, root, path) and declaration.own:
                missing.append((declaration.name or key, declaration))
        elif not _holds(complete, root, path):
            complete[root] = _laid(complete.get(root), path, declaration)
    if missing:
        word = "value" if len(missing) == 1 else "values"
        names = ", ".join(f"'{name}'" for name in sorted(name for name, _ in missing))
        raise ConfigMismatch(missing[0][1], f"Stack '{stack}' is missing configuration {word} {names}")
    return complete


def check_types(stack: str, values: Mapping[str, Value], declarations: Mapping[str, Declaration]) -> None:
    """Checks the values against the project's declarations.

    Raises:
        ConfigMismatch: the first value that does not match.
    """
    for key, declaration in declarations.items():
        found = values.get(key)
        if found is None:
            continue
        subject = f"Stack '{stack}' with configuration key '{declaration.name or key}'"
        if declaration.secret and not found.secret:
            raise ConfigMismatch(declaration, f"{subject} must be encrypted as it's secret")
        kind = declaration.type
        if kind is not None and not _fits(kind, declaration.items, _content(kind, found.text)):
            raise ConfigMismatch(declaration, f"{subject} must be of type '{declaration.type_name}'")


def _declaration(name: str, key: yaml.Node, node: yaml.Node, *, own: bool) -> Declaration:
    position = key.start_mark.line + 1, key.start_mark.column + 1
    data = data_of(node)
    if isinstance(data, (str, bool, int, list)):
        return Declaration(name, position, own, value=data)
    if not isinstance(data, dict):
        raise ValueError(f"'config.{name}' must be a text, a whole number, a truth, a list, or a mapping with 'value'")
    for field in data:
        if field not in _FIELDS:
            near = hint(field, _FIELDS, f"known: {', '.join(_FIELDS)}; a mapping is given as 'value'", "'{}'")
            raise ValueError(f"'config.{name}' has no '{field}'; {near}")
    kind, secret, items = data.get("type"), data.get("secret", False), data.get("items")
    if "type" in data and kind not in TYPES:
        raise ValueError(f"'config.{name}.type' is one of {', '.join(TYPES)}")
    if not isinstance(secret, bool):
        raise ValueError(f"'config.{name}.secret' is true or false")
    if items is not None and not isinstance(items, dict):
        raise ValueError(f"'config.{name}.items' is a mapping with 'type'")
    return Declaration(name, position, own, kind, items, data.get("default"), data.get("value"), secret)


def _problem(declaration: Declaration) -> str | None:
    name, fallback = declaration.name, declaration.fallback
    if declaration.default is not None and declaration.value is not None:
        return f"'config.{name}' cannot have both 'default' and 'value'"
    try:
        text_of(fallback)
    except ValueError:
        return f"'config.{name}' is a number that no program can be given"
    if not declaration.own:
        if declaration.type is not None:
            return f"'config.{name}' is not namespaced by the project and should not define a 'type'"
        if declaration.default is not None:
            return f"'config.{name}' is not namespaced by the project: write 'value' instead of 'default'"
        return None if declaration.value is not None else f"'config.{name}' is namespaced and must have a 'value'"
    if declaration.type == "array" and declaration.items is None:
        return f"'config.{name}' is an array: say the type of its items as 'items'"
    kind, default = declaration.type, declaration.default
    if kind is not None and default is not None and not _fits(kind, declaration.items, default):
        return f"the default of 'config.{name}' is not of the type '{declaration.type_name}'"
    return None


def _is_own(name: str, project: str) -> bool:
    return ":" not in name or name.startswith(f"{project}:")


def _way(key: str) -> tuple[str, tuple[str, ...]]:
    """The key of the value and the path into it: `digo:guards.maxCreates` is in `digo:guards`."""
    namespace, _, name = key.partition(":")
    if not _PATH.fullmatch(name):
        return key, ()
    first, *path = name.split(".")
    return f"{namespace}:{first}", tuple(path)


def _holds(values: Mapping[str, Value], root: str, path: tuple[str, ...]) -> bool:
    if root not in values or not path:
        return root in values
    data = _content("object", values[root].text)
    for step in path:
        if not isinstance(data, dict) or step not in data:
            return False
        data = data[step]
    return True


def _laid(old: Value | None, path: tuple[str, ...], declaration: Declaration) -> Value:
    if not path:
        return Value(text_of(declaration.fallback), declaration.secret)
    data = _content("object", old.text) if old is not None else {}
    data = data if isinstance(data, dict) else {}
    inner = data
    for step in path[:-1]:
        inner = inner.setdefault(step, {})
        if not isinstance(inner, dict):
            raise ConfigMismatch(declaration, f"'config.{declaration.name}': there is no map at '{step}'")
    inner[path[-1]] = declaration.fallback
    return Value(text_of(data), declaration.secret or (old is not None and old.secret))


def _content(kind: str, text: str) -> Any:
    if kind not in ("array", "object"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _fits(kind: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if kind == "integer":
        if isinstance(value, str):
            return re.fullmatch(r"[-+]?[0-9]+", value) is not None
        return not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value)
    if kind == "object":
        return isinstance(value, dict)
    inner = items or {}
    return isinstance(value, list) and all(_fits(str(inner.get("type")), inner.get("items"), one) for one in value)


def _type_name(kind: str, items: Mapping[str, Any] | None) -> str:
    return kind if items is None else f"array<{_type_name(str(items.get('type')), items.get('items'))}>"


def declared_keys(declarations: Mapping[str, Declaration], namespace: str) -> Iterator[tuple[str, Declaration]]:
    """The declared keys of a namespace, without the namespace and without the path into a value."""
    for key, declaration in declarations.items():
        root, _ = _way(key)
        if root.startswith(f"{namespace}:"):
            yield root.removeprefix(f"{namespace}:"), declaration
