"""Messages of programs and providers. Colours are kept, other control codes are escaped."""

from __future__ import annotations

import re

from rich.text import Text

from digo.sanitize.terminal import for_terminal

_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")
# Reset, weight, italics, underline and the colours of letters. A background or "conceal" can hide words.
_KEPT = re.compile(
    r"\x1b\[(?:(?:0?[0-4]|22|23|24|39|3[0-7]|9[0-7]|38;5;[0-9]+|38;2;[0-9]+;[0-9]+;[0-9]+)(?:;(?!m)|(?=m)))*m"
)


def coloured(message: str) -> Text:
    """The message as a rich `Text`, without blanks at its end."""
    parts = _STYLE.split(message.rstrip())
    return Text.from_ansi("".join(part if _KEPT.fullmatch(part) else for_terminal(part) for part in parts))
