"""A project of its own for each test, and the command line to run in it."""

from __future__ import annotations

import json
import subprocess
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.cli.main import run
from tests.engine.hosts.calls import calls_of
from tests.warm.in_process import call
from tests.warm.warm_python import warm_python

ROOT = Path(__file__).parents[3]

PRELUDE = """
import os, pulumi
from pulumi import CustomResource, Output, ResourceOptions

class Thing(CustomResource):
    def __init__(self, name, props, opts=None):
        super().__init__("pulumi-python:dynamic/test:Thing", name, {"size": None, **props}, opts)
    size: Output[int]

config = pulumi.Config()
"""


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as one JSON document."""
        return json.loads(self.out)


@dataclass
class Place:
    """A project folder with a provider host that keeps its world in files."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """Runs `python -m engine` in the folder, as a user does."""
        process = self._started(str(warm_python()), *arguments, **environment)
        out, err = process.communicate(stdin, timeout=100)
        return Ran(process.returncode, out, err)

    def call(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """As `run`, with the engine inside this process, which is faster. Its program and host are real."""
        environ = {**self.environment, **environment}
        return Ran(*call(run, "engine", arguments, self.folder, environ, python=warm_python(), stdin=stdin))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a command that a test will kill, or send a signal to."""
        return self._started(str(warm_python()), *arguments, **environment)

    def _started(self, python: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, "-m", "engine", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def program(self, text: str) -> None:
        """Writes the program below the usual imports."""
        (self.folder / "__main__.py").write_text(PRELUDE + textwrap.dedent(text))

    def created(self) -> list[str]:
        """The names of the resources that the host was asked to create, in order."""
        calls = calls_of(self.folder / "host")
        return [call["urn"].rsplit("::", 1)[-1] for call in calls if call["method"] == "create"]

    def state(self) -> dict[str, Any]:
        """The stack's state file."""
        file = self.folder / ".pulumi-state/.pulumi/stacks/tried/dev.json"
        return json.loads(file.read_text())["checkpoint"]["latest"]

    def everything_on_disk(self) -> str:
        """The content of every file of the folder, the program and the host's own world aside."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and "host" not in path.parts]
        return "\n".join(path.read_text(errors="replace") for path in files if path.name != "__main__.py")


def wait_for_creates(place: Place, number: int) -> None:
    """Until the host was asked for so many creates."""
    deadline = time.monotonic() + 60
    while len(place.created()) < number:
        assert time.monotonic() < deadline, "the run did not get that far"
        time.sleep(0.05)
