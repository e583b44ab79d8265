"""Checks input that reaches a process as bytes: its environment, its arguments, names of files.

Python reads bytes that are not UTF-8 as lone surrogates. No request, state or message of Pulumi can carry those, so
they are refused at the entrance. `digo`, the program, the provider host and the embedded engine all check here and
report the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from digo.system.limits import broken_limits
from digo.text.redact import mask_numbers
from digo.text.unicode import is_unicode, visible

PREFIXES = ("DIGO_", "PULUMI_")
# Config uses these variables; a broken one is refused where it is used.
_OF_CONFIG = "DIGO_VAR_"


def broken_variables(environ: Mapping[str, str]) -> list[str]:
    """The problems of the variables that digo and Pulumi read: each by its name, never with its value."""
    broken = [
        not_utf8(visible(name))
        for name, value in environ.items()
        if name.startswith(PREFIXES) and not name.startswith(_OF_CONFIG) and not is_unicode(name + value)
    ]
    return broken + broken_limits(environ)


def not_utf8(name: str) -> str:
    """The problem of one variable that is not UTF-8."""
    return f"the environment variable {name} has bytes that are not UTF-8; set it again, in UTF-8"


def broken_arguments(arguments: Sequence[str]) -> list[str]:
    """The problems of a command line's arguments."""
    return [
        f"argument {number} (`{mask_numbers(visible(text))}`) has bytes that are not UTF-8; write it in UTF-8"
        for number, text in enumerate(arguments, start=1)
        if not is_unicode(text)
    ]


def broken_folder(folder: Path) -> str | None:
    """The problem of a project folder's name, which Pulumi's protocol carries as text; None if it is valid."""
    if is_unicode(str(folder)):
        return None
    return f"the project's folder {visible(str(folder))} has a name that is not UTF-8; rename it, or move the project"
