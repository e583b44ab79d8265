"""Config that would keep a run busy for ever, or take all memory: each has a limit, told with its place."""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import threading
import zipfile
import zlib
from pathlib import Path

import pytest

from digo.ci.archive import member_of
from digo.ci.untrusted import outside_names
from digo.desired.loader import load_environment
from digo.desired.name_pattern import NamePattern, PatternTooSlow
from digo.desired.policy import PolicyEntry
from digo.desired.rules import agent_violations
from digo.lists.files.source_files import find_source
from digo.phone.number import parse_number
from digo.project.failure import ProjectError
from digo.project.go_yaml import compose, data_of
from digo.source.problems import ConfigError
from digo.system.environment import broken_variables
from digo.system.limits import LIMITS
from digo.system.regular_file import read_any, read_file

AGENTS = 'agents:\n  sales: {{name: {name}, follow_me_number: "+12025550101"}}\n'


@pytest.fixture
def fast_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer of a second ends after a tenth: until then a pattern without end keeps a processor busy."""
    real = threading.Timer
    monkeypatch.setattr(threading, "Timer", lambda seconds, act: real(seconds / 10, act))
    monkeypatch.setenv("DIGO_MAX_PATTERN_SECONDS", "1")


def problems(folder: Path, environ: dict[str, str] | None = None, /, **files: str) -> list[str]:
    """The problems of an environment with these files."""
    for name, text in files.items():
        path = folder / "test" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_environment(folder / "test", folder, environ or {})
    return [str(one) for one in refused.value.problems]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+b",
        "(.*a){12}b",
        "(?:[a-z]+)*b",
        "(?P<x>a+)+b",
        "(?i)(a+)+b",
        "(a?){40}a{40}b",
        "((a|a)(a|a)){20}b",
        "a*a*a*a*a*a*a*a*a*a*b",
        ".*.*.*.*.*.*.*.*.*b",
        "[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*b",
        "(?=(a+)+b)a+",
    ],
)
@pytest.mark.usefixtures("fast_clock")
def test_a_pattern_that_has_no_end_is_told_with_its_place(tmp_path: Path, pattern: str) -> None:
    (problem,) = problems(
        tmp_path, agents=AGENTS.format(name="a" * 60), policy=f"policy: {{name_pattern: '{pattern}'}}\n"
    )
    assert problem.startswith("test/policy.yaml:1:24: policy.name_pattern: the names were not all matched within 1 s")
    assert "set DIGO_MAX_PATTERN_SECONDS higher if this is meant" in problem


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z][A-Za-z ]+",
        r"(?i)sales( \w+)*",
        r"(?P<word>\w+) (?P=word)",
        r"\bSales\b.*",
        r"(?!Night)\w+( desk)?",
        r"(Sales|Night)( (desk|line))+",
        r"[^\d]*",
        r"(?x) sales  # a comment",
        r"Stra\u00dfe.*",
        r"(\w|[\u0900-\u097f])+",
        "",
    ],
)
def test_a_pattern_means_what_it_means_to_python(pattern: str) -> None:
    names = ["Sales desk", "sales Desk", "desk desk", "Night line desk", "Stra\u00dfe 7", "\u0928\u092e", "x"]
    found = NamePattern(pattern)
    found.prepare(names)
    assert [found.matches(name) for name in names] == [re.fullmatch(pattern, name) is not None for name in names]


def test_names_are_matched_by_one_process_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = NamePattern("([A-Z][a-z]+ ?)+")
    calls: list[int] = []
    matched = pattern._matched  # noqa: SLF001

    def counted(names: list[str]) -> bytes:
        calls.append(len(names))
        return matched(names)

    monkeypatch.setattr(pattern, "_matched", counted)
    names = [f"Desk {'abcdefghij'[place % 10] * (1 + place // 10)}" for place in range(500)]
    pattern.prepare(names)
    assert not any(pattern.matches(name) for name in names)
    assert pattern.matches("Desk")
    assert calls == [500, 1]


@pytest.mark.usefixtures("fast_clock")
def test_the_policy_pack_is_told_of_it_once_for_each_agent() -> None:
    policy = PolicyEntry.model_validate({"name_pattern": "(a+)+b"})
    for _ in range(20):  # the time passes once
        (one,) = agent_violations(policy, "a" * 60, parse_number("+12025550101"), None)
        assert one.reason.startswith("the names were not all matched within 1 s")
    with pytest.raises(PatternTooSlow):
        assert policy.name_pattern is not None and policy.name_pattern.matches("a" * 61)


def test_a_pattern_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, agents="agents: {}\n", policy=f"policy: {{name_pattern: '{'a' * 10_001}'}}\n")
    assert "policy.name_pattern: a pattern has at most 10,000 characters" in problem


def tree(folder: Path, depth: int, width: int) -> None:
    folder.mkdir()
    (folder / "a.csv").touch()
    for name in range(width if depth else 0):
        tree(folder / str(name), depth - 1, width)


@pytest.mark.parametrize(
    "pattern",
    [
        "**/" * 12 + "a.csv",
        "**/*/" * 6 + "a.csv",
        "**/" * 200 + "none.csv",
        "*/**/" * 5 + "*.csv",
        "**/[0-9]/**/[0-9]/**/a.csv",
    ],
)
def test_a_glob_of_many_stars_finds_each_file_once(tmp_path: Path, pattern: str) -> None:
    tree(tmp_path / "x", depth=5, width=2)
    found = find_source(tmp_path, pattern).files
    assert len(found) == len(set(found))
    # Python's own `glob` takes hours for these; several `**/` in a row mean the same as one.
    short = re.sub(r"(\*\*/)+", "**/", pattern)
    assert len(found) == len(find_source(tmp_path, short).files)
    if pattern == "**/" * 12 + "a.csv":
        assert len(found) == 2**6 - 1


def test_a_glob_over_too_many_folders_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_FOLDERS", "50")
    tree(tmp_path / "x", depth=6, width=2)
    entry = "{id: 1, source: '../x/**/a.csv', columns: {phone: field_0}}"
    (problem,) = problems(tmp_path, lists=f"lists:\n  otp: {entry}\n")
    assert problem.startswith("test/lists.yaml:2:24: lists.otp.source: ")
    assert "the glob looks into more than 50 folders; set DIGO_MAX_FOLDERS higher" in problem


def test_folders_that_are_nested_without_end_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1100):
        Path("d").mkdir()
        os.chdir("d")
    os.chdir(tmp_path)
    try:
        with pytest.raises(ValueError, match="its folders are nested too deeply"):
            find_source(tmp_path, "**/a.csv")
    finally:
        subprocess.run(["rm", "-rf", "d"], check=True)  # Python's own way is not deep enough


@pytest.mark.parametrize("name", ["agents", "lists", "policy", "environment", "approvals"])
@pytest.mark.parametrize("target", ["/dev/zero", "/dev/tty", "pipe", "/proc/self/mem"])
def test_what_is_no_file_is_not_read_as_config(tmp_path: Path, name: str, target: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / f"{name}.yaml").symlink_to(target if target[0] == "/" else tmp_path / target)
    more = {} if name == "agents" else {"agents": "agents: {}\n"}
    (problem, *_) = problems(tmp_path, **more)
    assert problem.startswith(f"test/{name}.yaml:1:1: cannot be read: ")


def test_a_list_from_a_device_or_a_pipe_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    os.mkfifo(tmp_path / "test" / "pipe.csv")
    for source, what in (("/dev/zero", "source"), ("pipe.csv", "it is a pipe"), ("/dev/stdin", "source")):
        found = problems(tmp_path, lists=f"lists:\n  otp: {{id: 1, source: {source}, columns: {{phone: field_0}}}}\n")
        assert what in found[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("agents: {a: " + "[" * 60 + "]" * 60 + "}\n", "nested more than 50 levels deep"),
        (
            "agents: {a: [" + "[]," * 3000 + "]}\n",
            "the file has more than 5,000 keys and values; set DIGO_MAX_CONFIG_VALUES",
        ),
        ("agents:\n" + "".join(f"  k{number}: {{}}\n" for number in range(3000)), "more than 5,000 keys and values"),
        ("#" + " " * (1 << 20) + "\nagents: {}\n", "it is longer than 1 MiB; set DIGO_MAX_CONFIG_MIB higher"),
        ("agents: {a: {name: " + "x" * (1 << 20) + "}}\n", "it is longer than 1 MiB"),
    ],
)
def test_config_that_is_too_large_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.setenv("DIGO_MAX_CONFIG_VALUES", "5000")
    monkeypatch.setenv("DIGO_MAX_CONFIG_MIB", "1")
    (problem,) = problems(tmp_path, agents=text)
    assert re.match(r"test/agents\.yaml:\d+:\d+: ", problem)
    assert says in problem


def test_variables_that_multiply_are_told_with_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_CONFIG_MIB", "1")
    text = "agents:\n  a: {name: '" + "${X}" * 2000 + '\', follow_me_number: "+12025550101"}\n'
    (problem,) = problems(tmp_path, {"DIGO_VAR_X": "x" * 1000}, agents=text)
    assert problem.startswith("test/agents.yaml:2:13: agents.a.name: ")
    assert "make more than 1 MiB of text; set DIGO_MAX_CONFIG_MIB higher" in problem


@pytest.mark.parametrize(
    "digits", ["9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "0" * 100_000 + "7", "1_" * 5000 + "1"]
)
def test_a_number_of_thousands_of_digits_in_pulumis_files_is_no_crash(tmp_path: Path, digits: str) -> None:
    root = compose(tmp_path / "Pulumi.test.yaml", f"config: {{a: {digits}}}\n")
    assert root is not None
    assert isinstance(data_of(root)["config"]["a"], (float, str, int))


def test_a_project_file_of_too_many_values_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digo.project.go_yaml._MOST_EVENTS", 10_000)
    with pytest.raises(ProjectError, match="more than 10,000 keys and values"):
        compose(tmp_path / "Pulumi.yaml", "a: [" + "[]," * 6_000 + "]\n")


@pytest.mark.parametrize("value", ["0", "-1", "x", "1e9", "", "1.5", "9" * 30])
def test_a_limit_that_is_no_number_is_refused_at_the_start(value: str) -> None:
    for limit in LIMITS:
        assert limit.value({limit.variable: value}) == limit.default
        (problem,) = broken_variables({limit.variable: value})
        assert problem.startswith(f"the environment variable {limit.variable} is a whole number above 0: ")
        assert limit.value({limit.variable: "7"}) == 7


def packed(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("plan.json", content)
    return archive.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_artefact_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, method: int) -> None:
    monkeypatch.setenv("DIGO_MAX_CONFIG_MIB", "1")
    assert member_of(packed(b"{}", method), "plan.json") == b"{}"
    with pytest.raises(ValueError, match=r"more than 1 MiB, unpacked; set DIGO_MAX_CONFIG_MIB"):
        member_of(packed(bytes(2 << 20), method), "plan.json")


def test_a_damaged_artefact_is_told_and_no_crash() -> None:
    whole = packed(zlib.compress(os.urandom(3000)))
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            member_of(bytes(damaged), "plan.json")
        except (KeyError, ValueError):
            continue
    with pytest.raises(KeyError):
        member_of(b"no archive", "plan.json")


def test_a_forks_config_that_is_a_bomb_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_CONFIG_MIB", "1")
    config = tmp_path / "config"
    config.mkdir()
    (config / "deep.yaml").write_text("[" * 5000)
    (config / "large.yaml").write_text("x" * (2 << 20))
    found = list(outside_names(config))
    assert [one.split(":")[0] for one in found] == ["config/deep.yaml", "config/large.yaml"]


def test_a_file_is_read_up_to_its_limit_and_a_pipe_only_where_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGO_MAX_CONFIG_MIB", "1")
    path = tmp_path / "a"
    path.write_bytes(bytes(1 << 20))
    assert len(read_file(path)) == len(read_any(path)) == 1 << 20
    path.write_bytes(bytes((1 << 20) + 1))
    for read in (read_file, read_any):
        with pytest.raises(OSError, match="longer than 1 MiB"):
            read(path)
        with pytest.raises(OSError, match="longer than 1 MiB" if read is read_any else "it is a device"):
            read(Path("/dev/zero"))
        with pytest.raises(IsADirectoryError):
            read(tmp_path)
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none")


def test_a_small_gzip_of_gigabytes_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_LIST_MIB", "16")
    (tmp_path / "test").mkdir()
    with gzip.open(tmp_path / "test" / "leads.csv.gz", "wb") as file:
        file.write(b"phone\n")
        for _ in range(40):
            file.write(b"+12025550101\n" * 80_000)
    (problem,) = problems(tmp_path, lists="lists:\n  otp: {id: 1, source: leads.csv.gz, columns: {phone: field_0}}\n")
    assert "test/leads.csv.gz:" in problem
    assert "it has more than 16 MiB, unpacked; set DIGO_MAX_LIST_MIB higher if this is meant" in problem
