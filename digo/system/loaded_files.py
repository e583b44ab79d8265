"""The files that the modules of this process were loaded from, to see whether they are still the same."""

from __future__ import annotations

import os
import sys

Stamp = tuple[int, int, int] | None


class LoadedFiles:
    """The files of all modules that are loaded now."""

    def __init__(self) -> None:
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self._stamps = {path: _stamp(path) for path in files if path}

    def have_changed(self) -> bool:
        """Whether one of them is gone, was written, or is another one, as after an upgrade."""
        return any(_stamp(path) != stamp for path, stamp in self._stamps.items())


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - hundreds of them, before each fork
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
