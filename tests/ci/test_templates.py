"""The templates: right by the services' own rules, pinned, and with nothing in them but calls of the steps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.doctor.support import CLI
from tests.ci.pipeline import without_hosting
from tests.ci.templates import CI, FLEET, FLEET_GITLAB, GITLAB, jobs, load
from tests.scenarios.workspace import ROOT

OF_ONE_STACK = sorted((CI / "github").glob("*.yml"))
OF_FLEETS = sorted(FLEET.glob("github-*.yml"))
WORKFLOWS = [*OF_ONE_STACK, *OF_FLEETS]
PIPELINES = [GITLAB, FLEET_GITLAB]
STEPS = sorted((CI / "steps").glob("*.sh"))
SHELLS = [*STEPS, *sorted((CI / "shell").glob("*.sh")), *sorted(FLEET.glob("*.sh"))]
BIN = Path(sys.executable).parent


def lines(path: Path) -> Iterator[str]:
    """Every command line of a template."""
    for job in jobs(path).values():
        for step in job.get("steps", ()):
            yield from step.get("run", "").splitlines()
        for key in ("before_script", "script", "after_script"):
            yield from job.get(key, ())


def checked(*command: str | Path) -> None:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, env=without_hosting())
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_workflows_are_right_by_the_published_schema() -> None:
    assert (len(OF_ONE_STACK), len(OF_FLEETS)) == (4, 3)
    checked(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


def test_gitlabs_pipeline_is_right_by_its_published_schema() -> None:
    check = ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    checked(BIN / check[0], *check[1:], *PIPELINES)


def test_no_workflow_lets_a_stranger_in(tmp_path: Path) -> None:
    """zizmor looks for injection, rights that are too wide, unpinned actions and credentials that stay on disk."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for path in WORKFLOWS:
        shutil.copy(path, folder)
    checked(BIN / "zizmor", "--offline", "--no-progress", tmp_path)


@pytest.mark.needs("actionlint")
def test_actionlint_agrees() -> None:
    checked("actionlint", "-shellcheck", BIN / "shellcheck", *WORKFLOWS)


def test_the_pulumi_command_of_the_jobs_is_supported() -> None:
    pages = [*WORKFLOWS, ROOT / "docs" / "howto" / "secrets-from-oidc.md"]
    pattern = r"(?:pulumi-version|^ +version): (\d+)\.(\d+)\.\d+$"
    versions = [re.findall(pattern, path.read_text(), flags=re.MULTILINE) for path in pages]
    assert all(versions)
    assert all(int(major) == CLI[0] and int(minor) >= CLI[1] for found in versions for major, minor in found)


