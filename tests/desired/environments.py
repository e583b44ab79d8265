"""Writes an environment's folder and loads it, and gives what is wrong with it as the user reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from digo.desired import ConfigError, Desired, load_environment

Files = Mapping[str, str | bytes]


def write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def load(root: Path, files: Files) -> Desired:
    """The desired state of `config/t`, with positions that begin with the file's name alone."""
    root.mkdir(parents=True, exist_ok=True)
    folder = root / "t"
    folder.mkdir(exist_ok=True)
    write(folder, files)
    return load_environment(folder, folder)


def problems(root: Path, files: Files) -> list[str]:
    """The lines of the error, in its order."""
    with pytest.raises(ConfigError) as caught:
        load(root, files)
    head, *lines = str(caught.value).splitlines()
    count = len(lines)
    assert head == f"{count} problem{'s' if count != 1 else ''} in the config; nothing was read or written:"
    assert all(line.startswith("  ") for line in lines)
    return [line[2:] for line in lines]
