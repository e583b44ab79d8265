"""A project as a pipeline's job has it: the steps of docs/ci/, the variables of the service, and no terminal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.testing import Sandbox
from tests.ci.fake_hosting import TOKEN, Service, zipped
from tests.scenarios.workspace import ROOT, STACK, Outcome, Workspace

HEAD, MERGE = "a" * 40, "b" * 40
NUMBER = "+1202555"


def agent(index: int, **more: Any) -> dict[str, Any]:
    made = {"name": f"Agent {index}", "follow_me_number": f"{NUMBER}{100 + index:04}", "intercom": 1000 + index}
    return made | more


def github(service: Service, event: Path, *, commit: str = HEAD) -> dict[str, str]:
    """The variables of a job on GitHub, for the pull request 5."""
    head = {"sha": HEAD, "repo": {"full_name": "o/r"}}
    content = {"pull_request": {"number": 5, "head": head}, "repository": {"default_branch": "main"}}
    if commit != HEAD:
        del content["pull_request"]
    event.write_text(json.dumps(content))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": service.url,
        "GITHUB_SERVER_URL": service.url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_RUN_ID": "42",
        "GITHUB_SHA": commit,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_STEP_SUMMARY": str(event.with_name("summary.md")),
    }


def gitlab(service: Service, *, commit: str = HEAD) -> dict[str, str]:
    """The variables of a job on GitLab, for the merge request 5."""
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": service.url,
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_IID": "5",
        "CI_MERGE_REQUEST_PROJECT_URL": f"{service.url}/o/r",
        "CI_COMMIT_SHA": commit,
        "CI_JOB_URL": f"{service.url}/job/42",
        "DIGO_GITLAB_TOKEN": TOKEN,
    }


class Pipeline:
    """Jobs of one repository, on the embedded engine or on `pulumi`, whichever the steps choose."""

    def __init__(self, folder: Path, sandbox: Sandbox, service: Service, workspace: Workspace | None = None) -> None:
        self.workspace = workspace or Workspace(folder, "embedded", sandbox)
        self.folder, self.sandbox, self.service = folder, sandbox, service
        (folder / "docs").symlink_to(ROOT / "docs")
        self.on(github(service, folder / "event.json"))

    def on(self, variables: dict[str, str]) -> None:
        """The jobs from here on have these variables of a service."""
        self.workspace.environ = {**without_hosting(self.workspace.environ), **variables}

    def step(self, name: str, *arguments: str, **variables: str) -> Outcome:
        """Runs a step as a template does."""
        return self.script(f"docs/ci/steps/{name}.sh", *arguments, **variables)

    def script(self, path: str, *arguments: str, **variables: str) -> Outcome:
        done = subprocess.run(
            [path, *arguments],
            cwd=self.folder,
            env={**self.workspace.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=110,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def file(self, name: str) -> str:
        """A file that a step left for people and later jobs."""
        return (self.folder / "digo-ci" / STACK / name).read_text()

    @property
    def plan(self) -> str:
        """The hash of the plan that the last step left."""
        return str(json.loads(self.file("plan.json"))["plan"])

    def merge(self) -> None:
        """The pull request's job keeps its plan, the pull request is merged, and the next jobs are of that commit."""
        self.merged(f"digo-plan-{STACK}-{HEAD}", zipped(plan_json=self.file("plan.json")))

    def merged(self, artefact: str, content: bytes) -> None:
        """The pull request's job has kept that artefact, and the next jobs are of its merge."""
        self.service.ran(1, HEAD)
        self.service.keep(artefact, content, 1)
        self.service.merges[MERGE] = [
            {"merged_at": "2026-11-25T00:00:00Z", "merge_commit_sha": MERGE, "head": {"sha": HEAD}}
        ]
        self.on(github(self.service, self.folder / "event.json", commit=MERGE))

    def writes(self) -> int:
        return sum(count for name, count in self.sandbox.counts().items() if name.startswith("POST"))


def without_hosting(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables without those of a hosting service, such as the one that may run these tests."""
    hosts = ("GITHUB_", "GITLAB_", "CI_", "DIGO_GITLAB")
    return {name: value for name, value in environ.items() if not name.startswith(hosts)}
