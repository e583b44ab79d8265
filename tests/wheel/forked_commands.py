"""Commands of an installed `digo`, each in a process of its own that one cold Python forks: a command alone takes as
long to import what all of them import."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FORKS = """
import importlib, json, os, runpy, sys

digo, results, modules, commands = sys.argv[1], sys.argv[2], sys.argv[3].split(), json.loads(sys.argv[4])
for module in modules:
    importlib.import_module(module)
for number, (folder, arguments, environ) in enumerate(commands):
    process = os.fork()
    if process == 0:
        os.chdir(folder)
        os.environ.update(environ)
        for descriptor in (1, 2):
            os.dup2(os.open(f"{results}/{number}.{descriptor}", os.O_CREAT | os.O_WRONLY), descriptor)
        sys.argv = [digo, *arguments]
        runpy.run_path(digo, run_name="__main__")
        sys.exit()
    _, status = os.waitpid(process, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass(frozen=True)
class Command:
    """One command, where it runs, and what its environment has beside that of all."""

    folder: Path
    arguments: Sequence[str]
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Ended:
    """What became of a command."""

    code: int
    stdout: str
    stderr: str


def run_forked(programs: Path, commands: Sequence[Command], modules: str) -> list[Ended]:
    """Runs the commands one after the other.

    Args:
        programs: the folder with `python` and `digo`.
        commands: the commands.
        modules: what all of them import, and is imported once.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_", "PYTHON"))}
    given = json.dumps([(str(one.folder), list(one.arguments), dict(one.environ)) for one in commands])
    with tempfile.TemporaryDirectory() as results:
        done = subprocess.run(
            [str(programs / "python"), "-c", _FORKS, str(programs / "digo"), results, modules, given],
            cwd=results,
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )
        codes = [int(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0 and len(codes) == len(commands), done.stderr
        return [
            Ended(code, *(Path(results, f"{number}.{stream}").read_text(encoding="utf-8") for stream in (1, 2)))
            for number, code in enumerate(codes)
        ]
