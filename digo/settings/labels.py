"""`digo:labels`: what a stack is called besides its name, such as `region: south`. Fleets choose stacks by them."""

from __future__ import annotations

import json
from collections.abc import Mapping

LONGEST = 200
MEANING = "digo:labels is a mapping of texts, such as {region: south}: see docs/fleets.md"


def parse_labels(text: str | None) -> tuple[dict[str, str], list[str]]:
    """The labels of the setting's value, and the problems of those that are none.

    Args:
        text: the value as a program gets it, a mapping as JSON; None where it is not set.
    """
    if text is None or not text.strip():
        return {}, []
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        return {}, [MEANING]
    problems = [problem for key, value in found.items() if (problem := _wrong(key, value))]
    return {key: value for key, value in found.items() if not _wrong(key, value)}, problems


def _wrong(key: str, value: object) -> str:
    if not _is_plain(key) or {"=", ","} & set(key):
        return f"digo:labels.{key} has no key of a label: it is a text without `=`, `,` and blanks at its ends"
    if isinstance(value, str) and _is_plain(value):
        return ""
    if isinstance(value, (bool, int, float)):
        return f"digo:labels.{key} is not a text; write its value in quotes"
    return f"digo:labels.{key} is a text that is not empty and has no blanks at its ends"


def _is_plain(text: str) -> bool:
    return bool(text) and text == text.strip() and text.isprintable() and len(text) <= LONGEST
