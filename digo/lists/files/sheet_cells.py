"""The cells of a sheet as text, and why some are none."""

from __future__ import annotations

import posixpath
import re
import zipfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from digo.lists.files.file_problem import FileProblem

_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
_ONLY_TEXT = "only text and whole numbers stay as they are written; format the column as text, and write it again"
_NO_VALUE = "its formula has no value in the file; open the workbook in a spreadsheet and save it"
_WRONG = "its formula has an error; correct it"
_CHUNK = 4 << 20
_MARGIN = 1 << 16  # the longest cell of error or formula that is looked for
_FORMULA = rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
_NOTHING = rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v(?:\s[^>]*)?>\s*(?P<zero>0?)\s*</(?:\w+:)?v>)?"
_ODD = re.compile(
    rb"<(?:\w+:)?c(?:\s(?P<wrong>[^>]*?\bt\s*=\s*[\"']e[\"'][^>]*)>|(?P<empty>\s[^>]*)?>\s*"
    + _FORMULA
    + rb"\s*"
    + _NOTHING
    + rb"\s*</(?:\w+:)?c>)"
)
_NAME = re.compile(rb"\br\s*=\s*[\"'](?P<letters>[A-Z]{1,3})(?P<row>[0-9]{1,7})[\"']")
_UNUSUAL = "it has its {} in an unusual way; open it in a spreadsheet and save it again"


def name_text(cell: object) -> str:
    """A cell of the header as the name of a column."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def cell_name(row: int, column: int) -> str:
    """A cell's name, as a spreadsheet shows it: `B2`. Row and column count from 0."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def texts_of(cells: list[Any], odd: list[tuple[int, int, str]], place: int) -> tuple[list[str], int | None]:
    """The cells of a column as text, and the row of the first number among them.

    Args:
        cells: the values.
        odd: gets the cells that are not text: row, `place` and the reason.
        place: the column's place.
    """
    if all(type(cell) is str for cell in cells):
        return cells, None
    texts: list[str] = []
    first: int | None = None
    for row, cell in enumerate(cells):
        text = ""
        if isinstance(cell, str):
            text = cell
        elif why := _why_odd(cell):
            odd.append((row, place, why))
        else:
            text = str(int(cell))
            first = row if first is None else first
        texts.append(text)
    return texts, first


def _why_odd(cell: object) -> str:
    if isinstance(cell, bool):
        return f"it is the value TRUE or FALSE, and {_ONLY_TEXT}"
    if not isinstance(cell, int | float):
        return f"it is a date or a time, and {_ONLY_TEXT}"
    if abs(cell) >= _EXACT:
        return "it is a number of more than 15 digits, of which a spreadsheet keeps 15; write it as text"
    if isinstance(cell, float) and not cell.is_integer():
        return f"it is a number with decimals, and {_ONLY_TEXT}"
    return ""


@dataclass(frozen=True)
class Cells:
    """Cells that the library reads as empty, and that are not: rows with their reasons by column, all from 0."""

    columns: dict[int, list[tuple[int, str]]]

    @classmethod
    def of(cls, path: Path, sheet: str) -> Cells:
        """Finds errors, and formulas without a value, in a workbook of the kind .xlsx.

        Raises:
            FileProblem: its sheets are not where they should be.
        """
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        if path.name.lower().endswith(".xlsx") and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                part, is_calculated = _part_of(archive, sheet)
                for row, column, why in _odd_cells(archive, part, is_calculated=is_calculated):
                    found[column].append((row, why))
        return cls({column: sorted(set(rows)) for column, rows in found.items()})

    def between(self, column: int, start: int, end: int) -> list[tuple[int, str]]:
        """Those of a column from row `start` to before row `end`."""
        rows = self.columns.get(column, [])
        return rows[bisect_left(rows, (start, "")) : bisect_left(rows, (end, ""))]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> tuple[str, bool]:
    """The name of the sheet's part in the archive, and whether the program that wrote it has calculated its formulas.

    XlsxWriter has not: it writes 0 as each value, and asks the spreadsheet to calculate (`fullCalcOnLoad`).

    Raises:
        FileProblem: the archive has it in another way than the standard says (ECMA-376, part 2, section 9).
    """
    try:
        book = next(target for kind, target in _links(archive, "").values() if kind.endswith("/officeDocument"))
        entries = list(ElementTree.fromstring(archive.read(book)).iter())
        entry = next(one for one in entries if one.tag.endswith("}sheet") and one.get("name") == sheet)
        identity = next(value for name, value in entry.items() if name.endswith("}id"))
        part = _links(archive, book)[identity][1]
        archive.getinfo(part)
    except (KeyError, StopIteration, ElementTree.ParseError):
        raise FileProblem(_UNUSUAL.format("sheets")) from None
    asked = (one.get("fullCalcOnLoad") for one in entries if one.tag.endswith("}calcPr"))
    return part, not any(one in ("1", "true") for one in asked)


def _links(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Where a part of the archive leads to: type and name by id."""
    folder, _, name = part.rpartition("/")
    root = ElementTree.fromstring(archive.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return {
        str(one.get("Id")): (
            str(one.get("Type")),
            posixpath.normpath(posixpath.join("/", folder, str(one.get("Target")))).removeprefix("/"),
        )
        for one in root
    }


def _odd_cells(archive: zipfile.ZipFile, part: str, *, is_calculated: bool) -> Iterator[tuple[int, int, str]]:
    """Row, column and reason of each cell that the library reads as empty.

    Raises:
        FileProblem: such a cell has no name.
    """
    with archive.open(part) as file:
        text = b""
        while block := file.read(_CHUNK):
            text = text[-_MARGIN:] + block
            for found in _ODD.finditer(text):
                if found["zero"] and is_calculated:
                    continue
                name = _NAME.search(found["wrong"] or found["empty"] or b"")
                if name is None:  # the standard allows cells without names, which follow each other
                    raise FileProblem(_UNUSUAL.format("cells"))
                column = 0
                for letter in name["letters"].decode():
                    column = column * 26 + ord(letter) - ord("A") + 1
                yield int(name["row"]) - 1, column - 1, _NO_VALUE if found["wrong"] is None else _WRONG
