"""Lead files and route files in an environment's folder that nothing reads."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from digo.lists.files.source import is_source
from digo.source.positions import Position, shown_path
from digo.source.problems import Problem
from digo.system.limits import FOLDERS
from digo.text.counts import counted
from digo.text.unicode import visible

_HIDDEN = (".", "~$")  # programs make files of such names beside the user's own
_NEXT = "put it into a `source` or `files`, or take it out of config/: it may have personal data"


def unused_files(folder: Path, root: Path, used: Iterable[Path]) -> list[Problem]:
    """A warning for each folder with files that look like a list's and that no entry names.

    Args:
        folder: the environment's folder. It is not looked at further than the limit of folders.
        root: the folder that file names in positions are relative to.
        used: the files that lists and masking numbers of the environment read.
    """
    known = {path.resolve() for path in used}
    found: dict[Path, list[Path]] = defaultdict(list)
    for count, (place, folders, names) in enumerate(os.walk(folder)):
        if count >= FOLDERS.value():
            break
        folders[:] = sorted(name for name in folders if not name.startswith(_HIDDEN))
        paths = [Path(place, name) for name in sorted(names) if is_source(name) and not name.startswith(_HIDDEN)]
        if strange := [path for path in paths if path.resolve() not in known]:
            found[Path(place)] = strange
    return [_problem(paths, root.resolve()) for paths in found.values()]


def _problem(paths: list[Path], root: Path) -> Problem:
    which = "this file"
    if len(paths) > 1:
        names = ", ".join(f"`{visible(path.name)}`" for path in paths[1:4])
        which = f"this file and {counted(len(paths) - 1, 'other')} beside it ({names}{' …' if len(paths) > 4 else ''})"
    message = f"nothing in this environment reads {which}; {_NEXT}"
    return Problem(Position(shown_path(paths[0].resolve(), root), 1, 1), "", message)
