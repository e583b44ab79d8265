"""Files as spreadsheets and databases write them, and each problem with its line."""

from __future__ import annotations

import gzip
import weakref
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from digo.lists.files import csv_file
from digo.lists.files.byte_scan import BLOCK_BYTES
from digo.lists.files.source import Duplicates
from digo.lists.files.source_files import find_source
from digo.lists.rows.list_rows import ReadList
from tests.lists.list_files import number, problems, read, rows, source_of

ASHA, RAVI, NINA = "+12025550142", "+12025550143", "+12025550144"
HEAD = "phone,name,otp\n"


def read_text(folder: Path, text: str | bytes, **options: Any) -> ReadList:
    path = folder / "leads.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(source_of(path, **options))


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that waits in vain for Arrow to let go ends with the test's own time."""
    monkeypatch.setattr(csv_file, "LET_GO_SECONDS", None)


@pytest.mark.parametrize("before", ["", "\ufeff"], ids=["plain", "with BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("sign", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_spellings_of_csv(tmp_path: Path, before: str, end: str, sign: str) -> None:
    text = before + end.join([sign.join(line) for line in (("otp", " phone ", "x", "name"), ("7", ASHA, "", "Ášha"))])
    found = read_text(tmp_path, text)
    assert problems(found) == []
    assert rows(found) == [(ASHA, ["Ášha", "7"])]


def test_quotes_commas_and_line_ends_are_values(tmp_path: Path) -> None:
    found = read_text(tmp_path, HEAD + f'{ASHA},"A, ""B""\nC",1\n{RAVI},null,NA\n')
    assert rows(found) == [(ASHA, ['A, "B"\nC', "1"]), (RAVI, ["null", "NA"])]


def test_lines_stay_right_after_everything_that_moves_them(tmp_path: Path) -> None:
    text = (
        '"phone","name\n(full)",otp\n'  # lines 1 and 2
        f'{ASHA},"two\nlines",1\n'  # 3 and 4
        "\n"  # 5
        'short,"of\nvalues"\n'  # 6 and 7
        ",,\n"  # 8
        "12,A,2\n"  # 9
        f'{RAVI},"three\nmore\nlines",1\n'  # 10 to 12
        f"{ASHA},A,3,4\n"  # 13
        f"{ASHA},B,5\n"  # 14
    )
    columns = {"phone": "field_0", "name\n(full)": "field_1", "otp": "field_5"}
    found = read_text(tmp_path, text, columns=columns)
    lines = [line.split(": ", 2) for line in problems(found)]
    assert [(place, message[:22]) for place, _, message in lines] == [
        ("leads.csv:9", "write it with + and th"),
        ("leads.csv:6", "the row has 2 values, "),
        ("leads.csv:13", "the row has 4 values, "),
        ("leads.csv:14", "this number is already"),
    ]
    assert "already at leads.csv:3:1;" in lines[3][2]


def test_empty_rows_are_no_rows(tmp_path: Path) -> None:
    found = read_text(tmp_path, HEAD + f"\n,,\n{ASHA},A,1\n  , ,\t\n\n{RAVI},B,2\n\n")
    assert [phone for phone, _ in rows(found)] == [ASHA, RAVI]
    assert [found.rows.place(row).line for row in (0, 1)] == [4, 7]
    assert problems(found) == []


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        ("9.19000E+11", "a spreadsheet turned it into a scientific number; format that column as text"),
        ("1,20256E+10", "a spreadsheet turned it into a scientific number; format that column as text"),
        ("12025550142.0", "a program turned it into a decimal number; format that column as text"),
        ("12025550142", "a spreadsheet drops the + of a column that is not formatted as text"),
        ("+1 202 555 01", "it is too short for its country code"),
        ("+1 202 555 0142 x", "it has characters that no phone number has"),
        ("", "it is empty"),
    ],
)
def test_what_spreadsheets_do_to_numbers(tmp_path: Path, phone: str, told: str) -> None:
    (problem,) = problems(read_text(tmp_path, HEAD + f'{RAVI},B,1\n"{phone}",A,1\n'))
    assert problem.startswith("leads.csv:3: phone: ")
    assert told in problem
    assert "2025550142" not in problem


def test_numbers_of_the_lists_own_country(tmp_path: Path) -> None:
    text = HEAD + "(202) 555-0142,A,1\n1 202 555 0143,B,2\n+12025550144,C,3\n012025550145,D,4\n"
    found = read_text(tmp_path, text, country="US")
    assert [phone for phone, _ in rows(found)] == [ASHA, RAVI, NINA]
    assert [line.split(":")[1] for line in problems(found)] == ["5"]


