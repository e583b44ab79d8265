"""What takes long to make, such as a virtual environment, is made by one worker of `pytest` and used by all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this session.

    Args:
        factory: the session's `tmp_path_factory`.
        name: the folder's name, one for each thing that is made.
        make: called by the first worker that comes, with the folder's path. It makes the folder.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    done = folder.with_name(f"{name}.done")
    with FileLock(folder.with_name(f"{name}.lock")):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # a worker failed half way
            make(folder)
            done.touch()
    return folder
