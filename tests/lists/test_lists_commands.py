"""`digo lists check` and `digo lists diff`: offline, masked, with exit codes for scripts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from digo.cli.main import run
from tests.lists.list_files import number, write_list
from tests.lists.store_servers import WebServer, running
from tests.lists.workbook_files import xlsx
from tests.warm.in_process import call
from tests.warm.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]


def digo(folder: Path, *arguments: str) -> tuple[int, str]:
    """`digo lists …` in a folder that is not a project."""
    code, out, err = call(run, "digo", arguments, folder, {})
    return code, out + err


def test_a_file_that_can_be_sent(tmp_path: Path) -> None:
    """As a process of its own too."""
    write_list(tmp_path / "a.csv", range(200, 300))
    told = "a.csv: 100 rows, no problem; columns besides `phone`: `name`, `otp`\n"
    assert digo(tmp_path, "lists", "check", "a.csv") == (0, told)
    command = [str(warm_python()), "-m", "digo", "lists", "check", "a.csv"]
    environ = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


def test_a_file_beside_numbers_that_are_never_sent(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(200, 300))
    (tmp_path / "dnd.csv").write_text(f"phone\n{number(200)}\n{number(299)}\n{number(1)}\n")
    (tmp_path / "none.csv").write_text("phone\n")
    both = ("--suppress", "dnd.csv", "--suppress", "none.csv")
    assert digo(tmp_path, "lists", "check", "a.csv", *both) == (
        0,
        "a.csv: 98 rows, 2 suppressed, no problem; columns besides `phone`: `name`, `otp`\n"
        "warning: none.csv:1:1: it has no number, only a header: nothing is suppressed by it\n",
    )
    (tmp_path / "none.csv").write_text(f"{number(7)}\n")
    code, text = digo(tmp_path, "lists", "check", "a.csv", *both)
    assert code == 1
    assert text.startswith("none.csv:1:1: it has no header: a number is in its first line")
    assert number(7) not in text


def test_a_file_with_doubts_can_be_sent(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(80_000, 81_200))
    code, text = digo(tmp_path, "lists", "check", "a.csv", "--max", "2")
    assert code == 0
    doubt = "phone: the number is in no range that the phone library knows to be in use; is it right?"
    assert text.splitlines() == [
        "a.csv: 1,200 rows, no problem; columns besides `phone`: `name`, `otp`",
        f"warning: a.csv:2:1: {doubt}",
        f"warning: a.csv:3:1: {doubt}",
        "warning: and 1,198 more warnings",
        f"warning:   1,195 times: {doubt.removeprefix('phone: ')}",
    ]


def test_a_file_that_cannot(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mobile,name\n+12025550142,A\n9.19E+11,B\n+12025550142,C\n" + "x,D\n" * 40)
    code, text = digo(tmp_path, "lists", "check", "a.csv", "--phone", "mobile", "--max", "2")
    assert code == 1
    lines = text.splitlines()
    assert lines[0].startswith("a.csv:3:1: mobile: a spreadsheet turned it into a scientific number")
    assert lines[2] == "and 40 more problems"
    assert "5550142" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["check", "a.csv", "--phone", "phon"], 1, "the header has no column `phon`; did you mean `phone`?"),
        (["check", "a.txt"], 1, "a list is a file that ends in .csv, .csv.gz, .parquet"),
        (["check", "a.csv", "--country", "XX"], 1, "--country is two letters"),
        (["check", "empty.csv"], 1, "empty.csv:1: the file is empty"),
        (["diff", "a.csv", "bad.csv"], 1, "bad.csv:2:1: phone: it is empty"),
    ],
)
def test_what_is_wrong(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    write_list(tmp_path / "a.csv", range(3))
    write_list(tmp_path / "a.txt", range(3))
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "bad.csv").write_text("phone,name,otp\n,A,1\n")
    found, text = digo(tmp_path, "lists", *arguments)
    assert found == code
    assert told in text


def test_names_of_columns_show_no_number(tmp_path: Path) -> None:
    """Where a header is missing or cut, the first row's values are its names."""
    for name, columns in (("a.csv", 'phone,"+1 202 555 0142\nx"\n'), ("b.csv", "phone\n")):
        (tmp_path / name).write_text(columns)
    code, text = digo(tmp_path, "lists", "check", "a.csv")
    assert (code, text) == (
        0,
        "a.csv: 0 rows, no problem; columns besides `phone`: `***0142\N{REPLACEMENT CHARACTER}x`\n",
    )
    code, text = digo(tmp_path, "lists", "diff", "a.csv", "b.csv")
    assert code == 2 and text.startswith("- column `***0142\N{REPLACEMENT CHARACTER}x`\n")


