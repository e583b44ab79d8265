"""The API's own words about why it refused: found in whatever shape a framework puts them.

The page documents no errors. The shapes here are those of frameworks that services of this kind are written in: texts
by field at the root (the sibling product), under `errors` (Laravel, Rails, JSON:API), under `error` (Google, Stripe),
under `detail` (FastAPI, Django), in `message`, and RFC 9457's `title` and `detail`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from digo.api.decoding import NO_JSON
from digo.redact import Redactor
from digo.text import visible

MOST_QUOTED = 200
"""Characters of one reason."""
MOST_REASONS = 10

Reason = tuple[str, str]
"""A field, "" where none is named, and what is said about it."""

# Under these a reply speaks. Their order is the order of reading: the general before the particular.
_SPEAKING = (
    "message",
    "msg",
    "title",
    "error",
    "error_description",
    "error_message",
    "description",
    "detail",
    "details",
    "reason",
    "reasons",
    "errors",
    "messages",
    "invalid-params",
    "invalid_params",
    "validation_errors",
    "violations",
)
# These name what an item of a list of errors is about.
_NAMING = ("field", "param", "property", "attribute", "propertyPath", "loc", "source", "pointer", "path", "name")
_NAMING_AT_THE_ROOT = ("field", "param", "property", "attribute")
# These only wrap what is said.
_WRAPPING = frozenset({"data", "response", "result", "body"})
# These say nothing that helps where they are plain values.
_SILENT = frozenset({"success", "status", "statusCode", "status_code", "code", "type", "instance", "timestamp"})
_LEVELS = 6
_MOST_READ = 1000
_LONGEST_READ = 10_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def reasons_of(content: Any, redact: Redactor) -> tuple[Reason, ...]:
    """The reasons in a decoded body, each once, redacted and short. Empty where it gives none."""
    found: dict[Reason, None] = {}
    for field, words in islice(_found(content, "", _LEVELS), _MOST_READ):
        if text := quoted(words, redact):
            found[quoted(field, redact), text] = None
        if len(found) > MOST_REASONS:
            return (*list(found)[:MOST_REASONS], ("", "and more"))
    return tuple(found)


def reasons_in_text(text: str, redact: Redactor) -> tuple[Reason, ...]:
    """The reason that a body gives that is plain text: all of it. Markup, half a JSON and binary data are no reason."""
    words = text.strip()
    if not words or words[0] in '<{["' or _CONTROL.search(re.sub(r"\s", "", words)):
        return ()
    return (("", quoted(words, redact)),)


def joined(reasons: tuple[Reason, ...]) -> str:
    """The reasons as the end of a sentence."""
    return "; ".join(f"{field}: {text}" if field else text for field, text in reasons)


def quoted(text: str, redact: Redactor) -> str:
    """Words of somebody else, on one line, visible, redacted, and cut to `MOST_QUOTED` characters."""
    line = " ".join(visible(text[:_LONGEST_READ]).split())
    shown = redact(_CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", line))
    return shown if len(shown) <= MOST_QUOTED else shown[: MOST_QUOTED - 1] + "…"


def _found(content: Any, field: str, levels: int) -> Iterator[Reason]:
    """Reasons in reading order. `levels` is how many may still be looked through."""
    if isinstance(content, str):
        yield field, content
    elif not levels or content is NO_JSON:
        return
    elif isinstance(content, list):
        for item in content:
            yield from _found(item, field, levels - 1)
    elif isinstance(content, dict):
        yield from _in_object(content, field, levels)


def _in_object(content: dict[str, Any], field: str, levels: int) -> Iterator[Reason]:
    if speaking := [name for name in _SPEAKING if _speaks(content.get(name))]:
        about = _joined(field, _named(content, _NAMING_AT_THE_ROOT if levels == _LEVELS else _NAMING))
        for name in speaking:
            yield from _found(content[name], about, levels - 1)
        return
    plain = {name for name, value in content.items() if name in _SILENT and not isinstance(value, (list, dict))}
    # A bare code is better than no word at all.
    told = content.keys() - plain or plain
    for name, value in content.items():
        if name in told and name != "success":
            wraps = name in _WRAPPING and isinstance(value, (list, dict))
            yield from _found(value, field if wraps else _joined(field, name), levels - 1)


def _speaks(value: Any) -> bool:
    return isinstance(value, (str, list, dict)) and bool(value)


def _named(content: dict[str, Any], naming: tuple[str, ...]) -> str:
    """The field that an error is about: a name, a path of names, or a JSON pointer."""
    for name in naming:
        value = content.get(name)
        if isinstance(value, dict):
            value = value.get("pointer") or value.get("parameter")
        if isinstance(value, list) and value:
            return ".".join(str(part) for part in value if part not in ("body", "query", "header"))
        if isinstance(value, str) and value:
            return value.strip("/").replace("/", ".")
    return ""


def _joined(field: str, name: str) -> str:
    return f"{field}.{name}" if field and name else field or name
