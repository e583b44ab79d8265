"""README.md: from an empty folder to a planned environment of one's own, in three commands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from sandbox.testing import Sandbox
from tests.docs.own_project import OwnProject
from tests.docs.pages import ROOT, START, Walk, blocks, copy_of_the_project
from tests.warm.warm_python import warm_environment

pytestmark = pytest.mark.timeout(600)

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUARDS = (ROOT / "docs" / "guards.md").read_text(encoding="utf-8")


def own_account() -> str:
    """The commands of "Your own account"."""
    section = README.split("## Your own account\n")[1].split("\n### ")[0]
    (block,) = (one for one in blocks(section) if one.language == "sh")
    return block.text


def test_three_commands_lead_to_a_plan_of_ones_own(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.add_agent("12025550101", name="Sales", intercom="1001")
    commands = own_account()
    assert len([line for line in commands.splitlines() if not line.startswith("export ")]) == 3
    walk = OwnProject(tmp_path / "empty", warm_environment(), {"https://api.example.com": sandbox.url})
    assert "nothing wanted: 0 calls; 1 unmanaged" in walk.sh(commands)
    said = walk.sh("digo export\npulumi preview\n")
    assert re.search(r"^ = .*dynamic/digo:Agent\s+sales\s+import", said, flags=re.MULTILINE), said
    assert not [name for name in sandbox.counts() if name.startswith("POST")]


def test_an_environment_in_a_clone_outlives_a_clean(tmp_path: Path, sandbox: Sandbox) -> None:
    walk = Walk(
        copy_of_the_project(tmp_path / "pulumi-digo", warm_environment()), {"https://api.example.com": sandbox.url}
    )
    walk.sh(START)

    # The setting of a guard that the guards' page shows is one.
    (command,) = re.findall(r"`(pulumi config set --path digo:guards[^`]*)`", GUARDS)
    walk.sh(command.replace("config set", "config set --stack prod") + "\npulumi preview --stack prod\n")
    config = (walk.project / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert "maxCreates" in config

    # `make clean` is for the sandbox's part of the state alone.
    walk.sh("export PULUMI_CONFIG_PASSPHRASE=\npulumi stack init sandbox\n")
    stacks = walk.project / ".pulumi-state" / ".pulumi" / "stacks" / "pulumi-digo"
    assert {path.name for path in stacks.glob("*.json")} == {"prod.json", "sandbox.json"}
    subprocess.run(["make", "clean"], cwd=walk.project, check=True)
    # The CLI keeps copies beside a state, and their attributes.
    left = {path.name.partition(".json")[0] for path in stacks.iterdir()}
    assert left == {"prod"}
    assert not (walk.project / ".venv").exists()


def test_make_up_does_not_claim_what_the_account_is_not(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path / "pulumi-digo", warm_environment())
    python = str(project / ".venv" / "bin" / "python")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
    }
    subprocess.run([python, "-m", "sandbox", "start", "--port", "0"], cwd=project, check=True)
    try:
        status = subprocess.run([python, "-m", "sandbox", "status"], cwd=project, capture_output=True, text=True)
        (url,) = re.findall(r"http://[\d.:]+", status.stdout)
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as panel:
            panel.post("/_sandbox/agents", json={"follow_me_number": "12025550101", "name": "Old name"})
        done = subprocess.run(
            ["scripts/stack.sh", "up", "sandbox"],
            cwd=project,
            env={**kept, "DIGO_ENDPOINT": url},
            capture_output=True,
            text=True,
        )
    finally:
        subprocess.run([python, "-m", "sandbox", "stop"], cwd=project, check=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "agents.sales.name cannot converge" in done.stdout
    assert "matches config" not in done.stdout


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 120
