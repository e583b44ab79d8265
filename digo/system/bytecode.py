"""Whole `.pyc` files or none.

Before 3.14, Python on a full disk may put the first part of a `.pyc` file in place and say nothing. Every later run
then fails to import the module, also when the disk has room again. After `use_whole_files`, a module's file is written
whole or not at all. A damaged file, whoever left it, is removed, and the source is read.

This module is imported before all others, so it imports next to nothing.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import machinery
from importlib.util import cache_from_source
from types import CodeType

_DAMAGED = (EOFError, ValueError, TypeError, ImportError)  # what `marshal` and its caller make of parts of a file


class WholeFileLoader(machinery.SourceFileLoader):
    """Loads modules as its base class does."""

    def set_data(self, path: str, data: object, *, _mode: int = 0o666) -> None:
        """Writes a `.pyc` file. A file that cannot be written whole is left out, as in the base class."""
        beside = f"{path}.{os.getpid()}"
        with suppress(OSError):
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # pathlib is not imported yet
            descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _mode & 0o666)
            try:
                try:
                    _write_all(descriptor, memoryview(data))  # type: ignore[arg-type]  # typeshed has no buffers in 3.10
                finally:
                    os.close(descriptor)
                os.replace(beside, path)  # noqa: PTH105
            except BaseException:
                os.unlink(beside)  # noqa: PTH108
                raise

    def get_code(self, fullname: str) -> CodeType | None:
        """The module's code, from its source if the `.pyc` file is damaged."""
        try:
            return super().get_code(fullname)
        except _DAMAGED:
            path = self.get_filename(fullname)
            with suppress(OSError, NotImplementedError):
                os.unlink(cache_from_source(path))  # noqa: PTH108
            return self.source_to_code(self.get_data(path), path)


def use_whole_files() -> None:
    """Has all further modules of this process loaded by `WholeFileLoader`, and lets Python write `.pyc` files again.

    Entry points set `sys.dont_write_bytecode` before they import this module: its own file would be written as before.
    """
    # A forked process has the flags of the process that it comes from, and an environment of its own.
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode or os.environ.get("PYTHONDONTWRITEBYTECODE"))
    if any(getattr(hook, "is_of_digo", False) for hook in sys.path_hooks):
        return
    hook = machinery.FileFinder.path_hook(
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (WholeFileLoader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    )
    hook.is_of_digo = True  # type: ignore[attr-defined]  # a function takes attributes
    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()


def _write_all(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
