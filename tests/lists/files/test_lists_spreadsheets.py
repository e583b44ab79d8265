"""CSV files as spreadsheets and other programs leave them: what is read, and on which line each row stands."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from digo.lists.files import csv_file
from digo.lists.files.byte_scan import BLOCK_BYTES
from digo.lists.files.header import as_seen, read_header
from digo.lists.files.line_index import LineIndex
from digo.lists.files.quotes import is_left_open
from tests.lists.list_files import number, problems, read, rows, source_of

ASHA, RAVI, NINA = "+12025550142", "+12025550143", "+12025550144"
COLUMNS = {"phone": "field_0", "name": "field_1"}
HEAD = "phone,name\n"
BOTH = [(ASHA, "A", 2), (RAVI, "B", 3)]


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that waits in vain for Arrow to let go ends with the test's own time."""
    monkeypatch.setattr(csv_file, "LET_GO_SECONDS", None)


def read_text(folder: Path, text: str, columns: dict[str, str] | None = None) -> tuple[list[str], list[object]]:
    """The problems without the file's name, or the rows: number, name and line."""
    path = folder / "leads.csv"
    path.write_bytes(text.encode())
    found = read(source_of(path, columns=columns or COLUMNS))
    told = [line.removeprefix("leads.csv:") for line in problems(found)]
    lines = [found.rows.place(row).line for row in range(len(found.rows))]
    return told, [(phone, *values, line) for (phone, values), line in zip(rows(found), lines, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"phone,name,,\n{ASHA},A,,\n{RAVI},B,,\n", BOTH),
        (f"phone,name,,\n{ASHA},A\n{RAVI},B,,\n", BOTH),
        (f"phone,name\n{ASHA},A,,\n{RAVI},B\n", BOTH),
        (f"phone,name\n{ASHA},A\n{RAVI},B, ,\n", BOTH),
        (f"phone,,name,\n{ASHA},x,A,y\n{RAVI},,B,\n", BOTH),
        (f'phone,name\n{ASHA},"A\n2",,\n{RAVI},B\n', [(ASHA, "A\n2", 2), (RAVI, "B", 4)]),
        (f'{HEAD}{ASHA},5" pipe\n{RAVI},"two\nlines"\n', [(ASHA, '5" pipe', 2), (RAVI, "two\nlines", 3)]),
        (f'{HEAD}{ASHA},5" pipe\n{RAVI},"two\nlines"', [(ASHA, '5" pipe', 2), (RAVI, "two\nlines", 3)]),
        (
            f'phone,name,5" pipe,"two\nlines"\n{ASHA},A,,\n{RAVI},B,1" x,"""\n"\n',
            [(ASHA, "A", 3), (RAVI, "B", 4)],
        ),
        (f"sep=;\nphone;name\n{ASHA};A\n{RAVI};B\n", [(ASHA, "A", 3), (RAVI, "B", 4)]),
        (f'\ufeff"sep=|"\r\nphone|name\r\n{ASHA}|A\r\n{RAVI}|B\r\n', [(ASHA, "A", 3), (RAVI, "B", 4)]),
        (f"SEP=\t\nphone\tname\n{ASHA}\tA\n{RAVI}\tB\n", [(ASHA, "A", 3), (RAVI, "B", 4)]),
        (f"sep=\\t\nphone\tname\n{ASHA}\tA\n{RAVI}\tB\n", [(ASHA, "A", 3), (RAVI, "B", 4)]),
        (f"sep=^,\nphone^name\n{ASHA}^A\n{RAVI}^B\n", [(ASHA, "A", 3), (RAVI, "B", 4)]),
        (f"\n\r\n , \nphone,name\n{ASHA},A\n{RAVI},B\n", [(ASHA, "A", 5), (RAVI, "B", 6)]),
        (f"\nsep=;\n\nphone;name\n{ASHA};A\n{RAVI};B\n", [(ASHA, "A", 5), (RAVI, "B", 6)]),
        (f"phone|name\n{ASHA}|A\n{RAVI}|B\n", BOTH),
        (f"phone,name\r{ASHA},A\r{RAVI},B", BOTH),
        (f"phone,name\r\n{ASHA},A\n{RAVI},B\r", BOTH),
        (f'phone,name\r{ASHA},"A\r2"\r{RAVI},B\r', [(ASHA, "A\r2", 2), (RAVI, "B", 4)]),
        (f'phone,name\n{ASHA},"A\r\n2"\r\n{RAVI},B\n', [(ASHA, "A\r\n2", 2), (RAVI, "B", 4)]),
        (f"\ufeff\ufeff phone,\u00a0name\u200b\n{ASHA},A\n{RAVI},B\n", BOTH),
        (f"phone,name,x,x\n{ASHA},A,,\n{RAVI},B,\0,\n", BOTH),
        (f'{HEAD}{ASHA},"say ""hi""\nA" \n{RAVI},"""\n""",\n', [(ASHA, 'say "hi"\nA ', 2), (RAVI, '"\n"', 4)]),
        (HEAD, []),
        ("phone,name", []),
        (f"{HEAD}\n\n", []),
    ],
)
def test_what_programs_write_is_read(tmp_path: Path, text: str, expected: list[object]) -> None:
    assert read_text(tmp_path, text) == ([], expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{HEAD}{ASHA},A,,x\n{RAVI}\n", ["2: : the row has 4 values, and the header 2", "3: : the row has 1 value"]),
        (f"phone,name,,\n{ASHA}\n", ["2: : the row has 1 value, and the header 4"]),
        (f"sep=;\nphone,name\n{ASHA},A\n", ["2: : the line before says that `;` is between columns"]),
        (f"sep=foo\n{HEAD}{ASHA},A\n", ["1: : the line `sep=foo` names no sign between columns"]),
        ("sep=;\n", ["2: : the file has no header: each of its lines is blank"]),
        ("\ufeff\n", ["1: : the file is empty"]),
        (",,\n", ["1: : the file has no header"]),
        ("\n\nPhone,name\n", ["3: : the header has no column `phone`; did you mean `Phone`?"]),
        ("'phone',name\n", ["1: : the header has no column `phone`; did you mean `'phone'`?"]),
        (f'{HEAD}{ASHA},"A', ["2: : a quote that opens here is never closed"]),
        (f'{HEAD}{ASHA},A\n{RAVI},"B""\n', ["3: : a quote that opens here is never closed"]),
        (f'{HEAD}{ASHA},A,"x\n{RAVI},B\n', ["2: : a quote that opens here is never closed"]),
        (f'{HEAD}{ASHA},5" x\n{RAVI},"B\n\n{NINA},C\n', ["3: : a quote that opens here is never closed"]),
        (f'{HEAD}{NINA},C\n{ASHA},"A\n{RAVI},"B"\n', ["3: : a cell begins here with a quote and goes on behind"]),
        (f'{HEAD}{NINA},"C ""x""\n"\n{ASHA},"A\n{RAVI},"B"\n', ["4: : a cell begins here with a quote"]),
        (f'{HEAD}{ASHA},"A\n2"\nx,B\n', ["4: phone: write it with +"]),
        (f'{HEAD}{ASHA},"A\r2"\nx,B\n', ["4: phone: write it with +"]),
        ('sep=;\n\nphone;name;5" x;"a\nb"\nx;B;1;2\n', ["5: phone: write it with +"]),
        (f"{HEAD}{ASHA},A\0\n", ["2: name: it has a control character"]),
        ("PK\x03\x04", ["1: : the file is a zip archive, as a workbook of Excel is"]),
        ("PAR1", ["1: : the file is Parquet; give it a name that ends in .parquet"]),
        (f"phone,{'n' * 200_000}\n", ["1: : a name in the header is longer than 131,072 characters"]),
    ],
)
def test_what_cannot_be_read_has_its_line(tmp_path: Path, text: str, told: list[str]) -> None:
    found, _ = read_text(tmp_path, text)
    assert [line[: len(start)] for line, start in zip(found, told, strict=True)] == told


