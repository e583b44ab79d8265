"""CSV: each reader gets back what was written, and no cell is a formula, whatever splits the line."""

from __future__ import annotations

import csv
import io
import re

import pyarrow
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.lists.files.source import Duplicates, ListSource
from digo.lists.rows.list_rows import BETWEEN_VALUES, read_list
from digo.sanitize.csv import csv_line, harmless

SIGNS = "=+@\\-\uff1d\uff0b\uff0d\uff20"
FORMULA = re.compile(rf"[\s\"\0\u200b\ufeff]*[{SIGNS}]")
NUMBER = re.compile(r"[\s\"]*[+-]\d+(?:[ .]\d+)*\s*(?:[;\"\r\n]|$)")
CELLS = st.lists(st.none() | st.text(max_size=20) | st.text(alphabet="=+-@;,\"' \r\n\t|a1", max_size=12), min_size=2)


def python(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def arrow(text: str) -> list[list[str | None]]:
    table = pyarrow.csv.read_csv(
        pyarrow.BufferReader(text.encode()),
        read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=True),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={f"f{place}": pyarrow.string() for place in range(len(python(text)[0]))},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
    return [list(row.values()) for row in table.to_pylist()]


@given(CELLS)
def test_readers_get_back_what_was_written(cells: list[str | None]) -> None:
    line = csv_line(cells)
    assert python(line) == [["" if cell is None else harmless(cell) for cell in cells]]
    assert arrow(line) == [[None if cell is None else harmless(cell) for cell in cells]]


@given(CELLS)
def test_no_cell_is_a_formula(cells: list[str | None]) -> None:
    for cell in python(csv_line(cells))[0]:
        assert not FORMULA.match(cell) or NUMBER.match(cell), cell


@given(st.text(alphabet='=+-@;" a1\uff1d', max_size=12))
def test_no_part_is_a_formula_where_the_separator_is_a_semicolon(cell: str) -> None:
    for parts in python(csv_line(["x", cell, "y"]), ";"):
        for part in parts:
            assert not FORMULA.match(part) or NUMBER.match(part), parts


@given(st.text(alphabet="=+-@;,\"' \r\n|a1é", max_size=20))
def test_the_reader_of_lists_gets_it_back(tmp_path_factory: pytest.TempPathFactory, cell: str) -> None:
    path = tmp_path_factory.mktemp("sheet") / "leads.csv"
    path.write_text(csv_line(["phone", "note"]) + csv_line(["+12025550142", cell]), encoding="utf-8", newline="")
    source = ListSource("1", (path,), {"phone": "field_0", "note": "field_1"}, None, Duplicates("error"))
    found = read_list(source, str)
    assert found.problems == ()
    (value,) = [str(one.as_py()).split(BETWEEN_VALUES) for one in found.rows.values]
    assert value == [harmless(cell)] or value == [harmless(cell).strip()]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\u200b=1", "'\u200b=1"),
        ("＝1+1", "'＝1+1"),
        ("a;=1", "a;'=1"),
        ('";=1', "\";'=1"),
        ("x\n=1;y", "x\n'=1;y"),
        ("Asha\r=1+1", "Asha\r=1+1"),
        ("+1-202-555-0101", "'+1-202-555-0101"),
        ("+12025550101", "+12025550101"),
        ("+1 202 555 0101", "+1 202 555 0101"),
        ("-5", "-5"),
        ("-0.5", "-0.5"),
        ("a=b", "a=b"),
        ("a\0b", "a\\x00b"),
        ("\ud83d", "\\ud83d"),
    ],
)
def test_what_a_spreadsheet_would_run_has_an_apostrophe(text: str, cell: str) -> None:
    assert harmless(text) == cell == harmless(cell)
    assert python(csv_line(["x", text, "y"])) == [["x", cell, "y"]]


def test_nothing_and_an_empty_text_are_told_apart() -> None:
    assert csv_line([None, "", "a"]) == ',"",a\n'


def test_a_row_is_no_command_to_a_pipelines_log() -> None:
    assert csv_line(["::set-output name=a::b", "c"]) == '"::set-output name=a::b",c\n'
