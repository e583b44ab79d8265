"""Starting the sandbox as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from sandbox.options import arguments


def launch(options: Mapping[str, object], log: IO[bytes], own_session: bool) -> subprocess.Popen[bytes]:
    """Start `python -m sandbox` with these options; what it prints goes to `log`.

    `own_session` keeps it alive when the terminal or the process group of the caller ends.
    """
    # The package need not be installed, and the caller's working directory need not be the repository.
    package_parent = str(Path(__file__).resolve().parent.parent)
    search_path = os.pathsep.join(filter(None, [package_parent, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments(options)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=own_session,
        env={**os.environ, "PYTHONPATH": search_path},
    )
