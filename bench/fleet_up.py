"""An up of some changed stacks among many, beside the same ups one by one."""

from __future__ import annotations

import json
import os
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.cost import Cost
from bench.fleet_project import FleetProject
from bench.project import BenchError

SINGLES = 8
FACTOR = 1.2
NEW_AGENTS = 5


@dataclass(frozen=True)
class FleetUpped:
    """What came of the up.

    Attributes:
        stacks: how many stacks the fleet has.
        changed: how many of them had changed.
        begun: how many stacks the report has as run.
        written: how many accounts got a write.
        applied: how many stacks are as wanted in the report, of those that had changed.
        seconds: how long `digo fleet up` took.
        running: how many of these seconds its run took, from its beginning to its end, after the plan.
        single: the seconds of one up by itself, on the average of several before and after.
        cpu: the seconds of CPU of `digo fleet up` with all its processes.
        single_cpu: the same of one up by itself.
    """

    stacks: int
    changed: int
    begun: int
    written: int
    applied: int
    seconds: float
    running: float
    single: float
    cpu: float
    single_cpu: float

    @property
    def limit(self) -> float:
        """The seconds that it may take: the single ups, shared by the processors, and a fifth more."""
        return FACTOR * self.changed * self.single / (os.cpu_count() or 1)


def measure_up(project: FleetProject, agents: int, changed: int, progress: Callable[[str], None]) -> FleetUpped:
    """Ups a fleet in which some stacks lack agents.

    Args:
        project: the fleet, in sync; each stack has `agents` agents.
        agents: how many that are.
        changed: how many stacks get new agents. Eight more are upped by themselves.
        progress: takes what is being done.

    Raises:
        BenchError: there are too few stacks, or an up failed.
    """
    if len(project.stacks) < changed + SINGLES:
        raise BenchError(f"{changed:,} changed stacks and {SINGLES} single ones need at least so many stacks")
    before, after = project.stacks[: SINGLES // 2], project.stacks[SINGLES // 2 : SINGLES]
    due = project.stacks[SINGLES : SINGLES + changed]
    progress(f"{len(before)} ups one by one")
    singles = _one_by_one(project, before, agents)
    for stack in due:
        project.write_agents(stack, agents + NEW_AGENTS)
    project.clear_requests()
    progress(f"{len(project.stacks):,} stacks, {changed:,} of them changed: up")
    document = project.folder.parent / "report.json"
    cost = project.run("digo", "fleet", "up", "--yes", "--notices", "none", "--write", str(document))
    written = [name for name in project.stacks if _writes(project, name)]
    report = json.loads(document.read_text(encoding="utf-8"))
    progress(f"{len(after)} ups one by one")
    singles += _one_by_one(project, after, agents)
    outcomes = Counter(one["outcome"] for one in report["stacks"] if one["stack"] in due)
    return FleetUpped(
        stacks=len(project.stacks),
        changed=changed,
        begun=sum(bool(one["log"]) for one in report["stacks"]),
        written=len(written) if set(written) <= set(due) else len(project.stacks),
        applied=outcomes["applied"],
        seconds=cost.seconds,
        running=report["seconds"],
        single=statistics.fmean(one.seconds for one in singles),
        cpu=cost.cpu_seconds,
        single_cpu=statistics.fmean(one.cpu_seconds for one in singles),
    )


def _one_by_one(project: FleetProject, stacks: Sequence[str], agents: int) -> list[Cost]:
    """What each stack's up by itself costs."""
    found = []
    for stack in stacks:
        project.write_agents(stack, agents + NEW_AGENTS)
        token = project.sandbox.account(stack).token
        alone = replace(project, environ={**project.environ, "DIGO_AUTHORIZATION": token})
        found.append(alone.run("engine", "up", "--yes", "--skip-preview", "--stack", stack))
    return found


def _writes(project: FleetProject, stack: str) -> int:
    counts = project.sandbox.account(stack).counts()
    return sum(count for call, count in counts.items() if not call.startswith("GET "))