def test_shellcheck_agrees_and_every_script_is_plain_sh() -> None:
    checked(BIN / "shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *SHELLS)
    for path in SHELLS:
        first = path.read_text().splitlines()[0]
        assert first == ("# shellcheck shell=sh" if path.name == "common.sh" else "#!/bin/sh")
        assert os.access(path, os.X_OK) is (path.name != "common.sh")


@pytest.mark.parametrize("path", [*WORKFLOWS, *PIPELINES], ids=lambda path: path.name)
def test_every_line_calls_something_that_is_there(path: Path) -> None:
    found = list(lines(path))
    assert found
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for line in found:
        command, *arguments = line.split()
        if command == "make":
            assert set(arguments) <= targets
            continue
        assert (ROOT / command).is_file() and os.access(ROOT / command, os.X_OK), line
        # An expression in a line would be put into the script's text; a variable is only ever a value.
        assert "${{" not in line
        assert all(re.fullmatch(r'"\$[A-Z_]+"', one) for one in arguments), line


def test_every_step_is_called_by_some_template() -> None:
    called = {line.split()[0] for path in (*WORKFLOWS, *PIPELINES) for line in lines(path)}
    assert {f"docs/ci/steps/{path.name}" for path in STEPS} - called == {"docs/ci/steps/common.sh"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_secrets_are_the_services(path: Path) -> None:
    text = path.read_text()
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    for one in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+(/[\w-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one
    for job in load(path)["jobs"].values():
        assert "timeout-minutes" in job
        for place in (job, *job["steps"]):
            for name, value in place.get("env", {}).items():
                if re.search("TOKEN|KEY|AUTHORIZATION|PASSPHRASE|SECRET", name):
                    assert re.fullmatch(r"\$\{\{ (secrets\.\w+|github\.token) \}\}", value), name


def test_the_last_watch_is_kept_also_where_drift_makes_the_job_red() -> None:
    """actions/cache keeps nothing of a job that fails, and then every finding would be new again each night."""
    steps = [step for job in load(FLEET / "github-drift.yml")["jobs"].values() for step in job["steps"]]
    keeping = [one for one in steps if one.get("with", {}).get("path") == ".digo/fleet/watch.json"]
    assert [(one["uses"].partition("@")[0], one.get("if")) for one in keeping] == [
        ("actions/cache/restore", None), ("actions/cache/save", "always()")
    ]  # fmt: skip
    assert jobs(FLEET_GITLAB)["digo-fleet-drift"]["cache"]["when"] == "always"


def test_one_version_of_an_action_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, pin in re.findall(r"uses: ([\w/-]+)@(.*)", path.read_text()):
            pins.setdefault(action, set()).add(pin)
    assert {action: len(versions) for action, versions in pins.items()} == dict.fromkeys(pins, 1)


def test_an_up_has_a_lock_and_is_never_cut_off() -> None:
    up = jobs(CI / "github" / "up.yml")["up"]
    assert up["concurrency"] == {"group": "digo-up-${{ matrix.stack }}", "cancel-in-progress": False}
    assert jobs(GITLAB)["digo-up"]["resource_group"] == "digo-up-$DIGO_STACK"
    assert jobs(GITLAB)["digo-up"]["interruptible"] is False
    up = jobs(FLEET / "github-up.yml")["up"]
    assert up["concurrency"] == {"group": "digo-fleet-up", "cancel-in-progress": False}
    assert jobs(FLEET_GITLAB)["digo-fleet-up"]["resource_group"] == "digo-fleet-up"
    assert jobs(FLEET_GITLAB)["digo-fleet-up"]["interruptible"] is False


def test_the_names_that_the_merge_job_looks_for() -> None:
    """`digo ci reviewed` finds artefacts and jobs by them."""
    for file, name in (
        ("pull-request.yml", "digo-plan-${{ matrix.stack }}-${{ github.event.pull_request.head.sha }}"),
        ("fork.yml", "digo-plan-${{ inputs.stack }}-${{ inputs.head }}"),
        ("../fleet/github-pull-request.yml", "digo-fleet-plan-${{ github.event.pull_request.head.sha }}"),
    ):
        kept = [
            step["with"]["name"]
            for job in jobs(CI / "github" / file).values()
            for step in job["steps"]
            if "upload-artifact" in step.get("uses", "")
        ]
        assert kept == [name]
    plan = jobs(GITLAB)["digo-plan"]
    assert plan["extends"] == ".digo-stacks"
    assert jobs(GITLAB)[".digo-stacks"]["parallel"] == {"matrix": [{"DIGO_STACK": ["prod"]}]}
    assert jobs(GITLAB)[".digo-stacks"]["artifacts"]["paths"] == ["digo-ci/"]
    assert jobs(FLEET_GITLAB)["digo-fleet-plan"]["extends"] == ".digo-fleet"
    assert jobs(FLEET_GITLAB)[".digo-fleet"]["artifacts"]["paths"] == ["digo-ci/"]


def test_the_job_of_every_fork_has_no_secret_at_all() -> None:
    found = jobs(CI / "github" / "fork.yml")
    changes, plan = found["changes"], found["plan"]
    assert not re.search(r"secrets\.|vars\.|DIGO_VAR_|\binputs\.", str(changes))
    assert changes["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "upload-artifact" not in str(changes)
    assert changes["if"].startswith("github.event_name == 'pull_request_target' && ")
    # Only people with write access can start it, and only the code of the default branch runs.
    assert plan["if"] == (
        "github.event_name == 'workflow_dispatch' && github.ref_name == github.event.repository.default_branch"
    )
    triggers = {path.name for path in WORKFLOWS if "pull_request_target" in load(path)[True]}
    assert triggers == {"fork.yml"}


def test_no_token_is_given_to_the_step_that_has_files_of_a_fork() -> None:
    steps = jobs(CI / "github" / "fork.yml")["plan"]["steps"]
    given = {step["run"].split()[0]: set(step.get("env", {})) for step in steps if step.get("env")}
    secret = {"DIGO_AUTHORIZATION", "PULUMI_CONFIG_PASSPHRASE"}
    assert secret <= given["docs/ci/steps/snapshot.sh"]
    assert not secret & given["docs/ci/steps/approved-plan.sh"]


@pytest.mark.parametrize("path", [*WORKFLOWS, *PIPELINES], ids=lambda path: path.name)
def test_no_artefact_has_the_account(path: Path) -> None:
    """Who may read the repository can fetch its artefacts. GitLab's `digo-ci/` has no snapshot either."""
    for job in jobs(path).values():
        kept = [step["with"]["path"] for step in job.get("steps", ()) if "upload-artifact" in step.get("uses", "")]
        assert all(re.fullmatch(r"digo-ci/(\$\{\{.*\}\}/plan|fleet-(plan|up|drift))\.\*", one) for one in kept)
    if path in PIPELINES:
        assert "snapshot" not in path.read_text()
