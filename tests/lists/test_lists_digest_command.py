"""`digo lists digest`: one digest for the same rows, whatever the order of rows and files; digests add up."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from digo.cli.main import run
from tests.lists.list_files import number, write_list
from tests.warm.in_process import call

KEY = "a ledger key for the tests, of no worth"


def digest(folder: Path, *arguments: str, key: str = KEY) -> tuple[int, str, str]:
    """`digo lists digest …` in a folder that is not a project: exit code, standard output and standard error."""
    return call(run, "digo", ("lists", "digest", *arguments), folder, {"DIGO_LEDGER_KEY": key} if key else {})


def test_order_and_parts_change_nothing(tmp_path: Path) -> None:
    write_list(tmp_path / "whole.csv", range(1200))
    write_list(tmp_path / "back.csv", range(1199, -1, -1))
    write_list(tmp_path / "one.csv", range(500))
    write_list(tmp_path / "two.csv", range(500, 1200))
    whole = digest(tmp_path, "whole.csv")
    assert whole[0] == 0
    head, columns = whole[1].splitlines()
    assert head.startswith("1200:") and columns == "1,200 rows; columns besides the phone: `name`, `otp`"
    assert digest(tmp_path, "back.csv") == whole
    assert digest(tmp_path, "two.csv", "one.csv") == whole
    assert digest(tmp_path, "two.csv", "--format", "json", "-o", "two.json")[0] == 0
    assert digest(tmp_path, "one.csv", "two.json") == whole
    assert digest(tmp_path, "two.json", "one.csv", "--compare", "back.csv")[0] == 0


def test_the_order_of_columns_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"phone,name,otp\n{number(1)},A,7\n")
    (tmp_path / "b.csv").write_text(f"otp;name;phone\n7;A;{number(1)}\n")
    assert digest(tmp_path, "a.csv") == digest(tmp_path, "b.csv")


def test_the_phone_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"phone,name\n{number(1)},A\n")
    (tmp_path / "b.csv").write_text(f"tel;otp\n{number(1)};7\n")
    (tmp_path / "numbers.csv").write_text(f"phone\n{number(1)}\n")
    found = digest(tmp_path, "numbers.csv", "--format", "json", "-o", "numbers.json")
    assert found[0] == 0
    assert digest(tmp_path, "a.csv", "--column", "phone", "--compare", "numbers.json")[0] == 0
    assert digest(tmp_path, "b.csv", "--phone", "tel", "--column", "tel", "--compare", "numbers.json")[0] == 0


def test_the_columns_of_a_saved_digest_cannot_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"phone,name,otp\n{number(1)},A,7\n")
    assert digest(tmp_path, "a.csv", "--column", "name", "--format", "json", "-o", "a.json")[0] == 0
    assert digest(tmp_path, "a.json", "--column", "name")[0] == 0
    code, _, told = digest(tmp_path, "a.json", "--column", "otp")
    assert code == 1
    assert "the columns of a.json were chosen when it was made: `name`" in told


def test_how_many_rows_differ_from_a_saved_digest(tmp_path: Path) -> None:
    write_list(tmp_path / "old.csv", range(3000))
    write_list(tmp_path / "new.csv", [*range(2, 3000), 4000], edited=frozenset({5, 6, 7}))
    assert digest(tmp_path, "old.csv", "--format", "json", "-o", "old.json")[0] == 0
    code, text, _ = digest(tmp_path, "new.csv", "--compare", "old.json")
    assert code == 2
    assert text.splitlines()[-1] == "compared with old.json: 1 new, 3 changed, 2 gone"
    code, text, told = digest(tmp_path, "old.csv", "--compare", "old.json", "--format", "json")
    assert (code, told) == (0, "compared with old.json: no row differs\n")
    assert json.loads(text) == json.loads((tmp_path / "old.json").read_text())


def test_too_many_differences_are_counted_from_below(tmp_path: Path) -> None:
    write_list(tmp_path / "old.csv", range(20_000))
    write_list(tmp_path / "new.csv", range(20_000), edited=frozenset(range(20_000)))
    assert digest(tmp_path, "old.csv", "--format", "json", "-o", "old.json")[0] == 0
    code, text, _ = digest(tmp_path, "new.csv", "--compare", "old.json")
    assert code == 2
    found = re.search(r"(\d+) changed, at least ([\d,]+) more in [\d,]+ groups of 2,048, too many to tell", text)
    assert found is not None
    assert int(found[1]) + int(found[2].replace(",", "")) == 2048  # every bucket differs


def test_a_saved_digest_shows_no_number(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(300))
    _, text, _ = digest(tmp_path, "a.csv", "--format", "json")
    assert not [index for index in range(300) if number(index)[1:] in text]
    assert KEY not in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a.csv", "--compare", "other-key.json"], "they were made with two ledger keys"),
        (["a.csv", "--compare", "other.csv"], "they are of other columns: `name`, `otp`, and `city`"),
        (["a.csv", "other.csv"], "the files have other columns; name those of all with --column"),
        (["a.csv", "--column", "nam"], "a.csv has no column `nam`"),
        (["a.csv", "--compare", "no.json"], "no.json: it is not a digest of a list"),
        (["a.csv", "a.csv"], "this number is already"),
        (["a.csv", "--compare", "later.json"], "it is a digest of version 2; this one reads version 1"),
    ],
)
def test_what_cannot_be_compared(tmp_path: Path, arguments: list[str], told: str) -> None:
    write_list(tmp_path / "a.csv", range(30))
    (tmp_path / "other.csv").write_text(f"phone,city\n{number(40)},X\n")
    (tmp_path / "no.json").write_text("{}")
    digest(tmp_path, "a.csv", "--format", "json", "-o", "other-key.json", key="another key of the tests, of no worth")
    saved = json.loads((tmp_path / "other-key.json").read_text())
    (tmp_path / "later.json").write_text(json.dumps({**saved, "version": 2}))
    code, out, err = digest(tmp_path, *arguments)
    assert code == 1
    assert told in out + err
    assert "Traceback" not in err


def test_columns_of_both_can_be_compared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"phone,name,city\n{number(1)},A,X\n")
    (tmp_path / "b.csv").write_text(f"phone,otp,name\n{number(1)},9,A\n")
    assert digest(tmp_path, "a.csv", "--compare", "b.csv", "--column", "name")[0] == 0


def test_a_key_is_needed(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(3))
    code, _, told = digest(tmp_path, "a.csv", key="")
    assert code == 1 and "a digest needs a ledger key: give --key-file" in told
    (tmp_path / "key").write_text(KEY)
    assert digest(tmp_path, "a.csv", "--key-file", "key", key="") == digest(tmp_path, "a.csv")
