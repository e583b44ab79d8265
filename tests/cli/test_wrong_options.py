"""Wrong options: the message names what the user typed, and where it belongs. No Python and no formula is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.cli.main import run

WRONG = [
    (["plan", "-s", "t"], "-s belongs before the command: `digo -s … plan`"),
    (["plan", "--stack=t"], "--stack belongs before the command: `digo --stack … plan`"),
    (
        ["lists", "check", "--show-numbers"],
        "--show-numbers belongs before the command: `digo --show-numbers lists check`",
    ),
    (["plan", "--nonsense"], "No such option '--nonsense'."),
    (["init", "t", "--cps", "12345"], "'--cps': 12345 is not a whole number from 0 to 10,000."),
    (["init", "t", "--cps", "three"], "'--cps': three is not a whole number from 0 to 10,000."),
    (["lists", "check", "pyproject.toml", "--max", "-1"], "'--max': -1 is not a whole number of 0 or more."),
    (["-s"], "Option '-s' requires an argument."),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_a_wrong_option_is_told_as_it_was_typed(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--stack", "nope"], {}, "Error: there is no stack nope"),
        ([], {"PULUMI_STACK": "nope"}, "Error: there is no stack nope (named by PULUMI_STACK)"),
        (["--stack", "nope"], {"PULUMI_STACK": "t"}, "Error: there is no stack nope"),
    ],
)
def test_a_missing_stack_is_told_with_the_variable_that_names_it(
    arguments: list[str],
    environment: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tried\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.t.yaml").write_text("config: {}\n", encoding="utf-8")
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run(["-C", str(tmp_path), *arguments, "plan"]) == 1
    assert said in capsys.readouterr().err
