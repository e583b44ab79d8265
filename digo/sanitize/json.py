"""For JSON: the same values, escaped so that a terminal and a pipeline's log can show the text."""

from __future__ import annotations

import json
import re
from typing import Any

from digo.sanitize.annotations import OPENED, PASSED_OVER
from digo.sanitize.terminal import ODD, SUSPECT

# No encoding has lone surrogates; `##[` is a command to some pipelines' logs.
_ODD = re.compile(f"{ODD}|[\ud800-\udfff]|#(?={PASSED_OVER}#{OPENED})")


def for_json(
    value: Any, *, indent: int | None = None, separators: tuple[str, str] | None = None, sort_keys: bool = False
) -> str:
    """The value as JSON.

    Characters that a terminal would obey or not show are escaped; a JSON reader gets every value unchanged.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, sort_keys=sort_keys)
    if text.count("#") < 2 and not SUSPECT.search(text):
        return text
    return _ODD.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    sign = found.group()
    if found["kept"]:
        return sign
    return f"\\u{ord(sign):04x}" if sign.isascii() else json.dumps(sign)[1:-1]
