"""Values at a path inside a config value, for `--path`: `digo:guards.maxCreates`, `names[0]`, `["a.b"].c`.

Source of the rules: pulumi/pulumi, `sdk/go/common/resource/config/object.go`.
"""

from __future__ import annotations

from typing import Any

from digo.project.failure import InvalidConfig
from protocol.property_path import INTEGER, Path, parse_path, path_text

SECURE = "secure"
"""The only key of an encrypted value."""


def parse_key_path(text: str) -> tuple[str, Path]:
    """The config key at the start of a path, and the rest of the path: `a:b.c[0]` is `a:b` and `("c", 0)`.

    Raises `InvalidConfig`.
    """
    try:
        path = parse_path(text)
    except ValueError as error:
        raise _invalid(f"invalid config key path: {error}") from None
    if not path:
        raise _invalid("empty config key path")
    key = path[0]
    if not isinstance(key, str):
        raise _invalid("first path segment of config key must be a string")
    if not key:
        raise _invalid("config key is empty")
    return key, path[1:]


def _invalid(why: str) -> InvalidConfig:
    return InvalidConfig(f"invalid configuration key: {why}")


def coerced(text: str) -> Any:
    """The value of a text inside a list or mapping: a boolean, a whole number without leading zeros, or the text."""
    if text in ("true", "false"):
        return text == "true"
    if len(text) > 1 and text.startswith("0"):
        return text
    if INTEGER.fullmatch(text) and -(2**63) <= int(text) < 2**64:
        return int(text)
    return text


def with_value(data: Any, path: Path, value: Any, place: Path) -> Any:
    """Sets the value at the path; missing lists and mappings are created. `place` is the path of the data itself.

    Lists and mappings are changed in place. Raises `InvalidConfig`, and changes nothing, if a scalar or another
    kind of container is on the path. A scalar at the top is replaced, as in Pulumi.
    """
    if not path:
        return value
    step = path[0]
    if not isinstance(data, dict | list) or is_secure(data):
        if data is not None and len(place) > 1:
            raise _unfit(place, "expected an array" if isinstance(step, int) else "expected a map")
        # As in Pulumi, a new list is as long as the index needs. An existing list grows by at most one.
        data = [None] * (step + 1) if isinstance(step, int) else {}
    further = (*place, step)
    if isinstance(data, list):
        if not isinstance(step, int):
            raise _unfit(further, "key for an array must be an int")
        if not 0 <= step <= len(data):
            raise _unfit(further, "array index out of range")
        new = with_value(data[step] if step < len(data) else None, path[1:], value, further)
        data[step : step + 1] = [new]
        return data
    if not isinstance(step, str):
        raise _unfit(further, "key for a map must be a string")
    new = with_value(data.get(step), path[1:], value, further)
    _require_readable({**data, step: new}, further)
    data[step] = new
    return data


def without_value(data: Any, path: Path, place: Path) -> bool:
    """Removes the value at the path; whether there was one. Raises `InvalidConfig`."""
    step = path[0]
    if not has_step(data, step):
        return False
    if len(path) > 1:
        return without_value(data[step], path[1:], (*place, step))
    if isinstance(data, dict):
        _require_readable({name: item for name, item in data.items() if name != step}, (*place, step))
    del data[step]
    return True


def has_step(data: Any, step: str | int) -> bool:
    """Whether a list or mapping has this index or key. A secret is neither."""
    if isinstance(data, list):
        return isinstance(step, int) and 0 <= step < len(data)
    return isinstance(data, dict) and not is_secure(data) and step in data


def is_secure(data: Any) -> bool:
    """Whether a value is encrypted."""
    return isinstance(data, dict) and list(data) == [SECURE] and isinstance(data[SECURE], str)


def _require_readable(data: dict[str, Any], place: Path) -> None:
    if is_secure(data):
        raise _unfit(place, 'maps with the single key "secure" are reserved')


def _unfit(place: Path, why: str) -> InvalidConfig:
    return InvalidConfig(f"{path_text(place)}: {why}")
