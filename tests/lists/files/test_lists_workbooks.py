"""Workbooks: what their cells are as text, which sheet is meant, and damage of every kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from digo.lists.rows.list_rows import ReadList
from tests.lists import workbook_files as made
from tests.lists.list_files import problems, read, rows, source_of
from tests.lists.workbook_files import Cell, Xml, ods, ods_row, xls, xlsx

ASHA, RAVI, NINA = "+12025550142", "+12025550143", "+12025550144"
pytestmark = pytest.mark.usefixtures("warm_workbooks")
COLUMNS = {"phone": "field_0", "name": "field_1"}
HEAD: Sequence[Cell] = ["phone", "name"]
ONLY = "only text and whole numbers stay as they are written; format the column as text, and write it again"


def reading(path: Path, sheet: str | None = None, country: str | None = None) -> ReadList:
    return read(replace(source_of(path, columns=COLUMNS, country=country), sheet=sheet))


def told(path: Path, sheet: str | None = None) -> str:
    (found,) = problems(reading(path, sheet))
    return found


def made_by(ending: str, folder: Path, lines: Sequence[Sequence[str | float]]) -> Path:
    path = folder / f"leads.{ending}"
    if ending == "ods":
        return ods(path, "".join(ods_row(*line) for line in lines))
    return xls(path, lines) if ending == "xls" else xlsx(path, lines)


@pytest.mark.parametrize("ending", ["xlsx", "XLSX", "xls", "ods"])
def test_text_and_whole_numbers_are_read_as_they_are(tmp_path: Path, ending: str) -> None:
    lines: list[list[str | float]] = [
        ["phone", "name", "other"],
        [ASHA, "Zoë", 1.5],
        [RAVI, 17.0, "x"],
        [NINA, "007", "x"],
    ]
    path = made_by(ending, tmp_path, lines) if ending.islower() else xlsx(tmp_path / "leads.XLSX", lines)
    found = reading(path)
    assert (problems(found), rows(found)) == ([], [(ASHA, ["Zoë"]), (RAVI, ["17"]), (NINA, ["007"])])
    assert [found.rows.place(row).line for row in range(3)] == [2, 3, 4]
    (warning,) = found.warnings
    assert (warning.position.line, warning.column) == (3, "name")
    assert warning.message.startswith("the column has numbers, and a spreadsheet keeps no leading zeros of them")


@pytest.mark.cold
def test_the_header_is_the_first_row_with_a_cell(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "leads.xlsx", [[], [None, None], [None, " phone ", "x", "name"], [], [None, ASHA, "", "A"], []]
    )
    found = reading(path)
    assert (problems(found), rows(found)) == ([], [(ASHA, ["A"])])
    assert found.rows.place(0).line == 5


def test_numbers_of_a_country_need_no_text(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "leads.xlsx", [HEAD, [2025550142, "A"], [Xml('<c r="@"><v>2.025550143E9</v></c>'), "B"]])
    found = reading(path, country="US")
    assert (problems(found), rows(found), found.warnings) == ([], [(ASHA, ["A"]), (RAVI, ["B"])], ())


NO_TEXT: list[tuple[Cell, str]] = [
    (12025550142.5, f"it is a number with decimals, and {ONLY}"),
    (Xml('<c r="@"><v>1202555014200000000</v></c>'), "it is a number of more than 15 digits, of which a spreadsheet"),
    (made.DATE, f"it is a date or a time, and {ONLY}"),
    (made.TIME, f"it is a date or a time, and {ONLY}"),
    (made.TRUE, f"it is the value TRUE or FALSE, and {ONLY}"),
    (made.ERROR, "its formula has an error; correct it"),
    (made.FORMULA_WITHOUT_VALUE, "its formula has no value in the file; open the workbook in a spreadsheet and save"),
    (made.FORMULA_WITH_EMPTY_VALUE, "its formula has no value in the file"),
]


@pytest.mark.parametrize("column", ["phone", "name"])
def test_what_is_no_text_is_a_problem_of_its_cell(tmp_path: Path, column: str) -> None:
    lines = [[cell, "A"] if column == "phone" else [ASHA, cell] for cell, _ in NO_TEXT]
    found = problems(reading(xlsx(tmp_path / "leads.xlsx", [HEAD, *lines])))
    assert len(found) == len(NO_TEXT)
    for line, (one, (_, message)) in enumerate(zip(found, NO_TEXT, strict=True), start=2):
        assert one.startswith(f"leads.xlsx:{line}: {column}: {message}")


def test_a_number_that_a_spreadsheet_changed_is_told(tmp_path: Path) -> None:
    cells: list[Cell] = [12025550142, Xml('<c r="@"><v>1.2025550142E10</v></c>'), "9.19900000000E+11", "12025550100.0"]
    found = problems(reading(xlsx(tmp_path / "leads.xlsx", [HEAD, *([cell, "A"] for cell in cells)])))
    lost = "write it with + and the country code"
    said = [
        lost,
        lost,
        "a spreadsheet turned it into a scientific number",
        "a program turned it into a decimal number",
    ]
    for line, (one, message) in enumerate(zip(found, said, strict=True), start=2):
        assert one.startswith(f"leads.xlsx:{line}: phone: {message}")
    assert "a spreadsheet drops the + of a column that is not formatted as text" in found[0]


def test_a_formula_counts_by_its_value(tmp_path: Path) -> None:
    found = reading(xlsx(tmp_path / "leads.xlsx", [HEAD, [ASHA, made.FORMULA]]))
    assert (problems(found), rows(found)) == ([], [(ASHA, ["Asha"])])


@pytest.mark.parametrize("asked", [True, False])
def test_a_formula_that_nobody_has_calculated(tmp_path: Path, asked: bool) -> None:
    """XlsxWriter writes 0 as the value of each formula, and asks the spreadsheet to calculate it."""
    cells: list[Cell] = [Xml('<c r="@"><f>A1</f><v>0</v></c>'), Xml('<c r="@" t="str"><f>A1</f><v>Asha</v></c>'), 0]
    lines: list[Sequence[Cell]] = [HEAD, *([f"+120255501{place:02}", cell] for place, cell in enumerate(cells))]
    path = xlsx(tmp_path / "a.xlsx", lines, calculation='<calcPr fullCalcOnLoad="1"/>' if asked else "<calcPr/>")
    found = reading(path)
    said = "a.xlsx:2: name: its formula has no value in the file; open the workbook in a spreadsheet and save it"
    assert (problems(found), [values for _, values in rows(found)][-2:]) == ([said] if asked else [], [["Asha"], ["0"]])


ERRORS = [
    '<c s="0" t="e" r="@"><v>#N/A</v></c>',
    "<c r='@' t='e'><v>#N/A</v></c>",
    '<c\n t = "e"\n r = "@"\n><v>#N/A</v></c>',
]
FORMULAS = [
    '<c s="0" r="@"><f t="shared" ref="B2:B3" si="0">A1</f></c>',
    "<c r='@'> <f>A1</f> <v> </v> </c>",
    '<c r="@"><f t="array" ref="B2"/><v s="0"></v></c>',
]


@pytest.mark.parametrize("cell", [*ERRORS, *FORMULAS])
def test_no_way_of_writing_hides_an_odd_cell(tmp_path: Path, cell: str) -> None:
    found = reading(xlsx(tmp_path / "a.xlsx", [HEAD, [ASHA, Xml(cell)], [RAVI, "B"]]))
    why = "has an error" if cell in ERRORS else "has no value in the file"
    assert [line.partition("; ")[0] for line in problems(found)] == [f"a.xlsx:2: name: its formula {why}"]


@pytest.mark.parametrize("cell", ['<c t="e"><v>#N/A</v></c>', "<c><f>A1</f></c>"])
def test_an_odd_cell_without_a_name(tmp_path: Path, cell: str) -> None:
    said = "it has its cells in an unusual way; open it in a spreadsheet and save it again"
    assert told(xlsx(tmp_path / "a.xlsx", [HEAD, [ASHA, Xml(cell)]])) == f"a.xlsx:1: : {said}"


def test_odd_cells_of_other_columns_are_no_problem(tmp_path: Path) -> None:
    odd: list[Cell] = [made.DATE, made.TRUE, made.ERROR, made.FORMULA_WITHOUT_VALUE, 1.5]
    found = reading(xlsx(tmp_path / "leads.xlsx", [[*HEAD, "a", "b", "c", "d", "e"], [ASHA, "A", *odd]]))
    assert (problems(found), rows(found)) == ([], [(ASHA, ["A"])])


def test_a_column_of_dates_is_told_by_its_first_rows(tmp_path: Path) -> None:
    lines: list[Sequence[Cell]] = [[f"+1202555{index:04}", made.DATE] for index in range(20_000)]
    found = reading(xlsx(tmp_path / "leads.xlsx", [HEAD, *lines]))
    assert [one.position.line for one in found.problems] == list(range(2, 22))
    assert found.more == {f"it is a date or a time, and {ONLY}": 19_980}


@pytest.mark.parametrize(
    ("merged", "line", "where"),
    [("A2:A3", 2, "A2:A3"), ("B1:C1", 1, "B1:C1"), ("A3:D3", 3, "A3:D3"), ("C2:D3", 0, ""), ("C1:D9", 0, "")],
)
def test_merged_cells_are_refused_where_a_column_is_read(tmp_path: Path, merged: str, line: int, where: str) -> None:
    lines: list[Sequence[Cell]] = [[*HEAD, "c", "d"], [ASHA, "A"], [RAVI, "B"]]
    found = problems(reading(xlsx(tmp_path / "leads.xlsx", lines, merged=[merged])))
    expected = f"leads.xlsx:{line}: : the cells {where} are merged, so that only one has a value; split them"
    assert found == ([expected] if line else [])


def test_the_sheet_is_the_visible_one_or_the_one_of_config(tmp_path: Path) -> None:
    lines = [HEAD, [ASHA, "A"]]
    hidden = xlsx(tmp_path / "a.xlsx", lines, others={"Old": "hidden", "Older": "veryHidden"})
    assert rows(reading(hidden)) == rows(reading(hidden, "Leads")) == [(ASHA, ["A"])]
    assert rows(reading(hidden, "Old")) == []
    two = xlsx(tmp_path / "b.xlsx", lines, others={"Notes": "visible"})
    assert told(two) == "b.xlsx:1: : the workbook has several sheets, `Leads`, `Notes`; name one with `sheet`"
    assert rows(reading(two, "Leads")) == [(ASHA, ["A"])]
    assert told(two, "leads") == "b.xlsx:1: : the workbook has no sheet `leads`; it has `Leads`, `Notes`"
    none = xlsx(tmp_path / "c.xlsx", lines, others={"Notes": "hidden"}, first="Leads")
    assert rows(reading(none)) == [(ASHA, ["A"])]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "1: : the sheet is empty; its first row is a header with the names of the columns"),
        ([[], ["phone", "nmae"]], "2: : the header has no column `name`; did you mean `nmae`?"),
        ([["phone", "name", "name"]], "1: : the header has the column `name` twice"),
        ([HEAD, ["", "A"]], "2: phone: it is empty"),
        ([HEAD, ["x", "A"]], "2: phone: write it with + and the country code"),
    ],
)
def test_what_else_is_wrong_has_its_row(tmp_path: Path, lines: Sequence[Sequence[Cell]], message: str) -> None:
    assert told(xlsx(tmp_path / "leads.xlsx", lines)).startswith(f"leads.xlsx:{message}")


def test_a_sheet_without_rows_is_an_empty_list(tmp_path: Path) -> None:
    found = reading(xlsx(tmp_path / "leads.xlsx", [HEAD]))
    assert (problems(found), rows(found)) == ([], [])


def test_cells_of_repeated_rows_count(tmp_path: Path) -> None:
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    found = reading(ods(tmp_path / "leads.ods", blank + ods_row(*map(str, HEAD)) + blank + ods_row(ASHA, "A")))
    assert (problems(found), rows(found)) == ([], [(ASHA, ["A"])])
    assert found.rows.place(0).line == 8


# What is damaged, protected or a bomb


def test_what_a_password_protects_is_told(tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    path.write_bytes(xls(tmp_path / "a.xls", []).read_bytes() + "EncryptedPackage".encode("utf-16-le"))
    assert told(path) == "leads.xlsx:1: : it is protected by a password; save it without one"


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
@pytest.mark.parametrize(
    "content", [b"", b"phone,name\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_what_is_no_workbook(tmp_path: Path, ending: str, content: bytes) -> None:
    path = tmp_path / f"leads.{ending}"
    path.write_bytes(content)
    found = told(path)
    assert found.startswith(f"leads.{ending}:1: : it is not a workbook that can be read: ") and "\n" not in found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"phone,name\n", "it looks like text; if it is CSV, give it a name that ends in .csv"),
        (b"\xef\xbb\xbf\r\n<html><table>", "it is HTML or XML; open it in a spreadsheet and save it as .xlsx"),
        (b'<?xml version="1.0"?><Workbook>', "it is HTML or XML; open it in a spreadsheet and save it as .xlsx"),
    ],
)
@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_text_that_is_called_a_workbook(tmp_path: Path, ending: str, content: bytes, said: str) -> None:
    path = tmp_path / f"leads.{ending}"
    path.write_bytes(content)
    assert told(path) == f"leads.{ending}:1: : it is not a workbook that can be read: {said}"


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_a_workbook_that_was_cut_off(tmp_path: Path, ending: str) -> None:
    whole = made_by(ending, tmp_path, [["phone", "name"], [ASHA, "A"]])
    content = whole.read_bytes()
    for size in (len(content) // 2, 100, *([] if ending == "xls" else [len(content) - 30])):
        whole.write_bytes(content[:size])
        assert problems(reading(whole)), size


def test_an_old_workbook_never_loses_rows(tmp_path: Path) -> None:
    lines = [["phone", "name"], *([f"+1202555{index:04}", "A"] for index in range(500))]
    whole = xls(tmp_path / "leads.xls", lines)
    content = whole.read_bytes()
    for part in (3, 5, 7):
        whole.write_bytes(content[: len(content) * part // 8])
        found = reading(whole)
        assert problems(found) or len(found.rows) == 500


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_no_damage_is_anything_but_a_problem(tmp_path: Path, ending: str) -> None:
    chance = random.Random(ending)
    path = made_by(ending, tmp_path, [["phone", "name"], [ASHA, "A"], [RAVI, "B"]])
    content = path.read_bytes()
    for _ in range(4):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 5, 40])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        assert isinstance(problems(reading(path)), list)


def test_two_cells_that_ask_for_terabytes(tmp_path: Path) -> None:
    far = Xml('<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>')
    path = xlsx(tmp_path / "leads.xlsx", [HEAD, [far]])
    assert path.stat().st_size < 10_000
    assert "it is damaged, or takes more memory than a workbook of 1,024 MiB; set DIGO_MAX_LIST_MIB higher" in told(
        path
    )


def test_a_cell_that_is_repeated_for_ever(tmp_path: Path) -> None:
    again = ' table:number-columns-repeated="2000000000"'
    path = ods(tmp_path / "leads.ods", ods_row("phone", "name") + ods_row("x", again=again))
    assert told(path).startswith("leads.ods:")


def test_a_small_archive_of_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_LIST_MIB", "16")
    path = xlsx(tmp_path / "leads.xlsx", [HEAD, [ASHA, escape("x" * (17 << 20))]])
    assert path.stat().st_size < 1 << 20
    assert (
        told(path) == "leads.xlsx:1: : it has more than 16 MiB, unpacked; set DIGO_MAX_LIST_MIB higher if this is meant"
    )
