"""The ways in which a run is cut at one of its requests: by a fault, by SIGKILL, by an account that is gone."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import psutil

from sandbox.testing import Sandbox
from tests.faults.project import Project
from tests.scenarios.workspace import Outcome

VICTIMS = {
    "engine": {"embedded": "-m engine", "pulumi": "pulumi up"},
    "program": {"embedded": "engine/deployment/program.py", "pulumi": "pulumi-language-python-exec"},
    "host": {"embedded": "providers.host", "pulumi": "providers.host"},
}

# The CLI's own helper looks every five minutes whether its engine is still there.
_LINGERS = "pulumi-language-python"

_SECONDS_TO_END = 60
_POLL_SECONDS = 0.1  # each time the sandbox sends its whole log


@dataclass(frozen=True)
class Boundary:
    """One request of a run: the `nth` of those that fit method, path (`*` is any text) and a text in the body."""

    name: str
    method: str
    path: str
    body_contains: str | None = None
    nth: int = 1

    @property
    def match(self) -> dict[str, Any]:
        """What a fault of the sandbox needs to strike this request and no other."""
        return {"method": self.method, "path": self.path, "body_contains": self.body_contains, "nth": [self.nth]}

    def find(self, requests: list[dict[str, Any]]) -> dict[str, Any] | None:
        """This request in the sandbox's log."""
        fitting = [request for request in requests if self.fits(request)]
        return fitting[self.nth - 1] if len(fitting) >= self.nth else None

    def fits(self, request: dict[str, Any]) -> bool:
        """Whether it is one of those among which the position is counted."""
        body = json.dumps(request["body"], ensure_ascii=False)
        return (
            request["method"] == self.method
            and fnmatchcase(request["path"], self.path)
            and (self.body_contains is None or self.body_contains in body)
        )


@dataclass(frozen=True)
class Cut:
    """A run that was to be cut. `struck` is False where it ended without ever coming to the boundary."""

    outcome: Outcome
    struck: bool


Way = Callable[[Project, Boundary], Cut]


@dataclass(frozen=True)
class Fault:
    """A fault of the sandbox; called, it is a way to cut a run."""

    kind: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def put(self, sandbox: Sandbox, boundary: Boundary) -> None:
        """In force from now on, for that request alone."""
        sandbox.fault(self.kind, **boundary.match, **self.parameters)

    def __call__(self, project: Project, boundary: Boundary) -> Cut:
        project.sandbox.clear_requests()
        self.put(project.sandbox, boundary)
        outcome = project.run("up", "--skip-preview")
        struck = boundary.find(project.sandbox.requests())
        project.sandbox.clear_faults()
        return Cut(outcome, struck is not None and struck["fault"] == self.kind)


def _by_kill(victim: str, moment: str) -> Way:
    def cut(project: Project, boundary: Boundary) -> Cut:
        run, held = _held(project, boundary, "hang-after-commit" if moment == "committed" else "hang")
        if run.poll() is not None:
            return Cut(_ended(project, run), struck=False)
        victims = project.processes(VICTIMS[victim][project.engine])
        if not victims and victim == "program":  # it has ended, as it does before an engine deletes
            project.sandbox.clear_faults()
            return Cut(_ended(project, run), struck=False)
        assert victims, f"no process of the {victim} runs"
        if moment == "answered":
            # What comes next is held, or the run might be at its end before it is killed.
            project.sandbox.fault("hang", times="always")
            project.sandbox.lift(held)
            _until_answered(project, boundary)
        for process in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if victim == "program":
            # The engine rightly waits for what its host has under way.
            project.sandbox.clear_faults()
        return Cut(_ended(project, run), struck=True)

    return cut


def _by_outage(moment: str) -> Way:
    def cut(project: Project, boundary: Boundary) -> Cut:
        run, _ = _held(project, boundary, "hang-after-commit" if moment == "committed" else "hang")
        if run.poll() is not None:
            return Cut(_ended(project, run), struck=False)
        project.sandbox.kill()
        try:
            outcome = project.finish(run)
        finally:
            project.sandbox.restart()
        return Cut(outcome, struck=True)

    return cut


def _held(project: Project, boundary: Boundary, fault: str) -> tuple[subprocess.Popen[str], int]:
    """A run that stands at the boundary, or that has ended because it never came there; and what holds it."""
    project.sandbox.clear_requests()
    held = project.sandbox.fault(fault, **boundary.match)
    run = project.start("up", "--skip-preview")
    deadline = time.monotonic() + _SECONDS_TO_END
    while run.poll() is None:
        request = boundary.find(project.sandbox.requests())
        committed = request is not None and (request["committed"] or request["method"] == "GET")
        if request is not None and request["fault"] == fault and (fault == "hang" or committed):
            break
        assert time.monotonic() < deadline, f"the run came neither to {boundary.name} nor to its end"
        time.sleep(_POLL_SECONDS)
    return run, held


def _until_answered(project: Project, boundary: Boundary) -> None:
    deadline = time.monotonic() + _SECONDS_TO_END
    while (request := boundary.find(project.sandbox.requests())) is None or request["outcome"] != "answered":
        assert time.monotonic() < deadline, f"{boundary.name} was not answered: {request}"
        time.sleep(_POLL_SECONDS)


def _ended(project: Project, run: subprocess.Popen[str]) -> Outcome:
    """What the run printed, when it and all that it started have ended by themselves."""
    outcome = project.finish(run)
    while left := [one for one in project.processes("") if not _lingers(one)]:
        _, there = psutil.wait_procs(left, timeout=_SECONDS_TO_END)
        assert not there, f"still there after the run: {there}"
    project.sandbox.clear_faults()
    return outcome


def _lingers(process: psutil.Process) -> bool:
    try:
        program = (process.cmdline() or [""])[0]  # none, where it has ended and nobody has asked how
    except psutil.NoSuchProcess:
        return False
    if Path(program).name != _LINGERS:
        return False
    process.kill()
    return True


FAULTS: Mapping[str, Fault] = {
    "lost-before": Fault("lost-before"),
    "lost-after": Fault("lost-after"),
    "mid-body": Fault("mid-body"),
    "status-after-commit": Fault("status-after-commit"),
    "html-after-commit": Fault("html-after-commit"),
    "truncated-json": Fault("truncated-json"),
    "rate-limited": Fault("status", {"status": 429}),
    "late": Fault("late", {"ms": 600}),
}
BATCHES: Mapping[str, Fault] = {f"batch-{end}": Fault("batch", {"end": end}) for end in ("failed", "hang", "lost")}
"""Ways for a bulk write alone: what comes of its batch."""
PAGES: Mapping[str, Fault] = {"cut-page": Fault("cut-list"), "repeated-cursor": Fault("repeated-cursor")}
"""Ways for a page of users alone."""
KILLS: Mapping[str, Way] = {
    f"kill-{victim}-{moment}": _by_kill(victim, moment)
    for victim, moment in product(VICTIMS, ("before", "committed", "answered"))
}
OUTAGES: Mapping[str, Way] = {f"outage-{moment}": _by_outage(moment) for moment in ("before", "committed")}
WAYS: Mapping[str, Way] = {**FAULTS, **KILLS, **OUTAGES}
"""Every way. A fault or kill is before the request was carried out, after that, inside the reply, or after it."""
ALL_WAYS: Mapping[str, Way] = {**WAYS, **BATCHES, **PAGES}
