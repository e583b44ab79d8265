"""Decodes a reply's body into content that every file, message and display can take.

A body is not always the JSON that RFC 8259 asks for. All bodies are decoded here. Texts are made visible
(`digo.text.unicode`), numbers that no double can hold stay text, and an ambiguous body counts as no JSON.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from email.message import Message
from enum import Enum
from typing import Any

from digo.text.unicode import is_unicode, may_escape_surrogates, visible, visible_content

MOST_LEVELS = 20
"""How deep a reply may be nested. Protobuf allows 100 levels, and each level of JSON takes three of them."""


class _Missing(Enum):
    NO_JSON = "no JSON"


NO_JSON = _Missing.NO_JSON

_LONGEST_EXACT = 15  # a double holds every number of so many digits
_LONGEST_WHOLE = 18  # 64 bits hold every number of so many digits
_HALF = re.compile(r"\\ud[89a-f][0-9a-f]{2}", re.IGNORECASE)


def decode_body(body: bytes, content_type: str = "", *, exact: bool = False) -> Any:
    """The content of a JSON body, or `NO_JSON`.

    An object with two different values under one name is not JSON here; nor is content nested deeper than
    `MOST_LEVELS`.

    Args:
        body: the reply's bytes.
        content_type: the header. Its charset counts only if the body is not Unicode.
        exact: keeps a number with a point as its text, and whole numbers as numbers up to 64 bits. Otherwise a number
            that a double cannot hold becomes text.
    """
    text = body_text(body, content_type)
    try:
        content = json.loads(
            text,
            parse_float=str if exact else _finite,
            parse_int=_in_64_bits if exact else _in_a_double,
            parse_constant=str,
            object_pairs_hook=_one_of_each,
        )
    except (ValueError, RecursionError):
        return NO_JSON
    if _is_deep(content):
        return NO_JSON
    return visible_content(content) if may_escape_surrogates(text) or not is_unicode(text) else content


def body_text(body: bytes, content_type: str = "") -> str:
    """The body as text; it never fails.

    It tries Unicode, with or without a byte order mark, then the charset of the header. Other bytes become lone
    surrogates.
    """
    for encoding in (json.detect_encoding, lambda _: _charset(content_type)):
        with contextlib.suppress(LookupError, ValueError):
            return body.decode(encoding(body)).removeprefix("\ufeff")
    return body.decode("utf-8", "surrogateescape")


def is_broken(text: str) -> bool:
    """Whether a decoded text has an escaped half of a character, which proves that it was damaged."""
    return _HALF.search(text) is not None


def _charset(content_type: str) -> str:
    message = Message()
    message["content-type"] = visible(content_type).replace("\n", " ").replace("\r", " ")
    return str(message.get_param("charset") or "utf-8")


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _in_a_double(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_EXACT else text


def _in_64_bits(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_WHOLE else text


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs) and any(found[name] != value for name, value in pairs):
        raise ValueError("an object says two things under one name")
    return found


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(MOST_LEVELS + 1):
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
