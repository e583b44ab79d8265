"""docs/howto/kubernetes-operator.md: its command runs, and its options and keys are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from digo.cli.fleet_manifests import manifests
from digo.cli.main import run
from digo.fleet.file.models import FleetSettings, WaveEntry
from digo.fleet.manifests.object_names import object_name
from tests.docs.pages import DOCS
from tests.fleet.fleet_project import FleetProject

TEXT = (DOCS / "howto" / "kubernetes-operator.md").read_text(encoding="utf-8")


def test_each_option_and_each_key_exists() -> None:
    options = {name for parameter in manifests.params for name in parameter.opts}
    of_fleet_plan = {"--format", "--from-file"}
    assert set(re.findall(r"--[a-z][a-z-]*", TEXT)) <= options | of_fleet_plan
    rows = TEXT.partition("| --- | --- |\n")[2].partition("\n\n")[0].splitlines()
    keys = {key for row in rows for key in re.findall(r"`([a-z]+)`", row.split("|")[1])}
    assert keys <= {*FleetSettings.model_fields, *WaveEntry.model_fields}
    assert object_name("Goa_2").startswith("goa-2-")


def test_the_first_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    project = FleetProject(tmp_path / "phones", {"chennai-1": {}})
    monkeypatch.chdir(project.folder)
    command, kubectl = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)[0].splitlines()
    repository = ["--repository", "https://git.example.com/phones.git", "--commit", "c0ffee" * 6 + "c0de"]
    assert run([*shlex.split(command)[1:], *repository]) == 0
    assert capsys.readouterr().out == "1 manifest in manifests\n"
    folder = shlex.split(kubectl)[-1]
    assert [path.name for path in (project.folder / folder).iterdir()] == ["1-chennai-1.yaml"]
