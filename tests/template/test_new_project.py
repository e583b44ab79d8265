"""The template of a project: `pulumi new` on digo/new/template gives what `digo new` makes.

Source of what the CLI reads: pulumi/pulumi, `sdk/go/common/apitype/templates.go` and
`pkg/cmd/pulumi/project/newcmd/new.go`. It replaces `${PROJECT}` and `${DESCRIPTION}` in every file.
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
from digo.new.template import DESCRIPTION, TEMPLATE, USERS_OWN
from digo.settings.stack_settings import COMMAND_KEYS, DEFAULT_CPS, KEYS
from sandbox.testing import Sandbox
from scripts.template import generated
from tests.warm.warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]
SECTION: dict[str, Any] = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text(encoding="utf-8"))["template"]
PLACEHOLDERS = tuple(f"${{{name}}}" for name in ("PROJECT", "DESCRIPTION"))
LAUNCHER = "pulumi-resource-pulumi-python"
OF_AN_ENVIRONMENT = re.compile(r"Pulumi\.dev\.yaml|config/|\.digo/|state/")


def files(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Each file's content, and whether it can be executed."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
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
    # The packages come from the working tree.
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **backend, "PYTHONPATH": str(ROOT), "PULUMI_SKIP_UPDATE_CHECK": "true", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )


def from_pulumi_new(project: Path, name: str) -> Path:
    """What `pulumi new --generate-only` writes, by its source."""
    shutil.copytree(TEMPLATE, project, ignore=shutil.ignore_patterns("__pycache__"))
    for path in project.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("${PROJECT}", name).replace("${DESCRIPTION}", DESCRIPTION), encoding="utf-8")
    document = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
    del document["template"]
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return project


def test_the_section_has_what_the_cli_reads_and_nothing_else() -> None:
    assert set(SECTION) <= {"displayName", "description", "quickstart", "config", "metadata"}
    for value in SECTION["config"].values():
        assert set(value) <= {"description", "default", "secret"}
        assert isinstance(value["description"], str) and isinstance(value.get("default", ""), str)


def test_what_it_asks_for_are_settings_with_their_defaults() -> None:
    asked = {key.removeprefix("digo:"): value for key, value in SECTION["config"].items()}
    assert set(asked) <= set(KEYS) | set(COMMAND_KEYS)
    assert asked["cps"]["default"] == str(DEFAULT_CPS)
    assert [name for name, value in asked.items() if value.get("secret")] == ["authorization"]
    assert asked[f"{LEDGER_KEY}File"]["default"].startswith(".digo/"), "what .gitignore keeps out of the repository"


def test_only_the_users_own_files_have_what_the_cli_replaces() -> None:
    replaced = {
        name for name, (content, _) in files(TEMPLATE).items() if any(p.encode() in content for p in PLACEHOLDERS)
    }
    assert replaced == set(USERS_OWN)


def test_the_generated_files_are_those_of_the_code() -> None:
    found = {path: (TEMPLATE / path).read_text(encoding="utf-8") for path in generated()}
    assert found == generated(), "`python -m scripts.template` writes them"


def test_program_and_launcher_are_the_repositorys_own() -> None:
    assert (TEMPLATE / "__main__.py").read_bytes() == (ROOT / "__main__.py").read_bytes()
    launcher = TEMPLATE / "host" / LAUNCHER
    assert launcher.read_bytes() == (ROOT / "providers" / "host" / LAUNCHER).read_bytes()
    assert os.access(launcher, os.X_OK)


def test_what_git_must_not_have_is_ignored_as_in_the_repository() -> None:
    theirs, ours = (
        {line for line in (folder / ".gitignore").read_text().splitlines() if line and not line.startswith("#")}
        for folder in (TEMPLATE, ROOT)
    )
    assert theirs <= ours
    assert {".digo/", ".pulumi-state/", ".env", ".venv/"} <= theirs


def test_pulumi_new_gives_what_digo_new_makes(tmp_path: Path) -> None:
    theirs = from_pulumi_new(tmp_path / "theirs", "our-phones")
    command = [str(warm_python()), "-m", "digo", "new", "ours", "--name", "our-phones", "--environment", "dev"]
    done = run(tmp_path, *command, "--endpoint", "https://api.example.com")
    assert done.returncode == 0, done.stderr
    made, expected = files(tmp_path / "ours"), files(theirs)
    project, other = (yaml.safe_load(one.pop("Pulumi.yaml")[0]) for one in (made, expected))
    assert project == other
    assert {name: one for name, one in made.items() if not OF_AN_ENVIRONMENT.match(name)} == expected


def quickstart() -> list[list[str]]:
    """The commands of the text that the CLI shows at the end."""
    lines = re.findall(r"^  (\S.*?)(?:\s+#.*)?$", SECTION["quickstart"], flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


def follow_quickstart(project: Path, engine: list[str], sandbox: Sandbox) -> str:
    """Runs its commands; what the last one said. The virtual environment is the one of the tests."""
    commands = {".venv/bin/digo": [str(warm_python()), "-m", "digo"], "pulumi": engine}
    environ, said = {}, ""
    for command in quickstart():
        if command[0] == "export":
            environ["DIGO_AUTHORIZATION"] = sandbox.token
        elif command != ["pulumi", "install"]:
            done = run(project, *commands[command[0]], *command[1:], **environ)
            assert done.returncode == 0, f"{command}: {done.stderr}"
            said = done.stdout
    return said


def stack_file(project: Path, sandbox: Sandbox) -> None:
    """What `pulumi new` writes from its answers."""
    config = {key: value["default"] for key, value in SECTION["config"].items() if "default" in value}
    config |= {"digo:endpoint": sandbox.url, "digo:cps": "0"}
    (project / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")


def test_the_quickstart_leads_to_a_preview(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.add_agent("12025550101", name="Sales", intercom="1001")
    project = from_pulumi_new(tmp_path / "phones", "our-phones")
    stack_file(project, sandbox)
    said = follow_quickstart(project, [str(warm_python()), "-m", "engine"], sandbox)
    assert re.search(r"= .*dynamic/digo:Agent\s+sales\s+import", said), said
    assert (project / SECTION["config"]["digo:ledgerKeyFile"]["default"]).is_file()


@pytest.mark.needs("pulumi")
def test_the_cli_makes_a_project_that_previews(tmp_path: Path, sandbox: Sandbox) -> None:
    project = tmp_path / "new"
    project.mkdir()
    arguments = ["--generate-only", "--yes", "--name", "our-phones", "--description", DESCRIPTION]
    done = run(project, "pulumi", "new", str(TEMPLATE), *arguments)
    assert done.returncode == 0, done.stderr
    assert SECTION["quickstart"].strip() in done.stdout

    made, expected = files(project), files(from_pulumi_new(tmp_path / "expected", "our-phones"))
    assert yaml.safe_load(made.pop("Pulumi.yaml")[0]) == yaml.safe_load(expected.pop("Pulumi.yaml")[0])
    assert made == expected

    sandbox.add_agent("12025550101", name="Sales", intercom="1001")
    stack_file(project, sandbox)
    (project / ".venv").symlink_to(sys.prefix)
    assert re.search(r"= .*dynamic/digo:Agent\s+sales\s+import", follow_quickstart(project, ["pulumi"], sandbox))
