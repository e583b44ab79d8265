"""`digo` as `make setup` installs it: from any folder, with its own Python, and with the embedded engine behind it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.warm.warm_python import warm_python
from tests.wheel.forked_commands import Command, run_forked

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a stack `t`, its virtual environment and a folder of state."""
    (tmp_path / "config" / "t").mkdir(parents=True)
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: own\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.t.yaml").write_text("config: {'digo:cps': '0'}\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, command: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIGO_", "PULUMI_", "PYTHON"))}
    return subprocess.run(
        [command, *arguments],
        cwd=folder,
        env={**kept, "PULUMI_CONFIG_PASSPHRASE": "test", "PWD": str(folder), "PATH": "/usr/bin:/bin", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_it_runs_the_working_tree_with_its_own_python(editable: Path, project: Path) -> None:
    done = run(project, str(editable / "python"), "-c", "import digo, engine; print(digo.__file__, engine.__file__)")
    assert done.stdout.split() == [str(ROOT / "digo/__init__.py"), str(ROOT / "engine/__init__.py")]
    assert run(project, str(editable / "digo"), "--version").returncode == 0


def test_the_engine_and_digo_find_the_project_from_a_folder_of_it(editable: Path, project: Path) -> None:
    state = {"PULUMI_BACKEND_URL": f"file://{project}/state"}
    below, digo = project / "config" / "t", str(editable / "digo")
    assert run(below, digo, "engine", "stack", "init", "t", **state).returncode == 0
    # The options before the command's name count for it, too.
    done = run(Path("/"), digo, "-C", str(project), "--stack", "t", "engine", "stack", "--show-name", **state)
    assert done.stdout.strip() == "t", done.stderr
    # `digo plan` starts the engine with the same Python.
    (project / "config" / "t" / "agents.yaml").write_text("agents: {}\n", encoding="utf-8")
    done = run(below, digo, "--stack", "t", "history", **state)
    assert done.returncode == 0, done.stderr


def test_the_engine_ends_and_explains_itself_as_it_does_alone(editable: Path, project: Path) -> None:
    state = {"PULUMI_BACKEND_URL": f"file://{project}/state"}
    # The warm Python has the same working tree, but a message with a next step names the `digo` beside its Python.
    own, warm = str(editable / "python"), str(warm_python())
    runs = ((warm, "--help"), (own, "preview", "--stack", "nix"), (warm, "nix"), (warm, "preview", "--nix"))
    environ = {**state, "PULUMI_CONFIG_PASSPHRASE": "test", "PWD": str(project), "PATH": "/usr/bin:/bin"}
    commands = [Command(project, ["engine", *arguments], environ) for _, *arguments in runs]
    for (python, *arguments), behind in zip(
        runs, run_forked(editable, commands, "digo.cli.main engine.cli.main"), strict=True
    ):
        alone = run(project, python, "-m", "engine", *arguments, **state)
        assert (behind.code, behind.stdout, behind.stderr) == (alone.returncode, alone.stdout, alone.stderr)
        assert behind.stdout + behind.stderr


def test_a_next_step_can_be_pasted(editable: Path, project: Path) -> None:
    """An installer's script tells its path. tests/system/test_command_name.py has all the ways to call it."""
    (project / ".venv").symlink_to(editable.parent)
    digo = "../../.venv/bin/digo"
    done = subprocess.run(
        ["bash", "-c", f"{digo} --stack tt validate"],
        cwd=project / "config" / "t",
        env={"PATH": "/usr/bin:/bin", "HOME": str(project)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert f"`{digo} init tt` makes a new one" in done.stderr, done.stderr
