"""Suppress files: which numbers they have, what is wrong with them, and the rows that they leave out."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from digo.lists.files.open_file import list_file
from digo.lists.files.source import Duplicates
from digo.lists.rows.list_rows import ReadList, read_list
from digo.lists.rows.suppress import SuppressFiles
from tests.lists.list_files import number, problems, read, source_of, write_list
from tests.lists.store_servers import WebServer, be_lonely, running
from tests.lists.workbook_files import xlsx

PHONES = [number(index) for index in range(200, 206)]


def suppressed(folder: Path, text: str | bytes, *, name: str = "dnd.csv", country: str | None = None) -> ReadList:
    """Six rows of a list, read beside a suppress file with that text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    write_list(folder / "leads.csv", range(200, 206))
    return read(replace(source_of(folder / "leads.csv", country=country), suppress=(path,)))


def kept(found: ReadList) -> list[str]:
    return [f"+{phone}" for phone in found.rows.phones.to_pylist()]


@pytest.mark.parametrize(
    "text",
    [
        f"phone\n{PHONES[1]}\n{PHONES[4]}\n",
        f"number,since\n{PHONES[4]},2020\n{PHONES[1]},2021\n",
        f"id;Phone;x\n1;{PHONES[1]};\n2;{PHONES[4]};\n3;;\n",
        f"\ufeffphone\r\n\r\n'{PHONES[4]}\r\n00{PHONES[1][1:]}\r\n",
        f"phone\n{PHONES[1][:5]} {PHONES[1][5:8]}-{PHONES[1][8:]}\n{PHONES[4]}\n{PHONES[4]}\n+12025550199\n",
    ],
    ids=["phone", "first column", "another column called phone", "a spreadsheet's", "other spellings, twice"],
)
def test_rows_with_a_number_of_the_file_are_left_out(tmp_path: Path, text: str) -> None:
    found = suppressed(tmp_path, text)
    assert problems(found) == []
    assert kept(found) == [PHONES[0], PHONES[2], PHONES[3], PHONES[5]]
    assert found.suppressed == 2
    assert [found.rows.place(row).line for row in range(4)] == [2, 4, 5, 7]


def test_other_formats_and_several_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"phone\n{PHONES[0]}\n".encode()))
    pyarrow.parquet.write_table(pa.table({"number": [PHONES[1]]}), tmp_path / "b.parquet")
    (tmp_path / "c.csv").write_text(f"phone\n{PHONES[1]}\n{PHONES[2]}\n")
    write_list(tmp_path / "leads.csv", range(200, 206))
    files = tuple(tmp_path / name for name in ("a.csv.gz", "b.parquet", "c.csv"))
    found = read(replace(source_of(tmp_path / "leads.csv"), suppress=files))
    assert (problems(found), kept(found), found.suppressed) == ([], PHONES[3:], 3)


