"""docs/howto/secrets-from-oidc.md: its workflows are right, let no stranger in, and hand over what the steps use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import DOCS, ROOT, blocks

PAGE = DOCS / "howto" / "secrets-from-oidc.md"
WORKFLOWS = [block.text for block in blocks(PAGE.read_text(encoding="utf-8")) if block.text.startswith("# .github/")]
BIN = Path(sys.executable).parent
SECRETS = {"DIGO_AUTHORIZATION", "DIGO_LEDGER_KEY", "PULUMI_CONFIG_PASSPHRASE"}


def steps(workflow: str) -> list[dict[str, Any]]:
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    return list(job["steps"])


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the workflows of the page, each in a file of its own."""
    root = tmp_path_factory.mktemp("repository")
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, workflow in enumerate(WORKFLOWS):
        (folder / f"{number}.yml").write_text(workflow, encoding="utf-8")
    return root


def checked(*command: str | Path) -> None:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_are_right_by_the_published_schema(repository: Path) -> None:
    files = sorted(repository.rglob("*.yml"))
    assert len(files) == 2
    checked(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)


def test_they_let_no_stranger_in(repository: Path) -> None:
    checked(BIN / "zizmor", "--offline", "--no-progress", repository)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=["esc", "aws"])
def test_the_job_asks_for_the_token_and_the_last_step_has_each_secret(workflow: str) -> None:
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    assert job["permissions"]["id-token"] == "write"
    assert job["environment"] == "prod"
    *before, last = job["steps"]
    script, stack = last["run"].split()
    assert (ROOT / script).is_file() and stack == job["environment"]
    fetched = {
        line.partition(",")[0] for step in before for line in step.get("with", {}).get("secret-ids", "").split("\n")
    }
    given = {name for name, value in last["env"].items() if "steps." in value} | fetched
    assert given - {""} == SECRETS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=["esc", "aws"])
def test_each_action_has_the_pin_of_the_templates(workflow: str) -> None:
    template = (DOCS / "ci" / "github" / "up.yml").read_text(encoding="utf-8")
    pins = dict(re.findall(r"uses: (\S+)@([0-9a-f]{40}) # v\d", workflow))
    assert len(pins) == sum("uses" in step for step in steps(workflow))
    for action, pin in re.findall(r"uses: (\S+)@([0-9a-f]{40})", template):
        assert pins.get(action, pin) == pin
