"""A million rows against ten million numbers that are never sent: what that costs beyond the plan of the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.lists_plan import cost, list_project, number, sketch_of

ROWS = 1_000_000
SUPPRESSED = 10_000_000
BOTH = 100_000  # numbers in the list and in the suppress file
_AT_ONCE = 100_000


@dataclass(frozen=True)
class SuppressCost:
    """What suppressed numbers cost: seconds beyond the same plan without them, and the most memory of the process."""

    more_seconds: float
    peak_mib: float
    rows: int


def measure_suppress(folder: Path, progress: Callable[[str], None]) -> SuppressCost:
    """Plans a list without and with a suppress file of fictitious numbers.

    Raises:
        BenchError: a plan failed.
        ValueError: the plan has not as many rows as it should.
    """
    with list_project(folder / "suppress", ROWS) as project:
        progress(f"plan of {ROWS:,} rows against no suppressed number")
        before = cost(project, "plan")
        with project.file.with_name("dnd.csv").open("w") as file:
            file.write("phone\n")
            first = ROWS - BOTH
            for start in range(first, first + SUPPRESSED, _AT_ONCE):
                file.write("".join(f"{number(index)}\n" for index in range(start, start + _AT_ONCE)))
        project.entry(suppress="dnd.csv")
        progress(f"plan of {ROWS:,} rows against {SUPPRESSED:,} suppressed numbers")
        after = cost(project, "plan")
        rows = sketch_of(project).rows
    if rows != ROWS - BOTH:
        raise ValueError(f"{rows:,} rows are planned, and not {ROWS - BOTH:,}")
    return SuppressCost(after.seconds - before.seconds, after.peak_mib, rows)
