"""A stack file that is not config: each command of `digo` names the place, none shows a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.cli.main import run
from digo.source.problems import ConfigError
from digo.workspace.stack_config import StackConfig, read_project

BROKEN = {
    "indented": ('config:\n  digo:cps: "0"\n   digo:scheme: Bearer\n', "Pulumi.test.yaml:3:", "not YAML"),
    "list": ("- digo:cps\n", "Pulumi.test.yaml:1:1", "the file is not a mapping"),
    "twice": ("config:\n  digo:cps: 3\n  digo:cps: 30\n", "Pulumi.test.yaml:3:3", "`digo:cps` occurs twice"),
    "config is a list": ("config: [digo:cps]\n", "Pulumi.test.yaml:1:1", "'config' must be a mapping of keys"),
}


@pytest.mark.parametrize("command", ["plan", "drift", "validate"])
@pytest.mark.parametrize("broken", BROKEN)
def test_a_stack_file_that_is_no_config(
    command: str, broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, place, reason = BROKEN[broken]
    (tmp_path / "Pulumi.yaml").write_text("name: tried\nruntime: python\n")
    (tmp_path / "Pulumi.test.yaml").write_text(content)
    (tmp_path / "config" / "test").mkdir(parents=True)
    (tmp_path / "config" / "test" / "agents.yaml").write_text("agents: {}\n")
    assert run(["--cwd", str(tmp_path), "--stack", "test", command]) == 1
    printed = "".join(capsys.readouterr())
    assert place in printed
    assert reason in printed


def read(folder: Path, stack_file: str, project: str = "name: tried\nruntime: python\n") -> StackConfig:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.test.yaml").write_text(stack_file)
    return StackConfig(read_project(folder / "Pulumi.yaml"), "test", dict)


def test_scalars_are_what_a_program_gets(tmp_path: Path) -> None:
    config = read(tmp_path, "config:\n  digo:environment: no\n  digo:cps: 0x10\n  digo:timeout: 1_0\n  own: 12:30\n")
    assert (config.get("digo:environment"), config.get("digo:cps"), config.get("digo:timeout")) == ("no", "16", "10")
    assert config.get("tried:own") == "12:30"
    assert config.keys("digo") == ["environment", "cps", "timeout"]


def test_the_defaults_of_the_project_are_there(tmp_path: Path) -> None:
    project = (
        "name: tried\nruntime: python\nconfig:\n  digo:cps: 7\n  digo:guards.maxCreates: 3\n  digo:scheme: bearer\n"
    )
    config = read(tmp_path, "config:\n  digo:cps: 4\n  digo:guards: {maxUpdates: 1}\n", project)
    assert (config.get("digo:cps"), config.get("digo:scheme")) == ("4", "bearer")
    assert config.get("digo:guards") == '{"maxCreates":3,"maxUpdates":1}'
    assert config.is_plain("digo:scheme")
    assert config.keys("digo") == ["cps", "guards", "scheme"]


def test_what_the_project_asks_for_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Pulumi.yaml:4:3: Stack 'test' is missing configuration value 'owner'"):
        read(tmp_path, "config: {}\n", "name: tried\nruntime: python\nconfig:\n  owner: {type: string}\n")


@pytest.mark.parametrize("option", [["--all"], []])
def test_validate_names_a_misspelt_setting_of_the_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tried\nruntime: python\nconfig:\n  digo:endpont: https://a.example\n")
    (tmp_path / "Pulumi.test.yaml").write_text("config:\n  digo:cps: 0123\n  digo:zone:\nconfg: {}\n")
    (tmp_path / "config" / "test").mkdir(parents=True)
    (tmp_path / "config" / "test" / "agents.yaml").write_text("agents: {}\n")
    assert run(["--cwd", str(tmp_path), "--stack", "test", "validate", *option]) == 1
    printed = capsys.readouterr().out
    assert "error: Pulumi.yaml:4:3: digo:endpont is not a setting; did you mean digo:endpoint?" in printed
    assert "warning: Pulumi.test.yaml:2:13: Pulumi reads `0123` as `83`" in printed
    assert "warning: Pulumi.test.yaml:3:3: `digo:zone` has no value" in printed
    assert "warning: Pulumi.test.yaml:4:1: Pulumi does not read `confg`; did you mean `config`?" in printed