@pytest.mark.usefixtures("warm_workbooks")
def test_a_workbook_and_another_encoding(tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", [["n", "Phone"], [1, PHONES[0]], [2, None], [3, int(PHONES[1][1:])]])
    (tmp_path / "b.csv").write_bytes(f"phone\n{PHONES[2]}\n".encode("utf-16"))
    write_list(tmp_path / "leads.csv", range(200, 206))
    files = (tmp_path / "a.xlsx", tmp_path / "b.csv")
    found = read(replace(source_of(tmp_path / "leads.csv"), suppress=files))
    assert [line.partition(": write it")[0] for line in problems(found)] == ["a.xlsx:4: Phone"]
    found = read(replace(source_of(tmp_path / "leads.csv", country="US"), suppress=files))
    assert (problems(found), kept(found)) == ([], PHONES[3:])


@pytest.mark.usefixtures("warm_workbooks")
def test_no_advice_that_a_suppress_file_cannot_follow(tmp_path: Path) -> None:
    """An entry's `encoding` and `sheet` are those of its source."""
    xlsx(tmp_path / "a.xlsx", [["phone"], [PHONES[0]]], others={"Notes": "visible"})
    (tmp_path / "b.csv").write_bytes(f"phone,name\n{PHONES[0]},Zoë\n".encode("cp1252"))
    write_list(tmp_path / "leads.csv", range(200, 206))
    files = (tmp_path / "a.xlsx", tmp_path / "b.csv")
    assert problems(read(replace(source_of(tmp_path / "leads.csv"), suppress=files))) == [
        "a.xlsx:1: : the workbook has several sheets, `Leads`, `Notes`; hide all others than that of the list",
        "b.csv:2: : the file is not UTF-8 text; save it as CSV UTF-8",
    ]


def test_a_first_column_that_may_be_another_one_is_told(tmp_path: Path) -> None:
    write_list(tmp_path / "leads.csv", range(200, 206))
    told = []
    for head in ("mobile,id", "Phone,id", "mobile", "mobile,"):
        (tmp_path / "dnd.csv").write_text(f"{head}\n{PHONES[0]}{',' * head.count(',')}\n")
        suppressed = SuppressFiles(lambda path: path.name).read((tmp_path / "dnd.csv",), None)
        assert len(suppressed.numbers[0]) == 1
        told.append([f"{one.position}: {one.message}" for one in suppressed.warnings])
    said = (
        "dnd.csv:1:1: it has no column `phone`, so the numbers are those of its first column, `mobile`; call the right"
    )
    assert told == [[f"{said} one `phone`"], [], [], []]


def test_an_object_of_a_store_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_lonely(monkeypatch, str(tmp_path))
    write_list(tmp_path / "leads.csv", range(200, 206))
    with running(WebServer()) as web:
        web.files["/dnd.csv"] = f"phone\n{PHONES[0]}\n".encode()
        address = f"{web.url}/dnd.csv?signature=canary"
        source = replace(source_of(tmp_path / "leads.csv"), suppress=(address,))
        files = SuppressFiles(lambda path: path.name)
        assert [read_list(source, str, files).suppressed for _ in range(2)] == [1, 1]
        assert [path for path, _ in web.seen] == ["/dnd.csv?signature=canary"]
        web.files["/dnd.csv"] = b"phone\noops\n"
        (problem,) = problems(read(source))
        assert problem.startswith(f"{web.url}/dnd.csv?***:2: phone: write it with +")
        assert "canary" not in problem


def test_national_numbers_need_the_country_of_the_list(tmp_path: Path) -> None:
    text = f"phone\n({PHONES[3][2:5]}) {PHONES[3][5:]}\n"
    assert kept(suppressed(tmp_path, text, country="US")) == [*PHONES[:3], *PHONES[4:]]
    (problem,) = problems(suppressed(tmp_path, text))
    assert problem.startswith("dnd.csv:2: phone: write it with + and the country code")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["dnd.csv:1: : the file is empty"]),
        ("\n \n", ["dnd.csv:1: : the file is empty"]),
        (f"{PHONES[0]}\n{PHONES[1]}\n", ["dnd.csv:1: : it has no header: a number is in its first line"]),
        (f"{PHONES[0][1:]}\n", ["dnd.csv:1: : it has no header: a number is in its first line"]),
        (f",phone number\n1,{PHONES[0]}\n", ["dnd.csv:1: : its first column has no name"]),
        (f"phone,phone\n{PHONES[0]},1\n", ["dnd.csv:1: : the header has the column `phone` twice"]),
        (f"phone\n{PHONES[0]}\noops\n", ["dnd.csv:3: phone: "]),
        (f"phone\n{PHONES[0]},1\n", ["dnd.csv:2: : the row has 2 values, and the header 1"]),
        (f'phone\n"{PHONES[0]}\n', ["dnd.csv:2: : a quote that opens here is never closed"]),
        (b"phone\n\xff\xff\n", ["dnd.csv:2: : "]),
        (b"PK\x03\x04phone\n", ["dnd.csv:1: : the file is a zip archive"]),
    ],
)
def test_what_cannot_be_read_is_an_error(tmp_path: Path, text: str | bytes, told: list[str]) -> None:
    found = problems(suppressed(tmp_path, text))
    assert [line[: len(begin)] for line, begin in zip(found, told, strict=True)] == told


