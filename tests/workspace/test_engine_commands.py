"""A command of an engine that fails, hangs or is not there is an error with a next step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digo.project.project_file import load_project
from digo.workspace.engine import EngineCommands, EngineError


def engine(folder: Path, script: str) -> EngineCommands:
    """The commands of a `pulumi` that is this script. The backend is not a folder, so that it is asked."""
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n", encoding="utf-8")
    program = folder / "bin/pulumi"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    environ = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PULUMI_BACKEND_URL": "s3://bucket"}
    return EngineCommands(load_project(folder / "Pulumi.yaml"), "dev", folder, environ)


def test_the_engine_is_the_one_of_the_stacks_own_path(tmp_path: Path) -> None:
    script = """echo '{"deployment": {"resources": [1]}}'"""
    assert engine(tmp_path, script).state() == {"resources": [1]}


def test_an_engine_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digo.workspace.engine._SECONDS_AT_MOST", 0.5)
    with pytest.raises(EngineError, match=r"`pulumi stack ls --json` had not ended .*\n.* s3://bucket may"):
        engine(tmp_path, "exec sleep 1000").stacks()


def test_a_stack_that_the_engine_does_not_list_has_no_state(tmp_path: Path) -> None:
    script = """case "$2" in ls) echo '[{"name": "organization/demo/other"}]' ;; *) echo failed >&2; exit 1 ;; esac"""
    assert engine(tmp_path, script).state() is None


def test_the_state_of_a_listed_stack_must_be_there(tmp_path: Path) -> None:
    script = """case "$2" in ls) echo '[{"name": "dev"}]' ;; *) echo no access >&2; exit 1 ;; esac"""
    with pytest.raises(EngineError, match=r"`pulumi stack export --show-secrets --stack dev` failed: no access"):
        engine(tmp_path, script).state()
