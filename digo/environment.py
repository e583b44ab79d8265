"""What comes from the outside of a process as bytes: its environment, its arguments, names of files.

Python reads bytes that are no UTF-8 as lone surrogates. No request, no state and no message of Pulumi can take those,
so they are refused where they come in. Each process asks here: `digo`, the program, the provider host and the embedded
engine say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from digo.redact import mask_numbers
from digo.text import is_unicode, visible

PREFIXES = ("DIGO_", "PULUMI_")
# Config names its own variables: they are refused at the place that uses them.
_OF_CONFIG = "DIGO_VAR_"


def broken_variables(environ: Mapping[str, str]) -> list[str]:
    """What is wrong with the variables that we and Pulumi read: each by its name, never with its value."""
    return [
        not_utf8(visible(name))
        for name, value in environ.items()
        if name.startswith(PREFIXES) and not name.startswith(_OF_CONFIG) and not is_unicode(name + value)
    ]


def not_utf8(name: str) -> str:
    """What is wrong with one variable."""
    return f"the environment variable {name} has bytes that are not UTF-8; set it again, in UTF-8"


def broken_arguments(arguments: Sequence[str]) -> list[str]:
    """What is wrong with the arguments of a command line."""
    return [
        f"argument {number} (`{mask_numbers(visible(text))}`) has bytes that are not UTF-8; write it in UTF-8"
        for number, text in enumerate(arguments, start=1)
        if not is_unicode(text)
    ]


def broken_folder(folder: Path) -> str | None:
    """What is wrong with the name of a project's folder, which Pulumi's protocol carries as text."""
    if is_unicode(str(folder)):
        return None
    return f"the project's folder {visible(str(folder))} has a name that is not UTF-8; rename it, or move the project"
