"""Which files a `source` names: a name before a glob, either case of an ending, and nothing left out unsaid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digo.desired import ConfigError, load_environment
from digo.lists.files.source_files import find_source

ASHA = "phone\n+12025550142\n"
RAVI = "phone\n+12025550143\n"


def make(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def load(folder: Path, source: str) -> tuple[list[str], list[str]]:
    """The files that are read, and the warnings; or a refusal."""
    (folder / "lists.yaml").write_text(f"lists:\n  otp: {{id: 4711, source: '{source}'}}\n")
    desired = load_environment(folder, folder)
    files = [Path(path).relative_to(folder).as_posix() for one in desired.lists for path in one.source.files]
    return files, [str(warning) for warning in desired.warnings]


def refused(folder: Path, source: str) -> list[str]:
    with pytest.raises(ConfigError) as problem:
        load(folder, source)
    return [str(one) for one in problem.value.problems]


@pytest.mark.parametrize("name", ["leads[1].csv", "a*b.csv", "what?.csv", "[!x].csv", "data[1]/leads.csv", "**.csv"])
def test_a_name_that_is_there_is_no_glob(tmp_path: Path, name: str) -> None:
    make(tmp_path, **{name: ASHA, "leads1.csv": RAVI, "aXb.csv": RAVI, "whatX.csv": RAVI, "data1/leads.csv": RAVI})
    assert load(tmp_path, name) == ([name], [])


def test_a_folder_that_is_there_is_no_glob_either(tmp_path: Path) -> None:
    make(tmp_path, **{"data[1]/a.csv": ASHA, "data1/b.csv": RAVI})
    assert load(tmp_path, "data[1]/*.csv") == (["data[1]/a.csv"], [])
    assert load(tmp_path, "data[12]/*.csv") == (["data1/b.csv"], [])


@pytest.mark.parametrize("name", ["LEADS.CSV", "leads.Csv", "Leads.cSV"])
def test_endings_count_in_either_case(tmp_path: Path, name: str) -> None:
    make(tmp_path, **{name: ASHA})
    assert load(tmp_path, name) == ([name], [])


def test_hidden_files_are_left_out_and_told(tmp_path: Path) -> None:
    hidden = ["._a.csv", ".hidden.csv", "~$a.csv"]
    make(tmp_path, **{f"g/{name}": "no CSV" for name in [*hidden, ".~lock.a.csv#", "a.csv~"]}, **{"g/a.csv": ASHA})
    files, (warning,) = load(tmp_path, "g/*.csv")
    assert files == ["g/a.csv"]
    assert warning == (
        "lists.yaml:2:27: lists.otp.source: the glob leaves out hidden files, as programs make them beside others: "
        "`g/._a.csv`, `g/.hidden.csv`, `g/~$a.csv`"
    )


def test_hidden_folders_are_left_out_too(tmp_path: Path) -> None:
    make(tmp_path, **{"x/1/2/a.csv": ASHA, "x/b.csv": RAVI, "x/.git/c.csv": RAVI, "x/__MACOSX/._d.csv": RAVI})
    (tmp_path / "x/1/up").symlink_to("..")
    files, (warning,) = load(tmp_path, "x/**/*.csv")
    assert files == ["x/1/2/a.csv", "x/b.csv"]
    assert warning.endswith("`x/.git/c.csv`, `x/__MACOSX/._d.csv`")


def test_who_names_a_hidden_file_gets_it(tmp_path: Path) -> None:
    make(tmp_path, **{".a.csv": ASHA, "~$b.csv": RAVI})
    assert load(tmp_path, ".a.csv") == ([".a.csv"], [])
    assert load(tmp_path, ".*.csv") == ([".a.csv"], [])
    assert load(tmp_path, "~$*.csv") == (["~$b.csv"], [])


def test_a_glob_of_hidden_files_alone_is_refused(tmp_path: Path) -> None:
    make(tmp_path, **{"g/._a.csv": ASHA})
    (problem,) = refused(tmp_path, "g/*.csv")
    assert "lists.yaml:2:27: lists.otp.source: there is no file `g/*.csv` in " in problem
    assert problem.endswith("; the glob leaves out hidden files, as programs make them beside others: `g/._a.csv`")


def test_what_differs_in_case_is_told(tmp_path: Path) -> None:
    make(tmp_path, **{"g/A.CSV": ASHA, "g/b.csv": RAVI})
    files, (warning,) = load(tmp_path, "g/*.csv")
    assert files == ["g/b.csv"]
    assert warning.endswith("the glob leaves out what differs from it in upper and lower case: `g/A.CSV`")
    assert refused(tmp_path, "g/a.csv")[0].endswith("; did you mean `g/A.CSV`?")


@pytest.mark.parametrize("source", ["x/leads.csv", "x/*.csv"])
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("folder", "it is a folder, and a file is due here"),
        ("pipe", "it is a pipe, and a file is due here"),
        ("link to a pipe", "it is a pipe, and a file is due here"),
        ("device", "it is a device, and a file is due here"),
        ("broken link", "it cannot be read: No such file or directory"),
        ("loop", "it cannot be read: Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_told_and_never_waited_for(tmp_path: Path, source: str, kind: str, told: str) -> None:
    (tmp_path / "x").mkdir()
    path = tmp_path / "x" / "leads.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    else:
        path.symlink_to({"device": "/dev/null", "broken link": "nowhere.csv", "loop": "leads.csv"}[kind])
    assert refused(tmp_path, source) == [f"x/leads.csv:1:1: lists.otp: {told}"]


@pytest.mark.usefixtures("modes_count")
def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    make(tmp_path, **{"g/secret/a.csv": ASHA, "g/b.csv": RAVI})
    (tmp_path / "g/secret").chmod(0)
    try:
        (problem,) = refused(tmp_path, "g/**/*.csv")
    finally:
        (tmp_path / "g/secret").chmod(0o700)
    assert problem.endswith("`g/**/*.csv` cannot be looked for: Permission denied")


def test_no_glob_leads_out_of_its_folder(tmp_path: Path) -> None:
    make(tmp_path, **{"secret.csv": ASHA, "inside/a.csv": RAVI})
    for pattern in ("[.][.]/secret.csv", "?[.]/secret.csv", "**/[.][.]/*.csv"):
        assert find_source(tmp_path / "inside", pattern).files == ()


@pytest.mark.parametrize("source", ["l\u00e9ads.csv", "le\u0301ads.csv", "l\u00e9*.csv", "le\u0301a?s.csv"])
@pytest.mark.parametrize("there", ["l\u00e9ads.csv", "le\u0301ads.csv"])
def test_a_name_is_the_one_that_people_see(tmp_path: Path, source: str, there: str) -> None:
    make(tmp_path, **{there: ASHA})
    assert load(tmp_path, source) == ([there], [])


def test_a_folder_s_name_is_the_one_that_people_see_and_the_written_one_wins(tmp_path: Path) -> None:
    make(tmp_path, **{"\u00e9/my\u00a0leads.csv": ASHA, "e\u0301.csv": ASHA, "\u00e9.csv": RAVI})
    assert load(tmp_path, "e\u0301/my leads.csv") == (["\u00e9/my\u00a0leads.csv"], [])
    assert load(tmp_path, "e\u0301.csv") == (["e\u0301.csv"], [])
