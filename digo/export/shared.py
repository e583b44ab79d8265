"""Finds other environments that change when a file of one is written: through `extends` or links."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from digo.desired.environment_reader import EnvironmentReader, config_files
from digo.desired.overlays import folders_of
from digo.source.positions import shown_path


def environments_with(files: Iterable[Path], folder: Path, root: Path) -> tuple[str, ...]:
    """The folders, as messages name them, of the environments beside `folder` that read one of the files."""
    changed = {path.resolve() for path in files}
    if not changed or not folder.parent.is_dir():
        return ()
    found = []
    for other in sorted(folder.parent.iterdir()):
        if other.is_dir() and other.resolve() != folder:
            chain = folders_of(EnvironmentReader(root, {}), other.resolve())
            if folder in chain or any(not changed.isdisjoint(_files(one)) for one in chain):
                found.append(shown_path(other, root))
    return tuple(found)


def _files(folder: Path) -> set[Path]:
    return {path.resolve() for path in config_files(folder, "agents")}
