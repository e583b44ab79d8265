"""`digo fleet manifests`, in a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from digo.cli.main import run
from tests.fleet.fleet_project import FleetProject

FLEET = """
groups:
  canary: {stacks: [chennai-1]}
  rest: {stacks: ["*"]}
waves:
  - {name: canary, groups: [canary]}
  - {name: rest, groups: [rest]}
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetProject:
    """A project in a folder of a repository, with one commit and a remote with a password."""
    for name in ("PULUMI_STACK", "PULUMI_BACKEND_URL"):
        monkeypatch.delenv(name, raising=False)
    project = FleetProject(tmp_path / "voice", {"chennai-1": {}, "delhi-1": {"region": "north"}}, FLEET)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    git(tmp_path, "remote", "add", "origin", "https://ann:canary-password@git.example.com/phones.git")
    return project


def test_a_folder_and_a_stream_have_the_same_objects(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["-C", str(project.folder), "fleet", "manifests", "--backend", "s3://state"]
    assert run(command) == 0
    printed = capsys.readouterr()
    first, second = yaml.safe_load_all(printed.out)
    assert printed.err == ""
    assert "canary-password" not in printed.out
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=project.folder, capture_output=True, text=True, check=True
    )
    assert (first["spec"]["projectRepo"], first["spec"]["repoDir"], first["spec"]["commit"]) == (
        "https://git.example.com/phones.git",
        "voice",
        commit.stdout.strip(),
    )
    assert second["spec"]["prerequisites"] == [{"name": "chennai-1"}]

    folder = project.folder / "manifests"
    for _ in range(2):
        assert run([*command, "-o", str(folder)]) == 0
        told = capsys.readouterr()
        assert (told.out.split(" in ")[0], told.err) == ("2 manifests", "")
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())]
    assert "---\n".join(texts) == printed.out

    chosen = [*command, "-o", str(folder), "--label", "region=north"]
    assert run(chosen) == 0
    assert [path.name for path in sorted(folder.iterdir())] == ["1-chennai-1.yaml", "2-delhi-1.yaml"]
    assert [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())] == texts


def test_changes_that_no_commit_has_are_told(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    project.stack("goa-1")
    command = ["-C", str(project.folder), "fleet", "manifests", "--backend", "s3://state"]
    assert run(command) == 0
    assert "has changes that no commit has" in capsys.readouterr().err
    elsewhere = "c0ffee" + "0" * 34
    assert run([*command, "--commit", elsewhere]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert {one["spec"]["commit"] for one in yaml.safe_load_all(printed.out)} == {elsewhere}
    assert run([*command, "--commit", "HEAD"]) == 0
    assert {len(one["spec"]["commit"]) for one in yaml.safe_load_all(capsys.readouterr().out)} == {40}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--commit", "c0ffee", "--branch", "main"], "give one of them"),
        (["--namespace", "Phones"], "`Phones` is not a name in Kubernetes"),
        (["--env", "A B"], "the name of an environment variable has letters, digits and `_`"),
        (["--repository", "https://a.example/b", "--branch", "a b"], "`a b` is not a name of a branch"),
        (["--repository", "https://a.example/b", "--commit", "c0ffee"], "this clone has no commit `c0ffee`; give"),
        (["--look-every", "10s"], "it is at least `1m`"),
        (["--look-every", "soon"], "a time is written as"),
        (["--stack", "delih-1"], "did you mean"),
        (["--repository", "https://git.example.com/a"], "no commit: the project is in no Git repository"),
        ([], "no repository: Git has no remote `origin` here; give --repository URL"),
        (
            ["--repository", "https://a.example/b", "--branch", "main", "--plan", "fleet.yaml"],
            "is not a plan of a fleet",
        ),
        (
            ["--repository", "https://a.example/b", "--branch", "main", "--backend", "file:///s"],
            "give --backend URL",
        ),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state")
    monkeypatch.chdir(FleetProject(tmp_path / "voice", {"chennai-1": {}, "delhi-1": {}}, FLEET).folder)
    assert run(["fleet", "manifests", *arguments]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
