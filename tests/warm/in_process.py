"""A command line of this project inside this process: a third of the time of a process of its own.

Output goes through real files, so a command sees what it sees of a pipe: no terminal, and a descriptor.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO
from unittest import mock


class _Replaced(AssertionError):
    """The command would have put another program in this process's place: start it as a process."""


def call(
    main: Callable[[Sequence[str]], int],
    module: str,
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    *,
    python: Path | None = None,
    stdin: str = "",
) -> tuple[int, str, str]:
    """Runs a command as `python -m module` does in the folder.

    Args:
        main: the module's command line, which returns the exit code.
        module: what the caller is shown to have started.
        arguments: of the command.
        folder: the project's folder.
        environ: all environment variables.
        python: what the command starts Python processes with; without it the folder's own one, where it has one.
        stdin: what the command reads.

    Returns:
        The exit code, standard output and standard error.
    """
    own = folder / ".venv/bin/python"
    executable = str(python or (own if own.exists() else sys.executable))
    with _Output() as out, _Output() as err, _working_folder(folder), contextlib.ExitStack() as put:
        put.enter_context(mock.patch.dict(os.environ, environ, clear=True))
        put.enter_context(mock.patch.multiple(sys, stdout=out.stream, stderr=err.stream, executable=executable))
        put.enter_context(mock.patch.object(sys, "stdin", io.StringIO(stdin)))
        put.enter_context(mock.patch.object(os, "execve", side_effect=_Replaced))
        put.enter_context(mock.patch.object(sys, "argv", [module, *arguments]))
        put.enter_context(mock.patch.object(sys, "orig_argv", [executable, "-m", module, *arguments]))
        code = main(arguments)
        return code, out.text(), err.text()


class _Output:
    """A file that a command prints to. The command has a descriptor of its own, which it may lead elsewhere."""

    def __enter__(self) -> _Output:
        self._file = tempfile.TemporaryFile()
        descriptor = os.dup(self._file.fileno())
        self.stream: TextIO = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self._file.close()

    def text(self) -> str:
        self.stream.flush()
        self._file.seek(0)
        return self._file.read().decode("utf-8")


@contextlib.contextmanager
def _working_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
