r"""Makes text visible that UTF-8 cannot hold.

JSON may contain half of a surrogate pair (`"\ud83d"`). Python reads bytes of the environment and of file names that are
no UTF-8 as lone surrogates (PEP 383). No file, terminal, gRPC message or HTTP body can hold such a character.
"""

from __future__ import annotations

from typing import Any


def visible(text: str) -> str:
    r"""The text with each lone surrogate spelt out, as in `Sales \ud83d`. Other text stays as it is."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold the text: it has no lone surrogate."""
    return visible(text) == text


def visible_content(content: Any) -> Any:
    """JSON content with all of its texts visible, keys as well as values."""
    if isinstance(content, str):
        return visible(content)
    if isinstance(content, list):
        return [visible_content(one) for one in content]
    if isinstance(content, dict):
        return {visible(name): visible_content(value) for name, value in content.items()}
    return content


def may_escape_surrogates(json_text: str) -> bool:
    """Whether a JSON text may escape half of a surrogate pair. Whole pairs are escaped the same way."""
    return "\\ud" in json_text or "\\uD" in json_text
