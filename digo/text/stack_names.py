"""A stack's name in the names of files and of environment variables."""

from __future__ import annotations

import re

_SMALL, _CAPITAL = "{stack}", "{STACK}"


def for_files(pattern: str, stack: str) -> str:
    """The file's name: `{stack}` is the stack's name, and `{STACK}` is as in variables."""
    return for_variables(pattern, stack).replace(_SMALL, stack)


def for_variables(pattern: str, stack: str) -> str:
    """The variable's name: `{STACK}` is the stack's name in capitals, with `_` for all but letters and digits."""
    return pattern.replace(_CAPITAL, re.sub(r"[^A-Z0-9]", "_", stack.upper()))