def test_a_difference_by_rows(tmp_path: Path) -> None:
    write_list(tmp_path / "old.csv", range(100))
    write_list(tmp_path / "new.csv", [*range(2, 100), 700], edited=frozenset({5}))
    code, text = digo(tmp_path, "lists", "diff", "old.csv", "new.csv")
    assert code == 2
    assert text.splitlines() == [
        f"+ ***{number(700)[-4:]} (new.csv:100)",
        "- ***0100 (old.csv:2)",
        "- ***0101 (old.csv:3)",
        "~ ***0105 (new.csv:5): name",
        "1 new, 2 gone, 1 changed of 99 rows",
    ]
    assert number(700) in digo(tmp_path, "--show-numbers", "lists", "diff", "old.csv", "new.csv")[1]


def test_other_columns_are_a_difference(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(f"phone,name,city\n{number(1)},A,X\n")
    (tmp_path / "new.csv").write_text(f"otp,phone,name\n1,{number(1)},A\n")
    code, text = digo(tmp_path, "lists", "diff", "old.csv", "new.csv")
    assert (code, text) == (2, "- column `city`\n+ column `otp`\n0 new, 0 gone, 0 changed of 1 row\n")


def test_no_difference(tmp_path: Path) -> None:
    write_list(tmp_path / "old.csv", range(100))
    write_list(tmp_path / "new.csv", range(99, -1, -1))
    assert digo(tmp_path, "lists", "diff", "old.csv", "new.csv") == (0, "0 new, 0 gone, 0 changed of 100 rows\n")


def test_other_encodings_and_sheets(tmp_path: Path) -> None:
    text = f"phone,name\n{number(1)},Zoë\n"
    (tmp_path / "old.csv").write_text(text, encoding="utf-16")
    (tmp_path / "new.csv").write_text(text, encoding="windows-1252")
    assert digo(tmp_path, "lists", "check", "old.csv")[0] == 0
    code, said = digo(tmp_path, "lists", "check", "new.csv")
    assert (code, said.splitlines()[0].partition(" (")[0]) == (
        1,
        "Error: new.csv:2: the file is not UTF-8 text; save it as CSV UTF-8, or name its encoding, such as `encoding: "
        "windows-1252`",
    )
    assert digo(tmp_path, "lists", "check", "new.csv", "--encoding", "cp1252")[0] == 0
    assert (
        "--encoding: `rot13` is not an encoding of text"
        in digo(tmp_path, "lists", "check", "new.csv", "--encoding", "rot13")[1]
    )
    xlsx(tmp_path / "a.xlsx", [["phone", "name"], [number(1), "Zoë"]], others={"Notes": "visible"})
    assert "name one with `sheet`" in digo(tmp_path, "lists", "check", "a.xlsx")[1]
    code, said = digo(tmp_path, "lists", "diff", "old.csv", "a.xlsx", "--sheet", "Leads")
    assert (code, said) == (0, "0 new, 0 gone, 0 changed of 1 row\n")


def test_a_file_at_an_address(tmp_path: Path) -> None:
    with running(WebServer()) as web:
        web.files["/a.csv"] = write_list(tmp_path / "a.csv", range(200, 203)).read_bytes()
        code, said = digo(tmp_path, "lists", "check", f"{web.url}/a.csv?signature=canary")
        assert (code, said) == (0, f"{web.url}/a.csv?***: 3 rows, no problem; columns besides `phone`: `name`, `otp`\n")
        code, said = digo(tmp_path, "lists", "diff", "a.csv", f"{web.url}/b.csv?signature=canary")
        assert code == 1 and f"{web.url}/b.csv?***:1: there is no such object" in said and "canary" not in said
    for address, told in (
        ("http://leads.example/a.csv", "http:// is not encrypted"),
        ("s3://leads/*.csv", "name one object; a glob belongs in config"),
        ("s3://leads/a.txt", "s3://leads/a.txt: a list is a file that ends in .csv"),
    ):
        code, said = digo(tmp_path, "lists", "check", address)
        assert code == 1 and told in " ".join(said.split())
