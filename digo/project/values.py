"""Config values as a program receives them: text, or JSON as Go writes it.

Source: pulumi/pulumi, `sdk/go/common/resource/config/object.go` and `value.go`; Go's `encoding/json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import yaml

from digo.project.go_yaml import data_of, pairs, scalar_of

Decrypt = Callable[[str], str]

_SECURE = "secure"
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Value:
    """A config value. Lists and mappings are JSON text."""

    text: str
    secret: bool = False

    def __repr__(self) -> str:
        return "Value([secret])" if self.secret else f"Value({self.text!r})"


def value_of(node: yaml.Node, decrypt: Decrypt) -> Value:
    """A node's value. It is secret if any part of it is encrypted."""
    ciphertext = secure_text(node)
    if ciphertext is not None:
        return Value(decrypt(ciphertext), secret=True)
    return Value(text_of(decrypt_values(node, decrypt)), secret=has_secure(node))


def decrypt_values(node: yaml.Node, decrypt: Callable[[str], Any]) -> Any:
    """A node as data, with what `decrypt` makes of its secrets."""
    ciphertext = secure_text(node)
    if ciphertext is not None:
        return decrypt(ciphertext)
    if isinstance(node, yaml.MappingNode):
        return {name: decrypt_values(value, decrypt) for name, _, value in pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [decrypt_values(item, decrypt) for item in node.value]
    return scalar_of(node)


def secure_text(node: yaml.Node) -> str | None:
    """The ciphertext of a secret value; None for any other."""
    entries = pairs(node)
    if len(entries) != 1 or entries[0][0] != _SECURE:
        return None
    value = data_of(entries[0][2])
    return value if isinstance(value, str) else None


def has_secure(node: yaml.Node) -> bool:
    """Whether any part of the node is encrypted."""
    if secure_text(node) is not None:
        return True
    if isinstance(node, yaml.MappingNode):
        return any(has_secure(value) for _, _, value in pairs(node))
    return isinstance(node, yaml.SequenceNode) and any(has_secure(item) for item in node.value)


def text_of(data: Any) -> str:
    """Data as a program receives it. None becomes the empty text.

    Raises:
        ValueError: JSON cannot hold a number in it.
    """
    if data is None:
        return ""
    if isinstance(data, datetime):
        return _moment(data)
    return data if isinstance(data, str) else go_json(data)


def go_json(data: Any) -> str:
    """JSON as Go writes it: keys sorted, no blanks, HTML's special characters escaped."""
    if isinstance(data, dict):
        entries = ",".join(f"{_quoted(str(name))}:{go_json(data[name])}" for name in sorted(data))
        return f"{{{entries}}}"
    if isinstance(data, list):
        return f"[{','.join(go_json(item) for item in data)}]"
    if isinstance(data, float):
        return _number(data)
    if isinstance(data, datetime):
        return _quoted(_moment(data))
    return _quoted(data) if isinstance(data, str) else json.dumps(data)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPED)


def _number(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("JSON has no such number")
    if number == 0:
        return "0"
    if not 1e-6 <= abs(number) < 1e21:
        mantissa, _, exponent = f"{Decimal(repr(number)).normalize():e}".partition("e")
        sign = "-" if exponent.startswith("-") else "+"
        return f"{mantissa}e{sign}{exponent.lstrip('+-').lstrip('0')}"
    text = f"{Decimal(repr(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(moment: datetime) -> str:
    """The text of a datetime as Go's `time.Time` prints it."""
    zone = moment.strftime("%z")
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    name = "UTC" if zone == "+0000" else zone
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {zone} {name}"