def test_a_header_may_be_long(tmp_path: Path) -> None:
    others = [f"column_{index}" for index in range(5_000)]
    text = ",".join([*others, "phone", "name"]) + "\n" + "," * len(others) + f"{ASHA},A\n" + "," * len(others) + "x,B\n"
    told, _ = read_text(tmp_path, text)
    assert [line[:8] for line in told] == ["3: phone"]
    assert read_text(tmp_path, text.replace("x,B", f"{RAVI},B")) == ([], BOTH)


def test_a_header_longer_than_a_block_is_no_header(tmp_path: Path) -> None:
    name = "n" * 1023 + ","
    told, _ = read_text(tmp_path, "phone," + name * (BLOCK_BYTES // len(name)))
    assert told == ["1: : the header is longer than 4 MiB; is it a CSV file?"]


def test_a_compressed_file_without_its_ending_is_told(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(gzip.compress(HEAD.encode()))
    assert problems(read(source_of(path, columns=COLUMNS)))[0].endswith(
        "the file is compressed; give it a name that ends in .csv.gz"
    )


def test_rows_with_commas_behind_them_keep_their_places_over_many_batches(tmp_path: Path) -> None:
    wide = "x" * 400
    lines = [f"{number(i)},N{i} {wide}" + ("," * (i % 3) if i % 1000 < 3 else "") for i in range(30_000)]
    lines[12_345] += ",value"
    path = tmp_path / "leads.csv"
    path.write_text("\n".join(["phone,name", *lines]) + "\n")
    found = read(source_of(path, columns=COLUMNS))
    assert problems(found) == ["leads.csv:12347: : the row has 3 values, and the header 2"]
    kept = [index for index in range(30_000) if index != 12_345]
    assert found.rows.phones.to_pylist() == [int(number(index)) for index in kept]
    assert [found.rows.place(row).line for row in (0, 12_344, 12_345, 29_998)] == [2, 12_346, 12_348, 30_001]


def test_numbers_that_a_spreadsheet_protects_reach_the_number_reader_whole(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(f'{HEAD}="{ASHA}",A\n"=""{RAVI}""",B\n\'{NINA},C\ntel:{NINA},D\n')
    file = csv_file.open_list_file(path, ("phone",))
    (batch,) = file.batches()
    assert batch["phone"].to_pylist() == [f'="{ASHA}"', f'="{RAVI}"', f"'{NINA}", f"tel:{NINA}"]
    assert list(file.lines(0, 4)) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "left_open"),
    [
        ("", False),
        ('a,5" x\n', False),
        ('a,"b', True),
        ('a,"b"', False),
        ('a,"b""', True),
        ('a,"b""c"x"\n', False),
        ('a\n"b\n"\n', False),
        ('a\n"b\n",\n"', True),
        ('"a"b"c,"', True),
        ('""', False),
    ],
)
def test_only_a_quote_that_begins_a_cell_opens_one(text: str, left_open: bool) -> None:
    assert is_left_open(text, ",") is left_open


def test_names_are_compared_as_people_see_them() -> None:
    assert as_seen("Bu\u0308ro") == as_seen("B\u00fcro\u200e") == "B\u00fcro"
    assert as_seen("First\u00a0 name") == "First name"
    assert as_seen("phone") != as_seen("Phone")


def test_a_head_that_is_cut_in_a_character_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("phone," + "é" * 50_000 + "\n" + f"{ASHA},\n", encoding="utf-8")
    header = read_header(path, ("phone",))
    assert (len(header.names[1]), header.offset, header.rows_line) == (50_000, 100_007, 2)


def test_lines_of_many_rows_are_those_of_each() -> None:
    lines = LineIndex(3)
    lines.rows = 10
    lines.leave_out(4, 'a,"\n"')
    assert list(lines.of_rows(0, 3)) == [3, 4, 5]
    assert list(lines.of_rows(0, 6)) == [lines.of_row(row) for row in range(6)] == [3, 4, 5, 8, 9, 10]