@pytest.mark.parametrize("kind", ["folder", "broken link", "missing"])
def test_what_is_no_file_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dnd.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "broken link":
        path.symlink_to(tmp_path / "nowhere.csv")
    write_list(tmp_path / "leads.csv", range(200, 206))
    assert len(problems(read(replace(source_of(tmp_path / "leads.csv"), suppress=(path,))))) == 1


def test_many_problems_are_counted(tmp_path: Path) -> None:
    found = suppressed(tmp_path, "phone\n" + "oops\n" * 50)
    assert (len(found.problems), found.more.total()) == (20, 30)


def test_a_header_alone_suppresses_nothing_and_is_said(tmp_path: Path) -> None:
    found = suppressed(tmp_path, "phone\n\n")
    assert (problems(found), kept(found)) == ([], PHONES)
    (warning,) = SuppressFiles(lambda path: path.name).read([tmp_path / "dnd.csv"], None).warnings
    assert f"{warning.position}: {warning.message}" == (
        "dnd.csv:1:1: it has no number, only a header: nothing is suppressed by it"
    )


def test_a_number_twice_in_the_list_is_an_error_even_if_it_is_suppressed(tmp_path: Path) -> None:
    (tmp_path / "dnd.csv").write_text(f"phone\n{PHONES[0]}\n")
    write_list(tmp_path / "leads.csv", [200, 201, 200])
    source = replace(source_of(tmp_path / "leads.csv"), suppress=(tmp_path / "dnd.csv",))
    assert "this number is already" in problems(read(source))[0]
    found = read(replace(source, duplicates=Duplicates.LAST))
    assert (kept(found), found.suppressed, found.rows.place(0).line) == ([PHONES[1]], 1, 3)


def test_any_list_against_any_file(tmp_path: Path) -> None:
    """The rows that are left are those that a set of Python's own leaves, over several batches of each file."""
    chance = random.Random(7)
    for size, more in ((0, 10), (1, 1), (300, 200), (70_000, 140_000)):
        wanted = chance.sample(range(400_000), size)
        dnd = chance.sample(range(400_000), more)
        write_list(tmp_path / "leads.csv", wanted)
        (tmp_path / "dnd.csv").write_text("phone\n" + "".join(f"{number(index)}\n" for index in dnd))
        found = read(replace(source_of(tmp_path / "leads.csv"), suppress=(tmp_path / "dnd.csv",)))
        out = set(dnd)
        left = [index for index in wanted if index not in out]
        assert kept(found) == [number(index) for index in left]
        assert found.suppressed == size - len(left)
        places = {wanted[row]: row + 2 for row in range(size)}
        for row in chance.sample(range(len(left)), min(20, len(left))):
            assert found.rows.place(row).line == places[left[row]]


def test_a_file_is_read_once_for_all_lists_and_again_if_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: Counter[str] = Counter()

    def counting(path: Path, wanted: tuple[str, ...], optional: tuple[str, ...] = ()) -> Any:
        opened[path.name] += bool(wanted)
        return list_file(path, wanted, optional)

    monkeypatch.setattr("digo.lists.rows.suppress.list_file", counting)
    (tmp_path / "dnd.csv").write_text(f"phone\n{PHONES[0]}\n")
    files = SuppressFiles(lambda path: path.name)
    for name in ("a.csv", "b.csv"):
        write_list(tmp_path / name, range(200, 206))
        source = replace(source_of(tmp_path / name), suppress=(tmp_path / "dnd.csv",))
        assert read_list(source, str, files).suppressed == 1
    assert opened["dnd.csv"] == 1
    (tmp_path / "dnd.csv").write_text(f"phone\n{PHONES[0]}\n{PHONES[1]}\n")
    assert read_list(source, str, files).suppressed == 2
    assert opened["dnd.csv"] == 2
