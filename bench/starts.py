"""`python -m bench.starts`: how long commands take that do little, beside what is promised, and what they import.

Exit code 1: a promise was missed. 2: a run failed, so that there is no number.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.conditions import Conditions
from bench.contestants import Contestant, Engine, Host
from bench.limits import Verdict
from bench.project import ROOT, BenchError, Project, Run
from bench.report import print_verdicts
from sandbox.testing import start_sandbox

AGENTS = 30
HELP_SECONDS, VALIDATE_SECONDS, PLAN_SECONDS = 0.3, 0.5, 1.0  # of processor time, in all processes of the command
PREVIEW_SECONDS = 2.5  # on the clock
LIMIT_MISSED, NOT_MEASURED = 1, 2
_SHOWN = 12
# `python -X importtime` prints for each import: its own microseconds, those with all below it, and its name.
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s*(\S+)")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--times", type=click.IntRange(1), default=5, show_default=True, help="Runs, of which the quickest counts."
)
def main(times: int) -> None:
    """Measures commands that do little: their help, a small config, an account of thirty agents."""
    errors, output = Console(stderr=True, highlight=False), Console(width=110, highlight=False)
    try:
        verdicts = list(_measure(times, lambda what: errors.print(f"… {what}")))
    except BenchError as error:
        errors.print(str(error), markup=False)
        sys.exit(NOT_MEASURED)
    print_verdicts(verdicts, output)
    for arguments in (["--help"], ["--stack", "sandbox", "validate"], ["--stack", "sandbox", "plan", "--help"]):
        output.print(_imports(arguments))
    sys.exit(0 if all(verdict.kept for verdict in verdicts) else LIMIT_MISSED)


def _measure(times: int, progress: Callable[[str], None]) -> Iterator[Verdict]:
    conditions = Conditions(AGENTS, latency_ms=0)
    with tempfile.TemporaryDirectory(prefix="digo-bench-") as name, start_sandbox(Path(name)) as sandbox:
        project = Project(Path(name) / "project", Contestant(Engine.EMBEDDED, Host.OWN), sandbox, conditions)
        project.up()
        for what, run, limit in (
            ("digo --help", lambda: project.digo("--help"), HELP_SECONDS),
            ("digo validate", lambda: project.digo("validate"), VALIDATE_SECONDS),
            ("digo plan, with its request and the engine's export", lambda: project.digo("plan"), PLAN_SECONDS),
        ):
            progress(what)
            yield Verdict(f"{what}: seconds of processor time", _least(times, run, _processor_seconds), limit)
        progress("embedded preview")
        seconds = _least(times, project.preview_without_changes, lambda run: run.seconds)
        yield Verdict(f"embedded preview of {AGENTS} agents: seconds on the clock", seconds, PREVIEW_SECONDS)


def _processor_seconds(run: Run) -> float:
    return run.cpu_seconds


def _least(times: int, run: Callable[[], Run], cost: Callable[[Run], float]) -> float:
    return min(cost(run()) for _ in range(times))


def _imports(arguments: Sequence[str]) -> Table:
    """The modules whose own code costs most at the start of a command."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "digo", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    costs = sorted(((int(own), name) for own, _, name in _IMPORT.findall(done.stderr)), reverse=True)
    total = sum(own for own, _ in costs)
    table = Table(
        title=f"digo {' '.join(arguments)}: {len(costs):,} modules, {total / 1000:,.0f} ms", title_justify="left"
    )
    table.add_column("ms", justify="right")
    table.add_column("module")
    for own, name in costs[:_SHOWN]:
        table.add_row(f"{own / 1000:.1f}", name)
    return table


if __name__ == "__main__":
    main()
