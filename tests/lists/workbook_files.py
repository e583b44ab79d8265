"""Small workbooks of tests, part by part, so that each oddity is written as a spreadsheet writes it."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_LINKS = f"{_OFFICE}/officeDocument/2006/relationships"
_PACKAGE = f"{_OFFICE}/package/2006"
_ODS = "urn:oasis:names:tc:opendocument:xmlns"


class Xml(str):
    """A cell as XML, with `@` in place of its name, such as `<c r="@"><v>1</v></c>`."""


Cell = str | int | float | Xml | None
FORMULA_WITHOUT_VALUE = Xml('<c r="@"><f>A1</f></c>')
FORMULA_WITH_EMPTY_VALUE = Xml('<c r="@" s="0"><f aca="false">A1</f><v></v></c>')
FORMULA = Xml('<c r="@" t="str"><f>A1</f><v>Asha</v></c>')
ERROR = Xml('<c r="@" s="0" t="e"><v>#N/A</v></c>')
TRUE = Xml('<c r="@" t="b"><v>1</v></c>')
DATE = Xml('<c r="@" s="1"><v>45000</v></c>')
TIME = Xml('<c r="@" s="1"><v>0.5</v></c>')


def xlsx(
    path: Path,
    rows: Iterable[Sequence[Cell]],
    merged: Iterable[str] = (),
    others: Mapping[str, str] | None = None,
    first: str = "Leads",
    calculation: str = "",
) -> Path:
    """Writes a workbook whose sheet `first` has the rows.

    `others` are further sheets: name and state. `calculation` is XML: what it says of its formulas.
    """
    sheets = {first: "visible", **(others or {})}
    numbered = list(enumerate(sheets.items(), start=1))
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" state="{state}" r:id="rId{n}"/>' for n, (name, state) in numbered
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    styles = f'<Relationship Id="rId99" Type="{_LINKS}/styles" Target="styles.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        main = f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{main}</Relationships>')
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{listed}</sheets>{calculation}</workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{links}{styles}</Relationships>',
        )
        formats = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{_MAIN}">{formats}</styleSheet>')
        for n, _ in numbered:
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml", _sheet(rows if n == 1 else [["phone", "name"]], merged if n == 1 else ())
            )
    return path


def _sheet(rows: Iterable[Sequence[Cell]], merged: Iterable[str]) -> str:
    data = "".join(
        f'<row r="{n}">{"".join(_cell(cell, f"{chr(65 + place)}{n}") for place, cell in enumerate(row))}</row>'
        for n, row in enumerate(rows, start=1)
    )
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData><mergeCells>{ranges}</mergeCells></worksheet>'


def _cell(cell: Cell, name: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Xml):
        return cell.replace("@", name)
    if isinstance(cell, str):
        return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{name}"><v>{cell}</v></c>'


def ods(path: Path, rows: str, name: str = "Leads") -> Path:
    """Writes a workbook of OpenDocument with the rows as XML."""
    spaces = " ".join(f'xmlns:{one}="{_ODS}:{one}:1.0"' for one in ("office", "table", "text"))
    table = f'<table:table table:name="{name}">{rows}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{_ODS}:manifest:1.0"/>')
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return path


def ods_row(*cells: str | float, again: str = "") -> str:
    """A row of OpenDocument. `again` are further attributes of each cell."""
    written = "".join(
        f'<table:table-cell office:value-type="string"{again}><text:p>{escape(cell)}</text:p></table:table-cell>'
        if isinstance(cell, str)
        else f'<table:table-cell office:value-type="float" office:value="{cell}"{again}/>'
        for cell in cells
    )
    return f"<table:table-row>{written}</table:table-row>"


def xls(path: Path, rows: Iterable[Sequence[str | float]]) -> Path:
    """Writes a workbook of Excel 97 with one sheet `Leads`: records of BIFF8 in a compound file."""
    cells = b"".join(
        _text_record(row, column, cell)
        if isinstance(cell, str)
        else _record(0x203, struct.pack("<HHHd", row, column, 0, cell))
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
    )
    name = b"Leads"
    begin, end = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)), _record(0x0A, b"")
    start = len(begin) + 4 + 8 + len(name) + len(end)
    listed = _record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name)
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + end
    path.write_bytes(_compound(begin + listed + end + sheet))
    return path


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _text_record(row: int, column: int, text: str) -> bytes:
    return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def _compound(stream: bytes) -> bytes:
    """A compound file with the stream `Workbook`: header, table of sectors, directory, content."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % 512)
    sectors = len(stream) // 512
    assert sectors < 126, "one sector of the table is enough"
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    entries = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    return head + table + entries.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    written = f"{name}\0".encode("utf-16-le")
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        written.ljust(64, b"\0")
        + struct.pack("<HBB", len(written), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
