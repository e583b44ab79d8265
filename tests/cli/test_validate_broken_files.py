"""Each kind of config file, broken in each way: validate says what it is, where, and what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from digo.cli.main import run

NUMBER = '"+1 202 555 0101"'
FILES: Mapping[str, str] = {
    "Pulumi.yaml": "name: p\nruntime: python\n",
    "Pulumi.t.yaml": "config:\n  digo:cps: 3\n",
    "config/t/agents.yaml": f"agents:\n  sales:\n    name: Sales\n    follow_me_number: {NUMBER}\n",
    "config/t/agents/more.yaml": "agents: {}\n",
    "config/t/lists.yaml": "lists:\n  otp:\n    id: 1\n",
    "config/t/approvals.yaml": "approvals: []\n",
    "config/t/policy.yaml": "policy:\n  max_agents: 3\n",
    "config/t/environment.yaml": "defaults:\n  lists: {country: US}\n",
    "config/t/masking.yaml": f'masking:\n  m:\n    numbers: ["+1 202 555 0190"]\n    default: {{callee: {NUMBER}}}\n',
}
Break = Callable[[str], bytes]


def after(text: str) -> Break:
    return lambda good: (good + text).encode()


def first_key(value: str) -> Break:
    return lambda good: f"{good.split(':')[0]}: {value}\n".encode()


# What is done to a sound file, the place (LAST is the line behind the file's last one), and what is said.
LAST = 0
BROKEN: Mapping[str, tuple[Break, int, int, str]] = {
    "tab": (lambda good: b"a:\n\tb: 1\n" + good.encode(), 2, 1, "there is a tab before this text, .* write spaces"),
    "UTF-16": (lambda good: good.encode("utf-16"), 1, 1, "not UTF-8 text but UTF-16; save it as UTF-8"),
    "UTF-16 without a mark": (lambda good: good.encode("utf-16-le"), 1, 1, "not UTF-8 text but UTF-16"),
    "Latin-1": (lambda good: b"# caf\xe9\n" + good.encode(), 1, 6, "the byte 0xE9 begins no character; save it as"),
    "NUL": (after("# \0\n"), LAST, 3, "a NUL byte is here, .* delete it"),
    "bell": (after("# \a\n"), LAST, 3, r"the control character U\+0007 is here"),
    "two documents": (after("---\na: 1\n"), LAST, 1, "a second document begins here with `---`"),
    "alias of nothing": (after("x: *none\n"), LAST, 4, "none of that name is above"),
    "glob without quotes": (after("x: *.csv\n"), LAST, 4, "`\\*` begins an alias"),
    "at sign": (after("x: @home\n"), LAST, 4, "no text can begin with `@`; write it in quotes"),
    "quote without end": (after('x: "a\n'), LAST, 4, "in quotes that begins here has no end"),
    "bracket without end": (after("x: [a\n"), LAST, 4, "`\\[` is here, and its `\\]` is missing"),
    "colon in a text": (after("x: a: b\n"), LAST, 5, "a text that has `: ` in it in quotes"),
    "backslash": (after('x: "C:\\Users"\n'), LAST, 9, "`\\\\` begins a special character in double quotes"),
    "key without colon": (after("nothing\n"), LAST, 1, "a key has a `:` after it"),
    "long key": (after(f"{'k' * 2000}: 1\n"), LAST, 1, "a key has at most 1,024 characters"),
    "wrong indentation": (after(" x: 1\n"), LAST, 0, "check the indentation"),
    "conflict": (lambda good: f"{good}<<<<<<< HEAD\n".encode(), LAST, 1, "a merge left its marks here"),
    "Markdown": (lambda good: f"```yaml\n{good}```\n".encode(), 1, 1, "a block of Markdown"),
    "key twice": (lambda good: (good + good).encode(), LAST, 1, "occurs twice; first at line 1"),
    "list as a key": (after("? [a]\n: 1\n"), LAST, 3, "a key must be a plain text"),
    "a list": (lambda _: b"- a\n", 1, 1, "the file is a list|not a mapping|a mapping is due here, not a list"),
    "a number": (lambda _: b"42\n", 1, 1, "the file is a text|not a mapping|a mapping is due here, not a text"),
    "list as its value": (first_key("[x]"), 1, 0, "not a list|must be|a list is due|a mapping"),
    "truth as its value": (first_key("yes"), 1, 0, "not true or false|must be"),
}  # fmt: skip
SOUND: Mapping[str, Break] = {
    "byte order mark": lambda good: b"\xef\xbb\xbf" + good.encode(),
    "line ends of Windows": lambda good: good.replace("\n", "\r\n").encode(),
    "no line end": lambda good: good.rstrip("\n").encode(),
    "long line": after(f"# {'x' * 200_000}\n"),
}
# Words of libyaml, PyYAML, pydantic and Python.
FOREIGN = re.compile(
    r"scanning|parsing|token|stream|node|could not parse"
    r"|Input should|NoneType|Errno|Traceback|\bdict\b|\bstr\b|\bNone\b"
)
# Pulumi reads `yes` as a text, and so do we: it names the project.
NOT_WRONG = {("Pulumi.yaml", "truth as its value")}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PULUMI_STACK", "DIGO_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def validate(project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit code and the problems."""
    code = run(["-C", str(project), "validate"])
    output = capsys.readouterr()
    assert not output.err
    return code, [line for line in output.out.splitlines() if line.startswith(("error:", "warning:"))]


@pytest.mark.parametrize("file", FILES)
def test_a_broken_file_says_what_it_is(project: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    good = FILES[file]
    for way, (damage, line, column, said) in BROKEN.items():
        if (file, way) in NOT_WRONG:
            continue
        (project / file).write_bytes(damage(good))
        code, problems = validate(project, capsys)
        last = good.count("\n") + 1
        place = f"error: {file}:{line if line != LAST else last}:{column if column else '[0-9]+'}: "
        assert code == 1, way
        assert any(re.search(f"^{place}.*({said})", one) for one in problems), (way, place, said, problems)
        assert not any(FOREIGN.search(one.replace(file, "")) for one in problems), (way, problems)


@pytest.mark.parametrize("file", FILES)
def test_what_an_editor_adds_is_no_problem(project: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    for way, change in SOUND.items():
        (project / file).write_bytes(change(FILES[file]))
        assert validate(project, capsys) == (0, []), way


@pytest.mark.parametrize("file", FILES)
def test_a_folder_and_a_link_to_nothing_are_no_missing_file(
    project: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    (project / file).unlink()
    (project / file).mkdir()
    code, (problem,) = validate(project, capsys)
    assert code == 1
    assert problem.startswith(f"error: {file}:1:1: ")
    assert problem.endswith("it is a folder, and a file is due here")
    (project / file).rmdir()
    (project / file).symlink_to("gone.yaml")
    code, (problem,) = validate(project, capsys)
    assert code == 1
    assert problem.startswith(f"error: {file}:1:1: ")
    assert problem.endswith("it is a link to something that is not there")


@pytest.mark.parametrize("file", [name for name in FILES if name.startswith("config/")])
def test_an_empty_file_says_what_it_begins_with(project: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    kind = "agents" if "more" in file else Path(file).stem
    for text in ("", "# later\n", "---\n"):
        (project / file).write_text(text)
        code, problems = validate(project, capsys)
        assert code == 1
        if kind != "environment":
            assert f"error: {file}:1:1: the file is empty; it begins with `{kind}:`" in problems[0].replace(
                ":2:1", ":1:1"
            )
