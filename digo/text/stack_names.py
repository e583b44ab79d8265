"""A stack's name in the names of files and of environment variables."""

from __future__ import annotations

import re

_SMALL, _CAPITAL = "{stack}", "{STACK}"


def file_of_stack(pattern: str, stack: str) -> str:
    """The file's name: `{stack}` is the stack's name, and `{STACK}` is as in variables."""
    return variable_of_stack(pattern, stack).replace(_SMALL, stack)


def variable_of_stack(pattern: str, stack: str) -> str:
    """The variable's name: `{STACK}` is the stack's name in capitals, with `_` for all but letters and digits."""
    return pattern.replace(_CAPITAL, re.sub(r"[^A-Z0-9]", "_", stack.upper()))
