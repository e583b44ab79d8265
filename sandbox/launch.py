"""Starting the sandbox as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from sandbox.options import arguments


def launch_detached(options: Mapping[str, object], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a sandbox that goes on when the caller, its terminal and its process group end."""
    return subprocess.Popen(
        _command(options),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        env=_environment(),
    )


def launch_tied(options: Mapping[str, object], log: IO[bytes], python: str = sys.executable) -> subprocess.Popen[bytes]:
    """Start a sandbox that ends with the caller, however the caller ends. `python` is the Python that runs it."""
    return subprocess.Popen(
        [*_command(options, python), "--until-stdin-ends"],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=_environment(),
    )


def _command(options: Mapping[str, object], python: str = sys.executable) -> list[str]:
    return [python, "-m", "sandbox", *arguments(options)]


def _environment() -> dict[str, str]:
    # The package need not be installed, and the caller's working directory need not be the repository.
    package_parent = str(Path(__file__).resolve().parent.parent)
    search_path = filter(None, [package_parent, os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(search_path)}
