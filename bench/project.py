"""A project folder for one contestant: the repository's own program and host, with config, state and stack apart."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.conditions import Conditions
from bench.contestants import HOST_NAME, Contestant, Engine, Host
from bench.fixtures import agents
from bench.memory import PeakMemory
from sandbox.testing import Sandbox

ROOT = Path(__file__).resolve().parents[1]
STACK = "bench"
_SECONDS_AT_MOST = 600
_LAST_LINES = 30


class BenchError(Exception):
    """A command that should have worked did not, so that there is nothing to measure."""


@dataclass(frozen=True)
class Run:
    """A command's cost: seconds on the clock, seconds of CPU in all its processes, peak MiB by part."""

    seconds: float
    cpu_seconds: float
    peak_mib: Mapping[str, float]


def stack_config(sandbox: Sandbox, conditions: Conditions) -> dict[str, Any]:
    """The stack config of every benchmark: no pace, and guards that allow this many creates."""
    return {
        "digo:endpoint": sandbox.url,
        "digo:cps": "0",
        "digo:guards": {"maxCreates": conditions.agents},
    }


class Project:
    """The folder. It is made in `folder`, which must not exist, with a stack that has no resources yet."""

    def __init__(self, folder: Path, contestant: Contestant, sandbox: Sandbox, conditions: Conditions) -> None:
        self._folder = folder
        self._contestant = contestant
        self._environ = _environ(folder, sandbox.token, conditions)
        (folder / "state").mkdir(parents=True)
        shutil.copy(ROOT / "__main__.py", folder)
        for package in ("digo", "providers", "engine", "protocol"):
            (folder / package).symlink_to(ROOT / package)
        (folder / ".venv").symlink_to(sys.prefix)
        self._write("Pulumi.yaml", self._project_file())
        self._write(f"Pulumi.{STACK}.yaml", {"config": stack_config(sandbox, conditions)})
        self._write(f"config/{STACK}/agents.yaml", {"agents": dict(agents(conditions.agents))})
        self.run("stack", "init", STACK)

    def up(self) -> Run:
        """An up without a preview before it."""
        return self.run("up", "--yes", "--skip-preview", "--stack", STACK)

    def preview_without_changes(self) -> Run:
        """A preview that must find nothing to do."""
        return self.run("preview", "--expect-no-changes", "--stack", STACK)

    def run(self, *arguments: str) -> Run:
        """Runs a command of the engine to its end.

        Raises:
            BenchError: it failed; the text has the end of what it printed.
        """
        command = ["pulumi"] if self._contestant.engine is Engine.PULUMI else [sys.executable, "-m", "engine"]
        return self._timed([*command, *arguments], {0})

    def digo(self, *arguments: str, codes: Collection[int] = (0,)) -> Run:
        """Runs a command of `digo` on the stack to its end.

        Raises:
            BenchError: its exit code is none of `codes`.
        """
        return self._timed([sys.executable, "-m", "digo", "--stack", STACK, *arguments], codes)

    def _timed(self, command: Sequence[str], codes: Collection[int]) -> Run:
        log = self._folder / "output.txt"
        cpu, started = _cpu_of_ended_children(), time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            with PeakMemory(process.pid) as memory:
                try:
                    code = process.wait(_SECONDS_AT_MOST)
                except BaseException:
                    process.kill()
                    process.wait()
                    raise
        seconds = time.perf_counter() - started
        if code not in codes:
            said = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
            raise BenchError(f"{self._contestant.name}: `{' '.join(command)}` ended with {code}:\n{said}")
        return Run(seconds, _cpu_of_ended_children() - cpu, dict(memory.mib))

    def _project_file(self) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
        if self._contestant.host is Host.OWN:
            document["plugins"]["providers"][0]["path"] = str(ROOT / "providers" / "host")
        elif self._contestant.engine is Engine.PULUMI:
            del document["plugins"]  # the CLI then finds the host that it brings along
        else:
            document["plugins"]["providers"][0]["path"] = str(self._stock_launcher())
        return document

    def _stock_launcher(self) -> Path:
        """The embedded engine brings no host along: one that does what the CLI's own launcher does."""
        launcher = self._folder / "stock" / HOST_NAME
        launcher.parent.mkdir()
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u -m pulumi.dynamic "$@"\n', encoding="utf-8")
        launcher.chmod(0o755)
        return launcher.parent

    def _write(self, name: str, content: Any) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _environ(folder: Path, token: str, conditions: Conditions) -> dict[str, str]:
    """The environment that `scripts/stack.sh` makes, for every contestant."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_"))}
    return {
        **inherited,
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_PARALLEL": str(conditions.concurrency),
        "DIGO_AUTHORIZATION": token,
    }


def _cpu_of_ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
