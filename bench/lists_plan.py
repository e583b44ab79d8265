"""A long list up to its plan: what the commands cost, the size of the state, and what an edit sends."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cost import Cost, cost_of
from digo.desired import load_environment
from digo.desired.list_digests import with_list_digests
from digo.lists.digests.sketch import Sketch
from digo.lists.key import LedgerKey
from sandbox.testing import start_sandbox
from tests.lists.list_files import number as number
from tests.lists.list_project import KEY, LIST, ListProject

EDITS = (10, 1_000)


@dataclass(frozen=True)
class Planned:
    """One list.

    Attributes:
        rows: number of rows.
        validate: what `digo validate` cost.
        plan: what `digo plan` cost, with no row sent before.
        state: size of the list's sketch in the state, in bytes.
        sent: by the number of edited rows, how many rows the edit sends.
    """

    rows: int
    validate: Cost
    plan: Cost
    state: int
    sent: dict[int, int]


def measure_plan(folder: Path, rows: int, progress: Callable[[str], None]) -> Planned:
    """Writes a list of fictitious numbers, and runs the commands as a user does. Then it edits some rows.

    Raises:
        BenchError: a command failed.
    """
    with list_project(folder / f"plan-{rows}", rows) as project:
        progress(f"{rows:,} rows: validate")
        validate = cost(project, "validate")
        progress(f"{rows:,} rows: plan")
        plan = cost(project, "plan")
        before = sketch_of(project)
        sent = {}
        for count in EDITS:
            progress(f"{rows:,} rows: an edit of {count:,}")
            write_rows(project.file, rows, set(random.Random(rows).sample(range(rows), count)))
            sent[count] = _sent(sketch_of(project), before)
        return Planned(rows, validate, plan, len(before.to_text()), sent)


@contextmanager
def list_project(place: Path, rows: int) -> Iterator[ListProject]:
    """A project in a new folder whose only entry is a list of so many fictitious numbers."""
    place.mkdir()
    with start_sandbox(place) as sandbox:
        project = ListProject(place / "project", "embedded", sandbox)
        project.set_config(guards={"maxNewRows": rows})
        project.entry()
        project.file.parent.mkdir(parents=True, exist_ok=True)
        write_rows(project.file, rows, set())
        yield project


def write_rows(path: Path, rows: int, edited: set[int]) -> None:
    """Writes the file of a list. `edited` rows have another name."""
    with path.open("w") as file:
        file.write("phone,name,otp\n")
        for index in range(rows):
            file.write(
                f"{number(index)},{'New' if index in edited else 'Customer'} {index},{index * 7919 % 10**6:06}\n"
            )


def cost(project: ListProject, command: str) -> Cost:
    """What a command of `digo` costs.

    Raises:
        BenchError: it failed.
    """
    arguments = ("digo", "--stack", "test", command)
    return cost_of(arguments, project.folder, project.environ, project.folder / "output.txt")


def sketch_of(project: ListProject) -> Sketch:
    """The sketch of the project's list as its file is now.

    Another process reads the rows: Linux counts the memory of this one in that of each command that it starts.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_sketch_in, project.folder / "config" / "test").result()


def _sketch_in(place: Path) -> Sketch:
    desired = with_list_digests(load_environment(place, place), lambda: LedgerKey(KEY), 0)
    [wanted] = desired.lists
    assert wanted.digests is not None and wanted.list_id == str(LIST)
    return wanted.digests.sketches[0]


def _sent(wanted: Sketch, have: Sketch) -> int:
    found = wanted.difference(have)
    return len(found.rows) + sum(wanted.counts.get(bucket, 0) for bucket in found.whole)
