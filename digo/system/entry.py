"""How a command line of this project starts. It needs only the standard library until it imports the commands."""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module

from digo.system.signals import Interrupted, raise_on_signals


def run_commands(module: str, package: str) -> None:
    """Imports the module of a command line, and runs its `main`. `package` is what its command is called.

    A signal that comes during the imports ends the process with one line, as it does later.
    """
    raise_on_signals()
    # Modules, config and state are many small objects that live to the end. Searching them for garbage takes a third
    # of the time of a short command: at start-up, during the work, and again at the end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    try:
        commands = import_module(module)
    except Interrupted as interrupted:
        print(f"interrupted by {interrupted.name} before anything was done", file=sys.stderr)
        sys.exit(interrupted.exit_code)
    except ModuleNotFoundError as missing:
        sys.exit(
            f"error: {sys.executable} has no module {missing.name}; run `make setup`, and then `.venv/bin/{package} …`"
        )
    commands.main()
