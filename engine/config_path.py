"""Values at a path inside a config value, for `--path`: `digo:guards.maxCreates`, `names[0]`, `["a.b"].c`.

Source of the rules: pulumi/pulumi, `sdk/go/common/resource/config/object.go`.
"""

from __future__ import annotations

from typing import Any

from engine.failure import ConfigurationFailure
from protocol.property_path import INTEGER, Path, parse_path, shown

_SECURE = "secure"


def parse_key_path(text: str) -> tuple[str, Path]:
    """The config key that a path begins with, and the way on from its value: `a:b.c[0]` is `a:b` and `("c", 0)`.

    Raises `ConfigurationFailure`.
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


def _invalid(why: str) -> ConfigurationFailure:
    return ConfigurationFailure(f"invalid configuration key: {why}")


def coerced(text: str) -> Any:
    """What a text becomes inside a list or mapping: a truth, a whole number without leading zeros, or itself."""
    if text in ("true", "false"):
        return text == "true"
    if len(text) > 1 and text.startswith("0"):
        return text
    if INTEGER.fullmatch(text) and -(2**63) <= int(text) < 2**64:
        return int(text)
    return text


def with_value(data: Any, path: Path, value: Any, place: Path) -> Any:
    """The data with `value` at the path; what is missing on the way is made. `place` is the way to the data itself.

    Lists and mappings are changed where they are. Raises `ConfigurationFailure`, and changes nothing, where something
    else is in the way. A scalar at the top gives way, as in Pulumi.
    """
    if not path:
        return value
    step = path[0]
    if not isinstance(data, dict | list) or _is_secure(data):
        if data is not None and len(place) > 1:
            raise _unfit(place, "expected an array" if isinstance(step, int) else "expected a map")
        # A new list is as long as the index asks for, as Pulumi's; one that is there grows by one at most.
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
    """Takes out what lies at the path, and says whether something did; raises `ConfigurationFailure`."""
    step = path[0]
    if not holds(data, step):
        return False
    if len(path) > 1:
        return without_value(data[step], path[1:], (*place, step))
    if isinstance(data, dict):
        _require_readable({name: item for name, item in data.items() if name != step}, (*place, step))
    del data[step]
    return True


def holds(data: Any, step: str | int) -> bool:
    """Whether a list or mapping has something there; a secret is neither."""
    if isinstance(data, list):
        return isinstance(step, int) and 0 <= step < len(data)
    return isinstance(data, dict) and not _is_secure(data) and step in data


def _is_secure(data: Any) -> bool:
    return isinstance(data, dict) and list(data) == [_SECURE] and isinstance(data[_SECURE], str)


def _require_readable(data: dict[str, Any], place: Path) -> None:
    if _is_secure(data):
        raise _unfit(place, 'maps with the single key "secure" are reserved')


def _unfit(place: Path, why: str) -> ConfigurationFailure:
    return ConfigurationFailure(f"{shown(place)}: {why}")
