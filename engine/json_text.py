"""JSON from files that people can edit: state, imports. What UTF-8 cannot hold in it is made visible (`digo.text`)."""

from __future__ import annotations

import json
from typing import Any

from digo.text import may_escape_halves, visible_content


def loads(text: str | bytes) -> Any:
    """The content of a JSON text.

    Raises:
        ValueError: it is none.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    content = json.loads(text)
    return visible_content(content) if may_escape_halves(text) else content
