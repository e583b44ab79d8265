"""Property paths as `ignore_changes` and `replace_on_changes` write them: `a.b`, `a[0].b`, `a["x.y"]`, `a[*]`.

Source of the syntax: Pulumi's `resource.PropertyPath`.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from engine.values import PropertyMap, PropertyValue, Secret

Path: TypeAlias = tuple[str | int, ...]
ANY = "*"
_TOKEN = re.compile(r'\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.\[\]"]+)')


class _Missing:
    """The type of `_MISSING`: there is no such value."""


_MISSING = _Missing()


def parse_path(text: str) -> Path:
    """The path's keys and indices.

    Raises:
        ValueError: the text is no property path.
    """
    keys: list[str | int] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"not a property path: {text!r}")
        index, quoted, plain = match.groups()
        if index is not None:
            keys.append(ANY if index == ANY else int(index))
        elif quoted is not None:
            keys.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            keys.append(plain)
        position = match.end()
    if not keys:
        raise ValueError("an empty property path")
    return tuple(keys)


def covers(path: Path, other: Path) -> bool:
    """Whether `other` is the path or lies below it."""
    return len(path) <= len(other) and all(mine in (ANY, theirs) for mine, theirs in zip(path, other, strict=False))


def reset(path: Path, old: PropertyMap, new: PropertyMap) -> tuple[PropertyMap, bool]:
    """The new properties with the old value at the path, and whether that could be done.

    What the old lacks is taken out of the new; it cannot be done where the way there exists on one side alone.
    """
    return _reset(path, old, new)


def _reset(path: Path, old: PropertyValue, new: PropertyValue) -> tuple[PropertyValue, bool]:
    if not path:
        return old, True
    if isinstance(new, Secret) or isinstance(old, Secret):
        inner_old = old.value if isinstance(old, Secret) else old
        inner_new = new.value if isinstance(new, Secret) else new
        value, done = _reset(path, inner_old, inner_new)
        return (Secret(value), True) if done else (new, False)
    key, rest = path[0], path[1:]
    if key == ANY:
        return _reset_all(rest, old, new)
    if isinstance(key, str) and isinstance(old, dict) and isinstance(new, dict):
        return _reset_key(key, rest, old, new)
    if isinstance(key, int) and isinstance(old, list) and isinstance(new, list):
        if key >= len(old) or key >= len(new):
            return new, False
        value, done = _reset(rest, old[key], new[key])
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
    if before is _MISSING and after is _MISSING:
        return new, True
    if before is _MISSING or after is _MISSING:
        return new, False
    value, done = _reset(rest, before, after)
    return {**new, key: value}, done


def _reset_all(rest: Path, old: PropertyValue, new: PropertyValue) -> tuple[PropertyValue, bool]:
    if isinstance(old, dict) and isinstance(new, dict):
        result: PropertyValue = new
        done = True
        for key in [*old, *(key for key in new if key not in old)]:
            result, one = _reset_key(key, rest, old, result)
            done = done and one
        return result, done
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [_reset(rest, before, after) for before, after in zip(old, new, strict=True)]
        return [value for value, _ in pairs], all(done for _, done in pairs)
    return new, False
