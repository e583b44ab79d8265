"""`python -m bench.lists`: lead lists up to ten million rows, held against what is promised of them.

Exit code 1: a promise was missed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console

from bench.limits import SUPPRESS_MIB, SUPPRESS_SECONDS, Verdict
from bench.lists_plan import Planned, measure_plan
from bench.lists_sending import SHARDS, measure_kills, measure_pace, measure_throughput
from bench.lists_suppress import ROWS, SUPPRESSED, measure_suppress
from bench.report import print_verdicts

PARTS = ("plan", "large", "suppress", "pace", "throughput", "kills")
SIZES = (10_000, 100_000, 1_000_000)
LARGE = 10_000_000
SECONDS, MIB = 6.0, 400
SECONDS_OF_LARGE, MIB_OF_LARGE = 60.0, 2_000
LINEAR = 2.0  # seconds a row beyond what the smallest list needs may differ by this factor


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--seconds", type=click.IntRange(5), default=60, show_default=True, help="How long a paced run lasts.")
@click.option("--rows", type=click.IntRange(1000), default=20_000, show_default=True, help="Rows of the other runs.")
def main(parts: tuple[str, ...], seconds: int, rows: int) -> None:
    """Measures lead lists: their plan, the pace, rows a second without one, and runs that are killed."""
    errors, output = Console(stderr=True, highlight=False), Console(width=110, highlight=False)

    def progress(what: str) -> None:
        errors.print(f"… {what}")

    with tempfile.TemporaryDirectory(prefix="digo-bench-") as folder:
        verdicts = list(_verdicts(parts or PARTS, Path(folder), seconds, rows, progress))
    print_verdicts(verdicts, output)
    sys.exit(0 if all(verdict.kept for verdict in verdicts) else 1)


def _verdicts(
    parts: tuple[str, ...], folder: Path, seconds: int, rows: int, progress: Callable[[str], None]
) -> Iterator[Verdict]:
    if "plan" in parts:
        yield from _plan_verdicts([measure_plan(folder, size, progress) for size in SIZES])
    if "large" in parts:
        yield from _costs(measure_plan(folder, LARGE, progress), SECONDS_OF_LARGE, MIB_OF_LARGE)
    if "suppress" in parts:
        cost = measure_suppress(folder, progress)
        name = f"{ROWS:,} rows against {SUPPRESSED:,} suppressed numbers"
        yield Verdict(f"{name}: seconds more", cost.more_seconds, SUPPRESS_SECONDS)
        yield Verdict(f"{name}: peak memory, MiB", cost.peak_mib, SUPPRESS_MIB)
    if "throughput" in parts:
        rate, cpu = measure_throughput(folder, rows, progress)
        yield Verdict(f"no limit: seconds for 1,000 rows (CPU {cpu:,.0f} µs a row)", 1000 / rate, 1.0)
    if "pace" in parts:
        for processes in (1, 2):
            paced = measure_pace(folder, processes, seconds, progress)
            name = f"30 a second, {processes} process{'es' if processes > 1 else ''}, {paced.rows:,} rows"
            yield Verdict(f"{name}: percent of the rate unused", 100 * (1 - paced.used), 2.0)
            yield Verdict(f"{name}: 429 after the first second", paced.late_429, 0)
    if "kills" in parts:
        killed = measure_kills(folder, rows, progress)
        name = f"{killed.rows:,} rows, killed {killed.kills} times"
        yield Verdict(f"{name}: rows sent twice", killed.sent - killed.rows, killed.under_way)
        yield Verdict(f"{name}: differences between account and file", 0 if killed.complete else 1, 0)
        yield Verdict(f"{name}: KiB of state at {SHARDS} shards", killed.state / 1024, 64)


def _plan_verdicts(lists: list[Planned]) -> Iterator[Verdict]:
    for one in lists:
        yield from _costs(one, SECONDS, MIB)
    seconds = [one.plan.cpu_seconds for one in lists]
    small, middle, large = (one.rows for one in lists)
    slope = (seconds[2] - seconds[0]) / (large - small)
    near = max((seconds[1] - seconds[0]) / (middle - small), 1e-9)
    yield Verdict("cost of a row, 100 k to 1 M against 10 k to 100 k", slope / near, LINEAR)


def _costs(one: Planned, seconds: float, mib: float) -> Iterator[Verdict]:
    for name, command in (("validate", one.validate), ("plan", one.plan)):
        yield Verdict(f"{one.rows:,} rows: {name}, seconds (CPU {command.cpu_seconds:.1f})", command.seconds, seconds)
        yield Verdict(f"{one.rows:,} rows: {name}, MiB of memory", command.peak_mib, mib)
    yield Verdict(f"{one.rows:,} rows: KiB of the sketch in the state", one.state / 1024, 64)
    for edited, sent in one.sent.items():
        yield Verdict(f"{one.rows:,} rows: rows sent after an edit of {edited:,}", sent, edited)


if __name__ == "__main__":
    main()
