"""A run of a fleet on Postgres whose workers are killed at random, and what is left of it at the end."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.fleet_project import FleetProject
from bench.project import BenchError
from tests.pace.servers import postgres_server

WORKERS = 3
AGENTS = 2
_LATEST = 3.0  # seconds between the moment that a kill is due, and the kill
_STUCK = 600.0


@dataclass(frozen=True)
class FleetKilled:
    """What came of the run.

    Attributes:
        stacks: how many stacks were to be run.
        kills: how many workers were killed.
        exit_code: that of `digo fleet up`.
        not_applied: how many stacks the report has in another state than `applied`, or not at all.
        wrong_accounts: how many accounts have not exactly the agents that config wants.
        creates: how many agents were created, on all accounts together.
        seconds: how long it took.
    """

    stacks: int
    kills: int
    exit_code: int
    not_applied: int
    wrong_accounts: int
    creates: int
    seconds: float


def measure_kills(project: FleetProject, kills: int, progress: Callable[[str], None]) -> FleetKilled:
    """Ups a fleet in which each stack lacks one agent, and kills a worker again and again, spread over the run.

    Args:
        project: the fleet; each stack has `AGENTS` agents.
        kills: how many kills.
        progress: takes what is being done.
    """
    for stack in project.stacks:
        project.write_agents(stack, AGENTS + 1)
    project.clear_requests()
    chance, began = random.Random(kills), time.monotonic()
    with postgres_server() as url, _workers(project, url) as workers:
        up = _Up(project, url)
        for kill in range(kills):
            if not up.wait_for(kill * len(project.stacks) // kills):
                raise BenchError(f"the run ended after {kill:,} of {kills:,} kills:\n{up.said}")
            time.sleep(chance.uniform(0, _LATEST))
            chosen = chance.randrange(WORKERS)
            workers[chosen].kill()
            workers[chosen].wait()
            workers[chosen] = _worker(project, url)
            progress(f"kill {kill + 1:,} of {kills:,}, {up.ended:,} stacks ended")
        code, report = up.finish()
    outcomes = {one["stack"]: one["outcome"] for one in report["stacks"]}
    right = sum(outcomes.get(stack) == "applied" for stack in project.stacks)
    return FleetKilled(
        len(project.stacks),
        kills,
        code,
        len(project.stacks) - right,
        sum(_is_wrong(project, stack) for stack in project.stacks),
        sum(project.sandbox.account(stack).counts().get("POST /v1/agent", 0) for stack in project.stacks),
        time.monotonic() - began,
    )


def _is_wrong(project: FleetProject, stack: str) -> bool:
    numbers = Counter(str(one["follow_me_number"]) for one in project.sandbox.account(stack).agents())
    return len(numbers) != AGENTS + 1 or max(numbers.values()) > 1


@contextmanager
def _workers(project: FleetProject, url: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    workers = [_worker(project, url) for _ in range(WORKERS)]
    try:
        yield workers
    finally:
        for one in workers:
            one.terminate()
        for one in workers:
            one.wait()


def _worker(project: FleetProject, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "digo", "fleet", "worker"],
        cwd=project.folder,
        env={**project.environ, "DIGO_FLEET_DATABASE": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class _Up:
    """`digo fleet up` without work of its own, whose lines are counted."""

    def __init__(self, project: FleetProject, url: str) -> None:
        self._report = project.folder.parent / "report.json"
        command = ["fleet", "up", "--yes", "--no-work", "--format", "json", "-o", str(self._report)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "digo", *command],
            cwd=project.folder,
            env={**project.environ, "DIGO_FLEET_DATABASE": url, "CI": "true"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._more = threading.Condition()
        self._lines: list[str] = []
        assert self._process.stderr is not None
        threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True).start()

    @property
    def said(self) -> str:
        """The last that it said."""
        return "".join(self._lines[-20:])

    @property
    def ended(self) -> int:
        """How many stacks have ended."""
        return sum(line.startswith("[") for line in self._lines)

    def wait_for(self, ended: int) -> bool:
        """Waits until so many stacks have ended. False if the run has ended before."""
        with self._more:
            done = self._more.wait_for(lambda: self.ended >= ended or self._process.poll() is not None, _STUCK)
        if not done:
            raise BenchError(f"nothing has happened for {_STUCK:,.0f} seconds:\n{self.said}")
        return self._process.poll() is None

    def finish(self) -> tuple[int, dict[str, list[dict[str, str]]]]:
        """Waits for the end: the exit code, and the report."""
        code = self._process.wait(_STUCK)
        if not Path(self._report).exists():
            raise BenchError(f"there is no report:\n{self.said}")
        return code, json.loads(self._report.read_text(encoding="utf-8"))

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._more:
                self._lines.append(line)
                self._more.notify_all()
        with self._more:
            self._more.notify_all()
