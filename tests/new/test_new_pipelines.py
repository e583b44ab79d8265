"""The pipelines of a new project: right by the services' own rules, with steps that the package has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from digo.cli.main import run
from digo.new.pipelines import ci_folder, pipeline_texts, step_names
from digo.new.stacks import with_stacks

BIN = Path(sys.executable).parent


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[Path]:
    """Two projects with the pipelines of one service: of a stack, and of a fleet."""
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    options = ["--endpoint", "https://api.example.com", "--environment", "live-1", "--ci", request.param]
    folders = [tmp_path / "phones", tmp_path / "fleet"]
    for folder, more in zip(folders, ([], ["--fleet"]), strict=True):
        assert run(["new", str(folder), *options, *more]) == 0
    return folders


def checked(*command: str | Path) -> None:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("projects", ["github"], indirect=True)
def test_the_workflows_are_right_by_the_published_schema_and_let_no_stranger_in(projects: list[Path]) -> None:
    workflows = [sorted((project / ".github" / "workflows").glob("*.yml")) for project in projects]
    assert [len(one) for one in workflows] == [4, 3]
    checked(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows[0], *workflows[1])
    checked(BIN / "zizmor", "--offline", "--no-progress", *projects)


@pytest.mark.parametrize("projects", ["gitlab"], indirect=True)
def test_the_pipelines_are_right_by_the_published_schema(projects: list[Path]) -> None:
    paths = [project / ".gitlab-ci.yml" for project in projects]
    checked(BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", *paths)


@pytest.mark.parametrize("fleet", [False, True])
@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_each_line_calls_a_step_of_the_package_or_installs_it(service: str, *, fleet: bool) -> None:
    called: set[str] = set()
    texts = pipeline_texts(service, fleet=fleet)
    for text in texts.values():
        assert "make setup" not in text and "docs/ci/steps" not in text
        assert set(re.findall(r"[a-z-]+\.yml", text)) <= {path.rsplit("/", 1)[-1] for path in texts}
        assert "copy it to" not in text.lower() and "See https://" in text
        called |= set(re.findall(r"\.venv/bin/digo ci step ([a-z-]+)", text))
    assert called <= set(step_names())
    of_stacks, of_fleets = {"plan", "up", "drift"}, {"fleet-plan", "fleet-up", "fleet-drift"}
    assert {"validate", *(of_fleets if fleet else of_stacks)} <= called
    assert called.isdisjoint(of_stacks if fleet else of_fleets)


def test_the_steps_are_the_scripts_of_the_documentation() -> None:
    assert ci_folder() == Path(__file__).resolve().parents[2] / "docs" / "ci"
    of_fleets = {"fleet-drift", "fleet-plan", "fleet-up"}
    of_stacks = {"approved-plan", "drift", "fork-plan", "plan", "snapshot", "up", "validate"}
    assert of_stacks | of_fleets == set(step_names())


def test_many_empty_lines_of_a_pipeline_are_looked_through_once() -> None:
    """Each of them as a beginning of its own would take hours."""
    lines = "\n" * 200_000
    assert with_stacks(f"{lines}  stack: [prod]\n", ["a", "b"]) == f"{lines}  stack: [a, b]\n"
