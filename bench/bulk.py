"""`python -m bench.bulk`: a list in bulk, from an empty account to a preview without changes.

It runs whole ups of the real program, host and engine against a sandbox without a limit, and counts their calls. What a
million rows take at an account's pace follows from the calls. Exit code 1: a promise was missed.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import psutil
from rich.console import Console

from bench.limits import Verdict
from bench.report import print_verdicts
from sandbox.testing import start_sandbox
from tests.lists.list_files import write_list
from tests.lists.live_project import LiveListProject

MILLION = 1_000_000
CPS = 3
CORES = 2
MINUTES = 15
ROWS_A_SECOND = 20_000
BULK_ROWS = 500


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", type=click.IntRange(1000), default=200_000, show_default=True, help="Rows of the list.")
@click.option("--shards", type=click.IntRange(1, 16), default=1, show_default=True, help="Shards of the list.")
def main(rows: int, shards: int) -> None:
    """Measures a list in bulk: rows a second of a whole up, its calls, and the up after it."""
    output = Console(width=110, highlight=False)
    with tempfile.TemporaryDirectory(prefix="digo-bench-") as folder:
        verdicts = list(_verdicts(Path(folder), rows, shards))
    print_verdicts(verdicts, output)
    sys.exit(0 if all(verdict.kept for verdict in verdicts) else 1)


def _verdicts(folder: Path, rows: int, shards: int) -> Iterator[Verdict]:
    with start_sandbox(folder) as sandbox:
        project = LiveListProject(folder / "project", "embedded", sandbox)
        project.warm = False  # a user's processes load their modules
        project.set_config(timeout="300", guards={"maxNewRows": rows})
        project.entry(shards=shards)
        write_list(project.file, range(rows))
        sandbox.clear_requests()
        first = _Run(project, "up", "--skip-preview")
        writes, calls = project.sent(), sum(sandbox.counts().values())
        yield from _speed(f"{rows:,} rows, whole up", rows, first)
        yield Verdict(f"{rows:,} rows: writes beyond {BULK_ROWS} rows each", writes + rows // -BULK_ROWS, shards)
        minutes = (MILLION / BULK_ROWS + calls - writes) / CPS / 60
        name = f"1,000,000 rows at {CPS} calls a second: minutes ({calls - writes:,} calls beside the writes)"
        yield Verdict(name, minutes, MINUTES)
        sandbox.clear_requests()
        second = _Run(project, "up", "--skip-preview", "--expect-no-changes")
        yield from _speed(f"{rows:,} rows, up without changes", rows, second)
        yield Verdict("writes of an up without changes", project.sent(), 0)


def _speed(name: str, rows: int, run: _Run) -> Iterator[Verdict]:
    yield Verdict(f"{name}: seconds for {ROWS_A_SECOND:,} of them", run.seconds / rows * ROWS_A_SECOND, 1.0)
    yield Verdict(f"{name}: processor seconds for these, {CORES} cores", run.processor / rows * ROWS_A_SECOND, CORES)


class _Run:
    """A command that must succeed: its seconds, and the processor's seconds of all its processes and of the sandbox."""

    def __init__(self, project: LiveListProject, *arguments: str) -> None:
        server = psutil.Process(project.sandbox.pid)
        begun, before = time.perf_counter(), _processor(server)
        outcome = project.run(*arguments)
        assert outcome.code == 0, outcome.text
        self.seconds = time.perf_counter() - begun
        self.processor = _processor(server) - before


def _processor(server: psutil.Process) -> float:
    used, own = server.cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.user + used.system + own.ru_utime + own.ru_stime


if __name__ == "__main__":
    main()
