"""A stack file that is no config: each command of `digo` names the place, none shows a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.cli.main import run
from digo.cli.stack_config import StackConfig

BROKEN = {
    "indented": ('config:\n  digo:cps: "0"\n   digo:scheme: Bearer\n', "Pulumi.test.yaml:3:", "not YAML"),
    "list": ("- digo:cps\n", "Pulumi.test.yaml:1:1", "the file is no mapping"),
    "twice": ("config:\n  digo:cps: 3\n  digo:cps: 30\n", "Pulumi.test.yaml:3:3", "`digo:cps` stands twice"),
    "config is a list": ("config: [digo:cps]\n", "Pulumi.test.yaml:1:1", "a mapping of keys is due here"),
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


def test_a_date_is_a_text_and_a_number_a_key(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.test.yaml"
    path.write_text("config:\n  digo:environment: 2026-01-01\n  digo:cps: 0x10\n  7: seven\n")
    config = StackConfig(path, dict)
    assert (config.get("digo:environment"), config.get("digo:cps"), config.get("7")) == ("2026-01-01", "16", "seven")
    assert config.keys("digo") == ["environment", "cps"]
