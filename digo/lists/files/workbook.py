"""Reads a sheet of a workbook in batches of text columns. `workbook_process` does it, in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from digo.lists.files.byte_scan import SizeLimit, check_plain
from digo.lists.files.file_problem import FileProblem, HeaderProblem
from digo.lists.files.header import columns_of
from digo.lists.files.odd_cells import OddCells
from digo.lists.files.ragged import Ragged
from digo.system.limits import LIST_MIB

SHOWN_CELLS = 20
_FOR_ITSELF_MIB = 2048  # addresses that Python and Arrow reserve without using them
_TIMES = 4  # how much more a cell takes in memory than in the file
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", LIST_MIB.variable)
_ROOT = Path(__file__).resolve().parents[3]
_LOST_ZEROS = (
    "the column has numbers, and a spreadsheet keeps no leading zeros of them (`007` is 7); format it as text if that "
    "matters"
)


@contextmanager
def open_workbook(
    path: Path, wanted: Collection[str], optional: Collection[str], sheet: str | None, choose: str
) -> Iterator[Workbook]:
    """Opens a workbook and reads the header of a sheet. Its rows are read inside the context.

    Args:
        path: the file.
        wanted: the columns that it must have.
        optional: columns that are read if it has them.
        sheet: the sheet's name; None for the only one that is visible.
        choose: what to do if the sheet has to be chosen, for the message.

    Raises:
        FileProblem: it cannot be read, or lacks the sheet or a column.
    """
    check_plain(path)
    environ = {name: value for name, value in os.environ.items() if name in _KEPT}
    environ["PYTHONPATH"] = os.pathsep.join(str(one) for one in (_ROOT, *filter(None, sys.path)))
    process = subprocess.Popen(
        [sys.executable, "-m", "digo.lists.files.workbook_process"],
        cwd=_ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        memory = _FOR_ITSELF_MIB + _TIMES * LIST_MIB.value()
        question = {"path": str(path.absolute()), "sheet": sheet, "choose": choose, "memory_mib": memory}
        head = _ask(process, question)
        yield Workbook(process, head, wanted, optional)
    finally:
        process.kill()
        process.communicate()


class Workbook:
    """See `digo.lists.files.csv_file.ListFile`. Lines are the rows of the sheet, from 1."""

    def __init__(
        self, process: subprocess.Popen[bytes], head: dict[str, Any], wanted: Collection[str], optional: Collection[str]
    ) -> None:
        self._process = process
        self.names: list[str] = head["names"]
        self._header = int(head["line"])
        self._wanted = columns_of(self.names, wanted, optional, self._header)
        self._rows = 0
        self._odd: list[OddCells] = []
        self._more: Counter[tuple[str, str]] = Counter()
        self._numbers: dict[str, int] = {}

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The requested columns as text. A row with an odd cell is blank."""
        limit = SizeLimit()
        _ask(self._process, list(self._wanted.values()))
        try:
            with pa.ipc.open_stream(self._process.stdout) as stream:
                while True:
                    batch, metadata = stream.read_next_batch_with_custom_metadata()
                    limit.add(batch.nbytes)
                    self._note(json.loads(metadata["found"]))
                    yield dict(zip(self._wanted, batch.columns, strict=True))
                    self._rows += batch.num_rows
        except StopIteration:
            return
        except (pa.ArrowException, OSError, EOFError):
            raise _ended(self._process, self.line_of(self._rows)) from None

    def _note(self, found: dict[str, Any]) -> None:
        names = list(self._wanted)
        for row, place, message in found["odd"]:
            one = names[place], message
            if self._more[one] < SHOWN_CELLS:
                self._odd.append(OddCells(self.line_of(self._rows + row), *one))
            self._more[one] += 1
        for place, row in found["numbers"]:
            self._numbers.setdefault(names[place], self.line_of(self._rows + row))

    def line_of(self, row: int) -> int:
        """The row's number in the sheet."""
        return self._header + 1 + row

    def lines(self, start: int, count: int) -> range:
        """The numbers of `count` rows from `start` on."""
        return range(self.line_of(start), self.line_of(start + count))

    def ragged(self) -> list[Ragged]:
        """Always empty: a sheet has all cells of each row."""
        return []

    def odd_cells(self) -> list[OddCells]:
        """The cells that are not text, and a warning for each column with numbers."""
        last = {(one.column, one.message): one.line for one in self._odd}
        further = [
            OddCells(last[one], *one, count=count - SHOWN_CELLS)
            for one, count in self._more.items()
            if count > SHOWN_CELLS
        ]
        numbers = [OddCells(line, name, _LOST_ZEROS, is_warning=True) for name, line in self._numbers.items()]
        return [*sorted(self._odd, key=lambda one: one.line), *further, *numbers]


def _ask(process: subprocess.Popen[bytes], question: Any) -> dict[str, Any]:
    """The answer of the process to a line.

    Raises:
        FileProblem: it has none, or answers with a problem.
    """
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
    except (OSError, ValueError):
        raise _ended(process, 1) from None
    if "problem" in answer:
        kind = HeaderProblem if answer["is_header"] else FileProblem
        raise kind(answer["problem"], answer["line"])
    return answer


def _ended(process: subprocess.Popen[bytes], line: int) -> FileProblem:
    process.kill()
    code = process.wait()
    return FileProblem(
        f"its reading was ended ({code}): it is damaged, or takes more memory than a workbook of {LIST_MIB.value():,} "
        f"MiB; {LIST_MIB.way_out}",
        line,
    )
