"""JSON that a person may have written, such as a state. Lone surrogates are made visible (`digo.text.unicode`)."""

from __future__ import annotations

import json
from typing import Any

from digo.text.unicode import may_escape_surrogates, visible_content


def loads(text: str | bytes) -> Any:
    """The content of a JSON text.

    Raises:
        ValueError: the text is not JSON.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    content = json.loads(text)
    return visible_content(content) if may_escape_surrogates(text) else content
