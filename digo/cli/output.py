"""Output of commands. Lines are wrapped for a terminal, but not for a log or a pipe, so that they can be searched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO, cast

import click
from rich.console import Console

from digo.sanitize.console import SafeConsole
from digo.sanitize.streams import SanitizedStream
from digo.system.atomic_file import write_file_atomically

_LOG_WIDTH = 1000

FORM_OF: Mapping[str, str] = {".json": "json", ".md": "markdown", ".html": "html"}
"""The formats of files by their endings."""
FILE = click.Path(dir_okay=False, path_type=Path)
"""The type of options that name a file to write."""


class Rendered(str):
    """Output of a console: its text is clean, and its styles are intended."""


def console() -> Console:
    """The console for standard output. It removes control codes: see `digo.sanitize.console`."""
    return SafeConsole(width=None if sys.stdout.isatty() else _LOG_WIDTH)


def error_console() -> Console:
    """The console for standard error."""
    return SafeConsole(stderr=True)


def captured(show: Callable[[Console], None]) -> Rendered:
    """The text that `show` prints on the console."""
    out = console()
    with out.capture() as capture:
        show(out)
    return Rendered(capture.get())


def write_output(text: str, file: Path | None) -> None:
    """Writes to the file, or to standard output where it is None.

    Control codes are removed on standard output, unless a console has done so (`Rendered`).
    """
    if file is not None and not _is_standard_output(file):
        write_file_atomically(file, text)
        return
    out = sys.stdout
    if isinstance(out, SanitizedStream) and isinstance(text, Rendered):
        out = cast(TextIO, out.styled)
    out.write(text)
    out.flush()


def check_endings(files: Iterable[Path], forms: Iterable[str] = FORM_OF) -> None:
    """Refuses files of `--write` whose endings name no format.

    Raises:
        click.UsageError: there is one.
    """
    known = tuple(forms)
    if unknown := [str(path) for path in files if path.suffix not in known]:
        raise click.UsageError(f"--write {unknown[0]}: a file ends in {', '.join(known)}")


def check_folders(files: Sequence[Path]) -> None:
    """Refuses files that cannot be written, before minutes go into what they are to show.

    Raises:
        click.UsageError: a file's folder is not there, or is read-only.
    """
    for file in files:
        is_replaced = file.is_file() or not file.exists()  # and /dev/stdout is not
        if is_replaced and not os.access(file.parent, os.W_OK | os.X_OK):
            raise click.UsageError(f"{file} cannot be written: there is no such folder, or it is read-only")


def _is_standard_output(file: Path) -> bool:
    """Whether the file is standard output, such as /dev/stdout. Replacing it would lose the other output."""
    try:
        return os.path.samestat(file.stat(), os.fstat(1))
    except OSError:
        return False
