"""How the commands of this project are called from where the user is, for next steps that can be pasted as they are.

`python -m digo.system.command_name` prints it for scripts.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "digo"
# Of the pulumi CLI's commands, those that the embedded engine has: a test holds them to it.
ENGINES_OWN = (
    "about", "cancel", "config", "destroy", "import", "preview", "refresh", "up", "version",
    "stack export", "stack history", "stack import", "stack init", "stack ls", "stack output", "stack rename",
    "stack rm", "stack select", "stack unselect", "state delete", "state unprotect",
)  # fmt: skip
_COMMANDS = re.compile(rf"`(?:(digo) (?=[a-z-])|(pulumi) (?=(?:{'|'.join(ENGINES_OWN)})\b))")
# A script names its interpreter in its first line, or in its second one where the path is long or has a space.
_HEAD_LINES = 2
_HEAD_BYTES = 4096


def digo_command(environ: Mapping[str, str] = os.environ) -> str:
    """The words that start this very `digo`.

    It is `digo` where PATH leads to it. Else it is the script beside this Python, such as `.venv/bin/digo`. Without a
    script, or in a process that was started as `python -m digo`, it is this Python with `-m digo`.
    """
    own = Path(sys.executable).parent / NAME
    found = shutil.which(NAME, path=environ.get("PATH"))
    if found and (_same(Path(found), own) or _runs_this_python(Path(found))):
        return NAME
    if own.is_file() and sys.orig_argv[1:3] != ["-m", NAME]:
        called = Path(sys.argv[0])  # by another path, where the virtual environment is a link
        return _shown(called if _same(called, own) else own, environ)
    return f"{_shown(Path(sys.executable), environ)} -m {NAME}"


def engine_command(environ: Mapping[str, str] = os.environ) -> str:
    """The words that start the engine: `pulumi` where it is on PATH, else the embedded engine of this `digo`."""
    return "pulumi" if shutil.which("pulumi", path=environ.get("PATH")) else f"{digo_command(environ)} engine"


def pasteable(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """A message with its commands (`digo …` and `pulumi …`, between backticks) as they are called here.

    A command that only the pulumi CLI has stays as it is.
    """
    if not _COMMANDS.search(text):
        return text
    words = {NAME: digo_command(environ), "pulumi": engine_command(environ)}
    return _COMMANDS.sub(lambda found: f"`{words[found[1] or found[2]]} ", text)


def _shown(path: Path, environ: Mapping[str, str]) -> str:
    """The path as a shell takes it: from the user's folder where that is shorter and known."""
    here = Path.cwd()
    shell = environ.get("PWD")
    # A program or a host runs in the project's folder, wherever the user is.
    if shell and _same(Path(shell), here):
        relative = os.path.relpath(path, here)
        if len(relative) < len(str(path)):
            return shlex.quote(relative)
    return shlex.quote(str(path))


def _runs_this_python(script: Path) -> bool:
    """Whether a script, such as one that an installer wrote, starts the Python of this process."""
    folder = Path(sys.executable).parent
    try:
        with script.open("rb") as file:
            head = file.read(_HEAD_BYTES).splitlines()[:_HEAD_LINES]
    except OSError:
        return False
    paths = (word for line in head for word in re.findall(r"(/[^\s\"']+)/python[\d.]*", os.fsdecode(line)))
    return any(_same(Path(path), folder) for path in paths)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


if __name__ == "__main__":
    print(digo_command())
