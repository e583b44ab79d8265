"""Every command shows an example that it would take, and a shell completes what there is."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from digo.cli.commands import COMMANDS as SENTENCES
from digo.cli.main import root, run
from tests.warm.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]


def walked(
    command: click.Command, path: tuple[str, ...], context: click.Context
) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from walked(below, (*path, name), click.Context(below, info_name=name, parent=context))


# click keeps a command's help option from its first context, also for those who ask later in this process.
SETTINGS: dict[str, Any] = dict(root.context_settings)
COMMANDS = dict(walked(root, ("digo",), click.Context(root, info_name="digo", **SETTINGS)))


def test_the_walk_finds_groups_and_what_is_in_them() -> None:
    assert {"digo", "digo plan", "digo ci reviewed", "digo lists check", "digo masking serve"} <= set(COMMANDS)


def test_the_list_of_commands_says_what_each_command_says() -> None:
    firsts = {name: command.get_short_help_str(10_000) for name, command in COMMANDS.items() if name.count(" ") == 1}
    assert firsts == {f"digo {name}": sentence for name, sentence in SENTENCES.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_that_the_command_takes(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name in ("digo engine", "digo sandbox"):  # their `--help` is the other program's
        help_text = COMMANDS[name].get_help(click.Context(COMMANDS[name], info_name=name, **SETTINGS))
    else:
        assert run([*name.split()[1:], "--help"]) == 0
        help_text = " ".join(capsys.readouterr().out.split())
    assert "Example: " in help_text
    example = (COMMANDS[name].epilog or "").split("Example: ")[1]
    # Up to where the shell goes on with something else, or the sentence ends.
    found = re.findall(r"digo ((?:'[^']*'|[^';|&)>\"])*)", example)
    assert found
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config" / "prod").mkdir(parents=True)
    for file in ("config/prod/leads.csv", "leads-monday.csv", "leads-tuesday.csv"):
        (tmp_path / file).touch()
    ran: list[str] = []

    def only_parsed(command: click.Command, context: click.Context) -> None:
        ran.append(context.command_path)

    monkeypatch.setattr(click.Command, "invoke", only_parsed)
    for line in found:
        arguments = shlex.split(re.sub(r"\. Exit code:.*", "", line))
        root.main(arguments, prog_name="digo", standalone_mode=False)
    assert ran[-1].startswith(name) or name in ran


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which the command `digo` is on PATH, as the wheel installs it."""
    command = tmp_path / "digo"
    command.write_text(f'#!/bin/sh\nexec {warm_python()} -m digo "$@"\n')
    command.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_asks_and_is_answered(shell: str, environ: dict[str, str]) -> None:
    script = subprocess.run(["digo", "completion", shell], env=environ, capture_output=True, text=True, check=True)
    assert f"_DIGO_COMPLETE={shell}_complete" in script.stdout
    asked = {**environ, "_DIGO_COMPLETE": f"{shell}_complete", "COMP_WORDS": "digo ci c", "COMP_CWORD": "2"}
    if shell == "fish":
        asked["COMP_CWORD"] = "c"
    answer = subprocess.run(["digo"], env=asked, capture_output=True, text=True, check=True).stdout
    assert "comment" in answer and "config-changes" in answer
    assert "reviewed" not in answer


@pytest.mark.needs("bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [("digo va", ["validate"]), ("digo ci rev", ["reviewed"]), ("digo plan --sn", ["--snapshot"])],
)
def test_bash_completes_by_the_script(words: str, expected: list[str], environ: dict[str, str]) -> None:
    lines = [
        'eval "$(digo completion bash)"',
        f"COMP_WORDS=({words})",
        f"COMP_CWORD={len(words.split()) - 1}",
        "_digo_completion digo",
        'echo "${COMPREPLY[@]}"',
    ]
    done = subprocess.run(["bash", "-c", "\n".join(lines)], env=environ, capture_output=True, text=True)
    assert done.stdout.split() == expected, done.stderr


def test_a_shell_that_is_not_known_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 1
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err
