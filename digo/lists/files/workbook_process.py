"""The process that reads one sheet of a workbook: `python -m digo.lists.files.workbook_process`.

A workbook of two cells can ask for terabytes, and its library then ends the process. So this is a process of its own,
with a limit of memory. It speaks with `digo.lists.files.workbook`:

1. In: a line of JSON with path, sheet and limits. Out: a line with the header.
2. In: a line with the indices of the wanted columns. Out: a line `{}`, then an Arrow stream of their texts.

A line with a `problem` may stand in place of a line that is due.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum
from python_calamine import SheetVisibleEnum as Visible

from digo.lists.files.byte_scan import SizeLimit
from digo.lists.files.file_problem import FileProblem, HeaderProblem, reason
from digo.lists.files.sheet_cells import Cells, cell_name, name_text, texts_of

BATCH_ROWS = 1 << 14
_CPU_SECONDS = 600
_TEXT_BYTES = 512
_SHOWN_SHEETS = 10
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an old .xls, or what a password protects
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PASSWORD = "it is protected by a password; save it without one"


def main() -> int:
    """Answers on standard output. Returns 0, or 1 after a problem."""
    request = json.loads(sys.stdin.readline())
    _limit_memory(int(request["memory_mib"]))
    try:
        with _opened(Path(request["path"])) as workbook:
            sheet = _Sheet(_chosen(workbook, request["sheet"], request["choose"]))
            _say({"names": sheet.names, "line": sheet.header + 1})
            line = sys.stdin.readline()
            if not line:
                return 0
            wanted = json.loads(line)
            sheet.check_merged(wanted)
            bad = Cells.of(Path(request["path"]), str(sheet.name))
            _say({})
            _send(sheet, wanted, bad)
    except FileProblem as problem:
        _say({"problem": str(problem), "line": problem.line, "is_header": isinstance(problem, HeaderProblem)})
        return 1
    return 0


def _limit_memory(mib: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (mib << 20, mib << 20))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    try:
        _check_size(path)
        if _head(path) == _OLE and _ENCRYPTED in path.read_bytes():
            raise FileProblem(_PASSWORD)
        if zipfile.is_zipfile(path):
            size = SizeLimit()
            with zipfile.ZipFile(path) as archive:
                for part in archive.infolist():
                    size.add(part.file_size)
        with CalamineWorkbook.from_path(path) as workbook:
            yield workbook
    except PasswordError:
        raise FileProblem(_PASSWORD) from None
    except (CalamineError, OSError, zipfile.BadZipFile, ValueError) as problem:
        raise FileProblem(f"it is not a workbook that can be read: {_kind(path) or reason(problem)}") from None


def _kind(path: Path) -> str:
    """What a file of text is, and what to do with it; "" for other files. Many an export of HTML is called `.xls`."""
    try:
        with path.open("rb") as file:
            head = file.read(_TEXT_BYTES)
    except OSError:
        return ""
    if not head.strip() or b"\0" in head:
        return ""
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return "it is HTML or XML; open it in a spreadsheet and save it as .xlsx"
    return (
        "" if head.startswith((_OLE, b"PK")) else "it looks like text; if it is CSV, give it a name that ends in .csv"
    )


def _check_size(path: Path) -> None:
    size = SizeLimit()
    size.add(path.stat().st_size)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_OLE))


def _chosen(workbook: CalamineWorkbook, name: str | None, choose: str) -> CalamineSheet:
    """The sheet of that name, or the only visible one.

    Raises:
        FileProblem: there is no such sheet, or several are visible.
    """
    sheets = [one for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    visible = [one.name for one in sheets if one.visible == Visible.Visible]
    names = visible if name is None else [one.name for one in sheets if one.name == name]
    if len(names) == 1:
        return workbook.get_sheet_by_name(names[0])
    shown = ", ".join(f"`{one}`" for one in visible[:_SHOWN_SHEETS]) + (" …" if len(visible) > _SHOWN_SHEETS else "")
    if name is not None:
        raise FileProblem(f"the workbook has no sheet `{name}`; it has {shown or 'none that is visible'}")
    if not visible:
        raise FileProblem("the workbook has no sheet that is visible; show the one that is meant")
    raise FileProblem(f"the workbook has several sheets, {shown}; {choose}")


class _Sheet:
    """A sheet whose header was read. Rows and columns count from 0, as in the sheet."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self.name = sheet.name
        self._merged = sheet.merged_cell_ranges or ()
        self._left = sheet.start[1] if sheet.start else 0
        self._rows = sheet.iter_rows()
        self.header, self.names = self._read_header()

    def _read_header(self) -> tuple[int, list[str]]:
        """The row of the header, and the names in it. The other rows follow.

        Raises:
            HeaderProblem: there is no header.
        """
        for place, row in enumerate(self._rows):
            names = [name_text(cell) for cell in row]
            if any(names):
                return place, names
        raise HeaderProblem("the sheet is empty; its first row is a header with the names of the columns")

    def check_merged(self, wanted: Sequence[int]) -> None:
        """Refuses merged cells in the columns.

        Raises:
            FileProblem: there are some.
        """
        for (top, left), (bottom, right) in self._merged:
            if bottom >= self.header and any(left <= self._left + column <= right for column in wanted):
                where = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
                raise FileProblem(f"the cells {where} are merged, so that only one has a value; split them", top + 1)

    def batches(self, wanted: Sequence[int], bad: Cells) -> Iterator[tuple[pa.RecordBatch, dict[str, Any]]]:
        """The texts of the columns, each batch with its odd cells: row in the batch, place of the column, reason."""
        start = self.header + 1
        while rows := list(islice(self._rows, BATCH_ROWS)):
            odd: list[tuple[int, int, str]] = []
            numbers: dict[int, int] = {}
            columns: list[list[str]] = []
            for place, column in enumerate(wanted):
                cells = [row[column] for row in rows]
                found, first = texts_of(cells, odd, place)
                columns.append(found)
                if first is not None:
                    numbers[place] = first
                known = bad.between(self._left + column, start, start + len(rows))
                odd += [(row - start, place, why) for row, why in known]
            for row, _, _ in odd:
                for texts in columns:
                    texts[row] = ""
            arrays = [pa.array(texts, pa.string()) for texts in columns]
            batch = pa.record_batch(arrays, names=[str(place) for place in range(len(arrays))])
            yield batch, {"odd": sorted(odd), "numbers": sorted(numbers.items())}
            start += len(rows)


def _send(sheet: _Sheet, wanted: Sequence[int], bad: Cells) -> None:
    schema = pa.schema([(str(place), pa.string()) for place in range(len(wanted))])
    with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
        for batch, found in sheet.batches(wanted, bad):
            stream.write_batch(batch, custom_metadata={"found": json.dumps(found)})
    sys.stdout.buffer.flush()


def _say(content: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(content).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