def test_the_lost_plus_of_another_country_is_told(tmp_path: Path) -> None:
    (problem,) = problems(read_text(tmp_path, HEAD + "910000012345,A,1\n", country="US"))
    assert "too long" in problem and "drops the +" in problem


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "the file is empty; its first line is a header"),
        (" \n", 1, "the file is empty; its first line is a header"),
        ("phone,nmae,otp\n", 1, "the header has no column `name`; did you mean `nmae`?"),
        ("Phone,Name,OTP\n", 1, "the header has no column `phone`; did you mean `Phone`?"),
        ("a,b\n", 1, "the header has no column `phone`; it has `a`, `b`"),
        ("phone,name,otp,name\n", 1, "the header has the column `name` twice"),
        (HEAD.encode() + b"+12025550142,\xe9,1\n", 2, "the file is not UTF-8 text; save it as CSV UTF-8"),
        (
            HEAD.encode("utf-16-le"),
            1,
            "the header has NUL characters: UTF-16 text has them; save it as CSV UTF-8, or name its encoding, such as",
        ),
        (HEAD + f'{ASHA},"A,1\n{RAVI},B,2\n', 2, "a quote that opens here is never closed"),
        (f'phone,name,otp,"note\n{ASHA},A,1,x\n', 1, "a quote that opens in the header is never closed"),
    ],
)
def test_files_that_cannot_be_taken(tmp_path: Path, text: str | bytes, line: int, told: str) -> None:
    found = problems(read_text(tmp_path, text))
    assert len(found) == 1
    assert found[0].startswith(f"leads.csv:{line}: : {told}")


def test_one_bad_byte_far_down_has_its_line(tmp_path: Path) -> None:
    text = HEAD.encode() + b"".join(f"{number(i)},A,1\n".encode() for i in range(20_000)) + b"\xff,A,1\n"
    (problem,) = problems(read_text(tmp_path, text))
    assert problem.startswith("leads.csv:20002: : the file is not UTF-8")


def test_control_characters_are_refused(tmp_path: Path) -> None:
    (problem,) = problems(read_text(tmp_path, HEAD + f"{ASHA},A\x1fB,1\n"))
    assert problem == "leads.csv:2: name: it has a control character; take it out"


@pytest.mark.parametrize(
    ("duplicates", "kept"), [(Duplicates.FIRST, [["A", "1"], ["B", "2"]]), (Duplicates.LAST, [["B", "2"], ["C", "3"]])]
)
def test_one_number_in_two_spellings(tmp_path: Path, duplicates: Duplicates, kept: list[list[str]]) -> None:
    text = HEAD + f"{ASHA},A,1\n{RAVI},B,2\n+1 (202) 555-0142,C,3\n"
    (problem,) = problems(read_text(tmp_path, text))
    assert problem.startswith("leads.csv:4: phone: this number is already at leads.csv:2:1;")
    found = read_text(tmp_path, text, duplicates=duplicates)
    assert [values for _, values in rows(found)] == kept
    assert problems(found) == []
    line = {"A": 2, "B": 3, "C": 4}
    assert [found.rows.place(i).line for i in (0, 1)] == [line[values[0]] for values in kept]


def test_several_files_by_a_glob_are_one_list(tmp_path: Path) -> None:
    (tmp_path / "leads").mkdir()
    for name, content in (("a.csv", f"{ASHA},A,1\n"), ("b.csv", f"x,B,2\n{RAVI},B,2\n{ASHA},C,3\n")):
        (tmp_path / "leads" / name).write_text(HEAD + content)
    files = find_source(tmp_path, "leads/*.csv").files
    found = problems(read(source_of(*map(Path, files))))
    assert [line.split(": ")[0] for line in found] == ["b.csv:2", "b.csv:4"]
    assert "already at a.csv:2:1" in found[1]
    assert find_source(tmp_path, "none/*.csv").files == find_source(tmp_path, "none.csv").files == ()


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv.gz"
    path.write_bytes(gzip.compress((HEAD + f"{ASHA},A,1\nbad,B,2\n").encode()))
    assert problems(read(source_of(path)))[0].startswith("leads.csv.gz:3: phone")
    path.write_bytes(b"no gzip")
    assert "it cannot be read" in problems(read(source_of(path)))[0]
    path.write_bytes(gzip.compress((HEAD + f"{ASHA},A,1\n" * 100).encode())[:-12])
    assert "it cannot be read" in problems(read(source_of(path)))[0]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    table = pa.table({"phone": [ASHA, "x"], "name": ["A", None], "otp": pa.array([7, 8], pa.int64())})
    pyarrow.parquet.write_table(table, path)
    found = read(source_of(path))
    assert rows(found) == [(ASHA, ["A", "7"])]
    assert problems(found)[0].startswith("leads.parquet:2: phone: ")
    pyarrow.parquet.write_table(pa.table({"phone": [1.5], "name": ["A"], "otp": ["1"]}), path)
    assert "the column `phone` is of type double" in problems(read(source_of(path)))[0]
    path.write_text("no parquet")
    assert "it is not a Parquet file" in problems(read(source_of(path)))[0]


def test_many_problems_are_counted(tmp_path: Path) -> None:
    found = read_text(tmp_path, HEAD + "x,A,1\n" * 500 + "+12,B,2\n" * 300)
    assert len(found.problems) == 20
    assert sorted(found.more.values()) == [300, 480]


def test_arrow_has_let_go_of_a_file_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(HEAD + f"{ASHA},A,1,ragged\n{RAVI},B,2\n")
    for _ in range(300):
        file = csv_file.open_list_file(path, ("phone", "name"))
        assert sum(len(batch["phone"]) for batch in file.batches()) == 1
        watched = weakref.ref(file)
        del file
        assert watched() is None


def test_arrow_has_let_go_of_a_file_that_is_given_up_half_way(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(HEAD + f"{ASHA},{'A' * BLOCK_BYTES},1\n" * 3)
    batches = csv_file.open_list_file(path, ("phone",)).batches()
    next(batches)
    assert isinstance(batches, Generator)
    batches.close()
