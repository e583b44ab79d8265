"""`python -m bench.plan`: `digo validate` and `digo plan` on up to ten thousand agents, beside what is promised.

Exit code 1: a promise was missed. 2: a run failed, so that there is no number.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from bench.conditions import Conditions
from bench.contestants import Contestant, Engine, Host, pulumi
from bench.limits import Verdict
from bench.project import BenchError, Project, Run
from bench.report import print_verdicts
from sandbox.testing import Sandbox, start_sandbox

SIZES = (1_000, 10_000)
VALIDATE_SECONDS, PLAN_SECONDS = 2.0, 4.0
LINEAR = 1.0  # ten times the agents take at most ten times as long
HAS_CHANGES = 2
DETAILED = "--detailed-exitcode"
LIMIT_MISSED, NOT_MEASURED = 1, 2


@dataclass(frozen=True)
class Planned:
    """The commands on one number of agents: before an up that makes them all, and after it."""

    agents: int
    validate: Run
    plan_of_creates: Run
    plan_in_sync: Run


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--times", type=click.IntRange(1), default=3, show_default=True, help="Runs, of which the quickest counts."
)
def main(times: int) -> None:
    """Measures `digo validate` and `digo plan` as a user runs them, with their start, state and account read."""
    errors, output = Console(stderr=True, highlight=False), Console(width=110, highlight=False)
    try:
        results = [_measure(count, times, lambda what: errors.print(f"… {what}")) for count in SIZES]
    except BenchError as error:
        errors.print(str(error), markup=False)
        sys.exit(NOT_MEASURED)
    verdicts = list(_verdicts(results))
    print_verdicts(verdicts, output)
    sys.exit(0 if all(verdict.kept for verdict in verdicts) else LIMIT_MISSED)


def _measure(count: int, times: int, progress: Callable[[str], None]) -> Planned:
    contestant = Contestant(Engine.PULUMI if pulumi() else Engine.EMBEDDED, Host.OWN)
    conditions = Conditions(count, latency_ms=0)
    with tempfile.TemporaryDirectory(prefix="digo-bench-") as name, start_sandbox(Path(name)) as sandbox:
        project = Project(Path(name) / "project", contestant, sandbox, conditions)
        progress(f"{count:,} agents: validate, and plan of creates")
        validate = _quickest(times, lambda: project.digo("validate"))
        creates = _quickest(times, lambda: project.digo("plan", DETAILED, codes=(HAS_CHANGES,)))
        progress(f"{count:,} agents: up, and plan without changes")
        project.up()
        _check(sandbox, count)
        return Planned(count, validate, creates, _quickest(times, lambda: project.digo("plan", DETAILED)))


def _quickest(times: int, run: Callable[[], Run]) -> Run:
    return min((run() for _ in range(times)), key=lambda one: one.seconds)


def _check(sandbox: Sandbox, count: int) -> None:
    if (made := len(sandbox.agents())) != count:
        raise BenchError(f"the up made {made:,} of {count:,} agents")


def _verdicts(results: list[Planned]) -> Iterator[Verdict]:
    for one in results:
        for what, run, limit in (
            ("validate", one.validate, VALIDATE_SECONDS),
            ("plan of creates", one.plan_of_creates, PLAN_SECONDS),
            ("plan in sync", one.plan_in_sync, PLAN_SECONDS),
        ):
            promise = f"{one.agents:,} agents: {what}, seconds ({run.cpu_seconds:.1f} of CPU in all processes)"
            yield Verdict(promise, run.seconds, limit)
    small, large = results
    factor = large.agents / small.agents
    for name in ("validate", "plan_of_creates", "plan_in_sync"):
        seconds = getattr(large, name).seconds / getattr(small, name).seconds
        yield Verdict(f"{name.replace('_', ' ')}: growth beside that of the agents", seconds / factor, LINEAR)


if __name__ == "__main__":
    main()
