"""`python -m bench.fleet`: a fleet of many accounts, planned and watched by one process, beside what is promised.

Exit code 1: a promise was missed. 2: a run failed, so that there is no number.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench.fleet_kills import AGENTS, FleetKilled, measure_kills
from bench.fleet_project import FleetProject, fleet_project
from bench.fleet_up import FleetUpped, measure_up
from bench.limits import Verdict
from bench.project import BenchError
from bench.report import print_verdicts

PARTS = ("plan", "drift")
UP, KILLS = "up", "kills"
CHANGED_STACKS = 50
KILLED_STACKS = 100
PLAN_SECONDS, DRIFT_SECONDS, MIB = 300.0, 180.0, 1024
LIMIT_MISSED, NOT_MEASURED = 1, 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("parts", nargs=-1, type=click.Choice((*PARTS, UP, KILLS)))
@click.option("--stacks", type=click.IntRange(2), default=500, show_default=True, help="Stacks, each with an account.")
@click.option("--agents", type=click.IntRange(1), default=100, show_default=True, help="Agents of each account.")
@click.option("--latency-ms", type=click.IntRange(0), default=50, show_default=True, help="What each request waits.")
@click.option(
    "--changed",
    type=click.IntRange(1),
    default=CHANGED_STACKS,
    show_default=True,
    help="Stacks of the part `up` that get new agents.",
)
@click.option("--kills", type=click.IntRange(1), default=50, show_default=True, help="Workers that are killed.")
@click.option(
    "--killed-stacks",
    type=click.IntRange(2),
    default=KILLED_STACKS,
    show_default=True,
    help="Stacks of the run whose workers are killed.",
)
def main(
    parts: tuple[str, ...], stacks: int, agents: int, latency_ms: int, changed: int, kills: int, killed_stacks: int
) -> None:
    """Measures `digo fleet plan` and `digo fleet drift` of a fleet in which nothing has changed.

    The part `up` is an up of the same fleet in which some stacks have changed. The part `kills` is an up on Postgres
    whose workers are killed at random.
    """
    errors, output = Console(stderr=True, highlight=False), Console(width=110, highlight=False)

    def progress(what: str) -> None:
        errors.print(f"… {what}")

    chosen = parts or (*PARTS, UP, KILLS)
    verdicts: list[Verdict] = []
    try:
        with tempfile.TemporaryDirectory(prefix="digo-bench-") as folder:
            if {*PARTS, UP}.intersection(chosen):
                with fleet_project(Path(folder) / "fleet", stacks, agents, progress, latency_ms) as project:
                    verdicts += [
                        one for part in PARTS if part in chosen for one in _verdicts(part, project, agents, progress)
                    ]
                    if UP in chosen:
                        verdicts += _up_verdicts(measure_up(project, agents, changed, progress))
            if KILLS in chosen:
                with fleet_project(Path(folder) / "killed", killed_stacks, AGENTS, progress) as project:
                    verdicts += _kill_verdicts(measure_kills(project, kills, progress))
    except BenchError as error:
        errors.print(str(error), markup=False)
        sys.exit(NOT_MEASURED)
    print_verdicts(verdicts, output)
    sys.exit(0 if all(verdict.kept for verdict in verdicts) else LIMIT_MISSED)


def _verdicts(part: str, project: FleetProject, agents: int, progress: Callable[[str], None]) -> Iterator[Verdict]:
    count, limit = len(project.stacks), PLAN_SECONDS if part == "plan" else DRIFT_SECONDS
    progress(f"{count:,} stacks: {part}")
    project.clear_requests()
    document = project.folder.parent / f"{part}.json"
    cost = project.run("digo", "fleet", part, "--detailed-exitcode", "--format", "json", "-o", str(document))
    _check(json.loads(document.read_text(encoding="utf-8")), count)
    name = f"{count:,} stacks of {agents:,} agents: {part}"
    yield Verdict(f"{name}, seconds ({cost.cpu_seconds:,.0f} of CPU)", cost.seconds, limit)
    yield Verdict(f"{name}, peak memory, MiB", cost.peak_mib, MIB)
    yield Verdict(f"{name}, most requests of an account", max(project.requests()), 1)


def _up_verdicts(upped: FleetUpped) -> Iterator[Verdict]:
    name = f"{upped.stacks:,} stacks, up of {upped.changed:,} changed"
    yield Verdict(f"{name}: stacks that are run beside them", upped.begun - upped.changed, 0)
    yield Verdict(f"{name}: accounts written to beside them", upped.written - upped.changed, 0)
    yield Verdict(f"{name}: stacks of them that are not applied", upped.changed - upped.applied, 0)
    each = f"{upped.single:.1f} s and {upped.single_cpu:.1f} s of CPU each, one by one"
    whole = f"{upped.seconds:.0f} s and {upped.cpu:.0f} s of CPU with the plan of all"
    yield Verdict(f"{name}: seconds of the run ({whole}; {each})", upped.running, upped.limit)


def _kill_verdicts(killed: FleetKilled) -> Iterator[Verdict]:
    name = f"{killed.stacks:,} stacks, {killed.kills:,} workers killed in {killed.seconds:,.0f} s"
    yield Verdict(f"{name}: exit code", killed.exit_code, 0)
    yield Verdict(f"{name}: stacks that are not applied in the report", killed.not_applied, 0)
    yield Verdict(f"{name}: accounts with an agent twice, or without one", killed.wrong_accounts, 0)


def _check(document: Any, count: int) -> None:
    outcomes = Counter(one["outcome"] for one in document["stacks"])
    if len(outcomes) != 1 or outcomes.total() != count:
        raise BenchError(f"not all of {count:,} stacks are as they were: {dict(outcomes)}")


if __name__ == "__main__":
    main()
