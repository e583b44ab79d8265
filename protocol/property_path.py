"""Property paths: `a.b`, `a[0].b`, `a["x.y"]`, `a[*]`. Config, resource options and differences share this grammar.

Source of the grammar: pulumi/pulumi, `sdk/go/common/resource/properties_path.go`.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from protocol.values import PropertyMap, PropertyValue, Secret

Path: TypeAlias = tuple[str | int, ...]
"""Keys of mappings and indices of lists. `*` means all of them."""

ANY = "*"
INTEGER = re.compile(r"[-+]?[0-9]+")
_QUOTED = re.compile(r'((?:\\"|[^"])*)"')


class _Missing:
    """The type of `_MISSING`, which marks an absent value."""


_MISSING = _Missing()


def parse_path(text: str) -> Path:
    """The elements of a path; none where the text is empty.

    Raises:
        ValueError: it is no path.
    """
    elements: list[str | int] = []
    if text.startswith("."):
        raise ValueError("expected property path to start with a name or index")
    while text:
        if text.startswith("."):
            text = text[1:]
            if not text:
                raise ValueError("expected property path to end with a name or index")
            if text.startswith("["):
                raise ValueError("expected property name after '.'")
        elif text.startswith('["'):
            name, text = _quoted(text[2:])
            elements.append(name)
        elif text.startswith("["):
            index, closing, text = text[1:].partition("]")
            if not closing:
                raise ValueError("missing closing bracket in array index")
            if index != ANY and not INTEGER.fullmatch(index):
                raise ValueError(f"invalid array index: {index!r}")
            elements.append(index if index == ANY else int(index))
        else:
            name = re.split(r"[.\[]", text, maxsplit=1)[0]
            elements.append(name)
            text = text[len(name) :]
    return tuple(elements)


def _quoted(text: str) -> tuple[str, str]:
    found = _QUOTED.match(text)
    if found is None:
        raise ValueError("missing closing quote in property name")
    if not text[found.end() :].startswith("]"):
        raise ValueError("missing closing bracket in property access")
    return found[1].replace('\\"', '"'), text[found.end() + 1 :]


def shown(path: Path) -> str:
    """A path as text."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.search(r'[.\[\]"]', step):
            text += '["{}"]'.format(step.replace('"', '\\"'))
        else:
            text += f".{step}" if text else step
    return text


def reset(path: Path, old: PropertyValue, new: PropertyValue) -> tuple[PropertyValue, bool]:
    """The new value with the old value at the path, and whether that was possible.

    A value that the old side lacks is removed from the new side. It is not possible where only one side has the
    parents of the path.
    """
    if not path:
        return old, True
    if isinstance(new, Secret) or isinstance(old, Secret):
        inner_old = old.value if isinstance(old, Secret) else old
        inner_new = new.value if isinstance(new, Secret) else new
        value, done = reset(path, inner_old, inner_new)
        return (Secret(value), True) if done else (new, False)
    key, rest = path[0], path[1:]
    if key == ANY:
        return _reset_all(rest, old, new)
    if isinstance(key, str) and isinstance(old, dict) and isinstance(new, dict):
        return _reset_key(key, rest, old, new)
    if isinstance(key, int) and isinstance(old, list) and isinstance(new, list):
        if not 0 <= key < min(len(old), len(new)):
            return new, False
        value, done = reset(rest, old[key], new[key])
        return [*new[:key], value, *new[key + 1 :]], done
    return new, False


def _reset_key(key: str, rest: Path, old: PropertyMap, new: PropertyMap) -> tuple[PropertyValue, bool]:
    before, after = old.get(key, _MISSING), new.get(key, _MISSING)
    if not rest:
        result = dict(new)
        if before is _MISSING:
            result.pop(key, None)
        else:
            result[key] = before
        return result, True
    if before is _MISSING or after is _MISSING:
        return new, before is after
    value, done = reset(rest, before, after)
    return {**new, key: value}, done


def _reset_all(rest: Path, old: PropertyValue, new: PropertyValue) -> tuple[PropertyValue, bool]:
    if isinstance(old, dict) and isinstance(new, dict):
        result: PropertyValue = new
        done = True
        for key in {**old, **new}:
            result, one = _reset_key(key, rest, old, result)
            done = done and one
        return result, done
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [reset(rest, before, after) for before, after in zip(old, new, strict=True)]
        return [value for value, _ in pairs], all(done for _, done in pairs)
    return new, False
