"""`pulumi new` on this repository: the template section of Pulumi.yaml, and a project made from it.

Source of what the CLI reads: pulumi/pulumi, `sdk/go/common/apitype/templates.go` and
`pkg/cmd/pulumi/project/newcmd/new.go`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from digo.lists.key import NAME as LEDGER_KEY
from digo.settings.stack_settings import COMMAND_KEYS, DEFAULT_CPS, KEYS
from sandbox.testing import Sandbox

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["template"]
MADE = (".git", ".venv", ".digo", ".sandbox", ".pulumi-state", "__pycache__", ".*_cache", ".hypothesis")
PLACEHOLDERS = tuple(f"${{{name}}}" for name in ("PROJECT", "DESCRIPTION"))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository as a clone has it."""
    return Path(shutil.copytree(ROOT, tmp_path / "clone", ignore=shutil.ignore_patterns(*MADE)))


def files(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Each file's content, and whether it can be executed."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK)) for path in sorted(found)
    }


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_"))
    }
    state = folder.parent / "state"
    state.mkdir(exist_ok=True)
    backend = {"PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_CONFIG_PASSPHRASE": "test"}
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **backend, "PULUMI_SKIP_UPDATE_CHECK": "true", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_section_has_what_the_cli_reads_and_nothing_else() -> None:
    assert set(TEMPLATE) <= {"displayName", "description", "quickstart", "config", "metadata"}
    for value in TEMPLATE["config"].values():
        assert set(value) <= {"description", "default", "secret"}
        assert isinstance(value["description"], str) and isinstance(value.get("default", ""), str)


def test_what_it_asks_for_are_settings_with_their_defaults() -> None:
    asked = {key.removeprefix("digo:"): value for key, value in TEMPLATE["config"].items()}
    assert set(asked) <= set(KEYS) | set(COMMAND_KEYS)
    assert asked["cps"]["default"] == str(DEFAULT_CPS)
    assert [name for name, value in asked.items() if value.get("secret")] == ["authorization"]
    assert asked[f"{LEDGER_KEY}File"]["default"].startswith(".digo/"), "what .gitignore keeps out of the repository"


def test_no_file_has_what_the_cli_would_replace(clone: Path) -> None:
    replaced = [name for name, (content, _) in files(clone).items() if any(p.encode() in content for p in PLACEHOLDERS)]
    assert replaced == []


def quickstart() -> list[list[str]]:
    """The commands of the text that the CLI shows at the end."""
    lines = re.findall(r"^  (\S.*?)(?:\s+#.*)?$", TEMPLATE["quickstart"], flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


def follow_quickstart(project: Path, engine: list[str], sandbox: Sandbox) -> str:
    """Runs its commands; what the last one said. The virtual environment is the one of the tests."""
    (project / ".venv").symlink_to(sys.prefix)
    environ = {}
    done = None
    for command in quickstart():
        if command[0] == "export":
            environ["DIGO_AUTHORIZATION"] = sandbox.token
        elif command != ["make", "setup"]:
            done = run(project, *(engine if command[0] == "pulumi" else command[:1]), *command[1:], **environ)
            assert done.returncode == 0, f"{command}: {done.stderr}"
    assert done is not None
    return done.stdout


def stack_file(project: Path, sandbox: Sandbox) -> None:
    """What `pulumi new` writes from its answers."""
    config = {key: value["default"] for key, value in TEMPLATE["config"].items() if "default" in value}
    config |= {"digo:endpoint": sandbox.url, "digo:cps": "0"}
    (project / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")


def test_the_quickstart_leads_to_a_preview(clone: Path, sandbox: Sandbox) -> None:
    sandbox.add_agent("12025550101", name="Sales", intercom="1001")
    stack_file(clone, sandbox)
    said = follow_quickstart(clone, [sys.executable, "-m", "engine"], sandbox)
    assert re.search(r"= .*dynamic/digo:Agent\s+sales\s+import", said), said
    assert (clone / TEMPLATE["config"]["digo:ledgerKeyFile"]["default"]).is_file()


@pytest.mark.needs("pulumi")
def test_the_cli_makes_a_project_that_previews(clone: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    project = tmp_path / "new"
    project.mkdir()
    arguments = ["--generate-only", "--yes", "--name", "our-phones", "--description", "Our phones"]
    done = run(project, "pulumi", "new", str(clone), *arguments)
    assert done.returncode == 0, done.stderr
    assert TEMPLATE["quickstart"].strip() in done.stdout

    made, source = files(project), files(clone)
    document = yaml.safe_load(made.pop("Pulumi.yaml")[0])
    source.pop("Pulumi.yaml")
    assert made == source
    assert (document["name"], document["description"]) == ("our-phones", "Our phones")
    assert "template" not in document

    sandbox.add_agent("12025550101", name="Sales", intercom="1001")
    stack_file(project, sandbox)
    assert re.search(r"= .*dynamic/digo:Agent\s+sales\s+import", follow_quickstart(project, ["pulumi"], sandbox))
