"""`digo new`: what it makes, and what it refuses."""

from __future__ import annotations

import json
import os
import stat
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from digo.cli.main import run
from digo.new.record import RECORD, digest
from digo.version import VERSION
from engine.failure import ConfigurationFailure
from engine.project_file import load_project, project_to_run

ENDPOINT = ("--endpoint", "https://api.example.com")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, without a passphrase: no engine is started."""
    for name in [name for name in os.environ if name.startswith(("DIGO_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_project_has_a_program_a_host_pins_schemas_and_an_environment(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["new", "phones", *ENDPOINT, "--environment", "live", "--cps", "7"]) == 0
    project = place / "phones"
    document = yaml.safe_load((project / "Pulumi.yaml").read_text())
    assert (document["name"], document["runtime"]["options"]["virtualenv"]) == ("phones", ".venv")
    assert "template" not in document
    (host,) = document["plugins"]["providers"]
    launcher = project / host["path"] / "pulumi-resource-pulumi-python"
    assert launcher.stat().st_mode & stat.S_IXUSR
    config = yaml.safe_load((project / "Pulumi.live.yaml").read_text())["config"]
    assert (config["digo:endpoint"], config["digo:cps"]) == ("https://api.example.com", "7")
    assert f"pulumi-digo=={VERSION}\n" in (project / "requirements.txt").read_text()
    for kind in ("agents", "lists"):
        path = project / "config" / "live" / f"{kind}.yaml"
        schema = path.read_text().splitlines()[0].partition("$schema=")[2]
        assert json.loads((path.parent / schema).read_text())["title"] == f"{kind}.yaml"
    assert not list(project.glob(".git*/workflows")) and not (project / ".gitlab-ci.yml").exists()
    assert not any(b"${PROJECT}" in text or b"${DESCRIPTION}" in text for text in files(project).values())
    said = capsys.readouterr().out
    assert "  cd phones\n" in said and "  export DIGO_AUTHORIZATION=…\n" in said


def test_the_pins_are_those_that_the_tests_run_with(place: Path) -> None:
    assert run(["new", "phones", *ENDPOINT]) == 0
    lines = (place / "phones" / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    needed = [pin for pin in pins if not pin.marker or pin.marker.evaluate()]
    assert len(needed) > 20
    assert [pin.name for pin in needed if metadata.version(pin.name) not in pin.specifier] == []


def test_a_broken_environment_is_made_again_with_the_projects_requirements(place: Path) -> None:
    assert run(["new", "phones", *ENDPOINT]) == 0
    (place / "phones" / ".venv").mkdir()
    with pytest.raises(ConfigurationFailure, match=r"there is no Python in it(?s:.)* -r .*/requirements\.txt$"):
        project_to_run(load_project(place / "phones" / "Pulumi.yaml"))


def test_the_profile_is_written_where_it_is_given(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "phones", *ENDPOINT, "--profile", "smartflo"]) == 0
    stack = place / "phones" / "Pulumi.prod.yaml"
    assert yaml.safe_load(stack.read_text())["config"]["digo:profile"] == "smartflo"
    assert run(["-C", "phones", "init", "second", *ENDPOINT]) == 0
    assert "profile" not in (place / "phones" / "Pulumi.second.yaml").read_text()
    assert run(["-C", "phones", "init", "prod", "--profile", "digo"]) == 1
    assert "has digo:profile smartflo, and --profile says digo" in capsys.readouterr().err


def test_the_record_has_the_digest_of_each_file_that_is_the_packages(place: Path) -> None:
    assert run(["new", "phones", *ENDPOINT, "--environment", "live", "--ci", "github"]) == 0
    record = json.loads((place / "phones" / RECORD).read_text())
    assert (record["version"], record["ci"]) == (VERSION, "github")
    assert {"__main__.py", "requirements.txt", ".github/workflows/digo-up.yml"} <= set(record["files"])
    assert {path: digest((place / "phones" / path).read_text()) for path in record["files"]} == record["files"]
    assert not {"Pulumi.yaml", "README.md", "Pulumi.live.yaml"} & set(record["files"])


@pytest.mark.parametrize(
    ("service", "path"), [("github", ".github/workflows/digo-up.yml"), ("gitlab", ".gitlab-ci.yml")]
)
def test_pipelines_run_for_the_environment_with_the_packages_steps(place: Path, service: str, path: str) -> None:
    assert run(["new", "phones", *ENDPOINT, "--environment", "live", "--ci", service]) == 0
    text = (place / "phones" / path).read_text()
    assert "live" in text and "[prod]" not in text and '["prod"]' not in text
    assert ".venv/bin/digo ci step up" in text
    assert "make setup" not in text and "docs/ci/steps" not in text


@pytest.mark.parametrize("name", ["no", "2026", "1e3", "null"])
def test_a_name_that_yaml_would_read_as_something_else_stays_a_text(place: Path, name: str) -> None:
    assert run(["-s", name, "new", name, *ENDPOINT, "--ci", "github"]) == 0
    assert yaml.safe_load((place / name / "Pulumi.yaml").read_text())["name"] == name
    drift = yaml.safe_load((place / name / ".github/workflows/digo-drift.yml").read_text())
    assert drift["jobs"]["drift"]["strategy"]["matrix"]["stack"] == [name]
    assert run(["-C", name, "upgrade", "--check"]) == 0


def test_the_next_commands_are_for_the_shell_that_it_was_typed_in(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "a b").mkdir()
    assert run(["-C", "a b", "new", "phones", *ENDPOINT]) == 0
    assert "  cd 'a b/phones'\n" in capsys.readouterr().out


def test_a_folder_with_files_is_refused_and_kept(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = place / "phones"
    project.mkdir()
    (project / "notes.txt").write_text("ours")
    (project / ".gitignore").write_text("ours\n")
    assert run(["new", "phones", *ENDPOINT]) == 1
    assert "is not empty: it has .gitignore, notes.txt" in capsys.readouterr().err
    assert files(project) == {"notes.txt": b"ours", ".gitignore": b"ours\n"}

    assert run(["new", "phones", *ENDPOINT, "--force"]) == 0
    assert "kept .gitignore" in capsys.readouterr().out
    assert (project / ".gitignore").read_text() == "ours\n"
    assert run(["-C", "phones", "upgrade", "--yes"]) == 0
    assert {"ours", ".digo/", ".env"} <= set((project / ".gitignore").read_text().splitlines())


def test_a_clone_of_an_empty_repository_and_a_virtual_environment_are_no_files(place: Path) -> None:
    (place / ".git").mkdir()
    (place / ".venv").mkdir()
    assert run(["new", ".", *ENDPOINT, "--name", "phones"]) == 0
    assert (place / "Pulumi.yaml").is_file()


def test_a_project_is_not_made_over_another(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "phones", *ENDPOINT]) == 0
    before = files(place)
    assert run(["new", "phones", *ENDPOINT, "--force", "--environment", "second"]) == 1
    said = capsys.readouterr().err
    assert "is a project already" in said and "digo init NAME" in said
    assert files(place) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["phones"], "give --endpoint"),
        (["phones", "--endpoint", "ftp://api.example.com"], "--endpoint"),
        (["phones", *ENDPOINT, "--name", "our phones"], "--name has 1 to 100 letters"),
        (["our phones", *ENDPOINT], "give --name, which has 1 to 100 letters"),
        (["phones", *ENDPOINT, "--environment", "../up"], "an environment is named"),
        (["phones", *ENDPOINT, "--ci", "jenkins"], "'github', 'gitlab', 'none'"),
        (["phones", *ENDPOINT, "--cps", "-1"], "--cps"),
        (["phones", *ENDPOINT, "--profile", "other"], "'digo', 'smartflo'"),
    ],
)
def test_a_wrong_option_makes_nothing(
    place: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["new", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert list(place.iterdir()) == []


def test_a_folder_that_cannot_be_written_leaves_nothing(place: Path) -> None:
    project = place / "phones"
    project.mkdir()
    (project / "host").write_text("a file where a folder is needed")
    assert run(["new", "phones", *ENDPOINT, "--force"]) == 1
    assert files(place) == {"phones/host": b"a file where a folder is needed"}


def test_a_project_of_a_fleet(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["new", "phones", *ENDPOINT, "--environment", "chennai-1", "--ci", "github", "--fleet"]
    assert run(command) == 0
    assert "export DIGO_AUTHORIZATION_CHENNAI_1=…" in capsys.readouterr().out
    project = place / "phones"
    assert "\npulumi-digo[fleet]==" in (project / "requirements.txt").read_text()
    assert run(["-C", "phones", "validate"]) == 0
    assert "fleet.yaml: 1 stack, 1 group, 1 wave, all right" in capsys.readouterr().out
    line = "          DIGO_AUTHORIZATION_{0}: ${{{{ secrets.DIGO_AUTHORIZATION_{0} }}}}\n"
    for path in sorted(project.glob(".github/workflows/*.yml")):
        text = path.read_text()
        assert text.count(line.format("CHENNAI_1")) == text.count("NORTH") + text.count("DIGO_LEDGER_KEY:")
        path.write_text(text.replace(line.format("CHENNAI_1"), line.format("CHENNAI_1") + line.format("GOA_1")))
    before = files(project)
    assert run(["-C", "phones", "upgrade", "--check"]) == 0, "the lines of stacks are the user's"

    # Single stacks from now on, and back: each pipeline has the project's stacks.
    assert run(["-C", "phones", "upgrade", "--no-fleet", "--yes"]) == 0
    single = (project / ".github/workflows/digo-up.yml").read_text()
    assert ('["chennai-1"]' in single or "[chennai-1]" in single) and "ci step up" in single and "GOA_1" not in single
    assert (project / ".github/workflows/digo-fork.yml").exists()
    requirements = (project / "requirements.txt").read_text().replace("\npulumi-digo==", "\npulumi-digo[stores]==")
    (project / "requirements.txt").write_text(requirements)
    assert run(["-C", "phones", "upgrade", "--fleet", "--yes"]) == 0
    assert "pulumi-digo[stores,fleet]==" in (project / "requirements.txt").read_text()
    after = {path: text.replace(line.format("GOA_1").encode(), b"") for path, text in before.items()}
    assert {path: text for path, text in files(project).items() if path.startswith(".github")} == {
        path: text for path, text in after.items() if path.startswith(".github")
    }
    assert run(["-C", "phones", "upgrade", "--check"]) == 0
    (project / "fleet.yaml").write_text("groups: {all: {}}\n")
    assert run(["-C", "phones", "upgrade", "--check"]) == 0, "fleet.yaml is the user's"
