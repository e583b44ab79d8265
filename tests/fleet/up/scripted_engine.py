"""A project whose engine runs the Python code that its command line has, under the real fork server."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import engine

FORK_SERVER = "-m engine.fork_server"
_EMPTY = ("cli/__init__", "cli/main", "cli/operation", "cli/operation_commands", "deployment/__init__")
_MAIN = """
import sys
def main():
    code = sys.argv.pop(1)
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
if __name__ == "__main__": main()
"""


def write_engine(folder: Path, begin: str = "") -> None:
    """Makes the project's own `engine`. What it lacks is the real one's.

    Args:
        folder: the project's folder.
        begin: what the package runs as it is imported.
    """
    package = folder / "engine"
    for name in (*_EMPTY, "deployment/updating"):
        (package / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (package / f"{name}.py").touch()
    (package / "__init__.py").write_text(f"__path__.append({str(Path(engine.__file__).parent)!r})\n{begin}\n")
    (package / "__main__.py").write_text(_MAIN)


def command(script: str, *arguments: str) -> list[str]:
    """The command line of an engine that runs the code."""
    return [sys.executable, "-m", "engine", script, *arguments]


def environment(**more: str) -> dict[str, str]:
    """An engine's variables: what it needs to be found, and more."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}
