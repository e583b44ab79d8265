"""Finds the API's own reasons for a refusal, in the error shapes of common frameworks.

The page documents no errors. The shapes here are: texts by field at the root (the sibling product), under `errors`
(Laravel, Rails, JSON:API), under `error` (Google, Stripe), under `detail` (FastAPI, Django), in `message`, and RFC
9457's `title` and `detail`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from digo.api.decoding import NO_JSON
from digo.text.redact import Redactor
from digo.text.unicode import visible

MOST_QUOTED = 200
"""The longest reason, in characters."""
MOST_REASONS = 10

Reason = tuple[str, str]
"""A field ("" if the API named none) and the text about it."""

# These keys hold the text of an error. They are read in this order: the general ones first.
_TEXT_KEYS = (
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
# These keys name the field that an item of a list of errors is about.
_FIELD_KEYS = ("field", "param", "property", "attribute", "propertyPath", "loc", "source", "pointer", "path", "name")
_ROOT_FIELD_KEYS = ("field", "param", "property", "attribute")
# These keys only wrap other content.
_WRAPPER_KEYS = frozenset({"data", "response", "result", "body"})
# Plain values of these keys do not help a user.
_CODE_KEYS = frozenset({"success", "status", "statusCode", "status_code", "code", "type", "instance", "timestamp"})
_LEVELS = 6
_MOST_READ = 1000
_LONGEST_READ = 10_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def reasons_of(content: Any, redact: Redactor) -> tuple[Reason, ...]:
    """The reasons in a decoded body, each once, redacted and short. Empty if it gives none."""
    found: dict[Reason, None] = {}
    for field, words in islice(_found(content, "", _LEVELS), _MOST_READ):
        if text := quoted(words, redact):
            found[quoted(field, redact), text] = None
        if len(found) > MOST_REASONS:
            return (*list(found)[:MOST_REASONS], ("", "and more"))
    return tuple(found)


def reasons_in_text(text: str, redact: Redactor) -> tuple[Reason, ...]:
    """The text of a plain-text body as its reason. Markup, broken JSON and binary data give none."""
    words = text.strip()
    if not words or words[0] in '<{["' or _CONTROL.search(re.sub(r"\s", "", words)):
        return ()
    return (("", quoted(words, redact)),)


def join_reasons(reasons: tuple[Reason, ...]) -> str:
    """The reasons as one text, the end of a sentence."""
    return "; ".join(f"{field}: {text}" if field else text for field, text in reasons)


def quoted(text: str, redact: Redactor) -> str:
    """A text from outside on one line: visible, redacted, and cut to `MOST_QUOTED` characters."""
    line = " ".join(visible(text[:_LONGEST_READ]).split())
    shown = redact(_CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", line))
    return shown if len(shown) <= MOST_QUOTED else shown[: MOST_QUOTED - 1] + "…"


def _found(content: Any, field: str, levels: int) -> Iterator[Reason]:
    """The reasons in reading order. `levels` is how much deeper it may look."""
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
    if texts := [name for name in _TEXT_KEYS if _has_text(content.get(name))]:
        about = _joined(field, _field_of(content, _ROOT_FIELD_KEYS if levels == _LEVELS else _FIELD_KEYS))
        for name in texts:
            yield from _found(content[name], about, levels - 1)
        return
    plain = {name for name, value in content.items() if name in _CODE_KEYS and not isinstance(value, (list, dict))}
    # A bare code is better than nothing.
    shown = content.keys() - plain or plain
    for name, value in content.items():
        if name in shown and name != "success":
            wraps = name in _WRAPPER_KEYS and isinstance(value, (list, dict))
            yield from _found(value, field if wraps else _joined(field, name), levels - 1)


def _has_text(value: Any) -> bool:
    return isinstance(value, (str, list, dict)) and bool(value)


def _field_of(content: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The field that an error is about, from a name, a path of names, or a JSON pointer."""
    for name in keys:
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
