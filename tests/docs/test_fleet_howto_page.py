"""docs/howto/fleet.md, walked through from an empty folder: one sandbox has an account for each stack."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from digo.cli.fleet import COMMANDS
from digo.fleet.file.models import FleetSettings
from digo.settings.variables import ENGINE_VARIABLES, VARIABLES
from tests.docs.own_project import OwnProject
from tests.docs.pages import DOCS
from tests.warm.stack_key import SALT
from tests.warm.warm_python import warm_environment
from tests.warm.warm_sandbox import start_sandbox

PAGE = (DOCS / "howto" / "fleet.md").read_text(encoding="utf-8")


def example(language: str, beginning: str) -> str:
    """The page's block in this language that begins with this text."""
    (found,) = re.findall(rf"```{language}\n({re.escape(beginning)}.*?)```", PAGE, flags=re.DOTALL)
    return str(found)


@pytest.mark.timeout(600)
def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    accounts = yaml.safe_load(example("yaml", "# accounts.yaml"))
    (tmp_path / "sandbox").mkdir()
    with start_sandbox(tmp_path / "sandbox", accounts=accounts) as sandbox:
        replaced = {
            "http://127.0.0.1:8099": sandbox.url,
            "--cps 3": "--cps 0",
            "digo:cps: 3": "digo:cps: 0",
            # Each process would derive the key of each stack anew, from a salt that it does not know.
            "config:\n  digo:account": f"encryptionsalt: {SALT}\nconfig:\n  digo:account",
        }
        walk = OwnProject(tmp_path / "empty", warm_environment(), replaced)
        walk.page(PAGE)
        writes = {
            stack: [name for name in sandbox.account(stack).counts() if not name.startswith("GET ")]
            for stack in accounts
        }
        assert writes == {stack: ["POST /v1/agent"] for stack in accounts}
        for stack in accounts:
            agents = sandbox.account(stack).agents()
            assert sorted(one["name"] for one in agents) == ["Head office", "Reception", "Sales desk"], stack
        runs = json.loads(walk.sh("digo fleet status --format json"))["runs"]
    assert [(one["state"], one["stacks"]) for one in runs] == [("ended", 4), ("stopped", 4), ("ended", 4)]


def test_what_starts_workers_names_a_command_and_variables_that_are_there() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(example("ini", "# /etc/systemd"))
    deployment = yaml.safe_load(example("yaml", "apiVersion"))
    pod = deployment["spec"]["template"]
    assert pod["metadata"]["labels"] == deployment["spec"]["selector"]["matchLabels"]
    (container,) = pod["spec"]["containers"]
    for words in (shlex.split(unit["Service"]["ExecStart"]), container["command"]):
        assert Path(words[0]).name == "digo" and words[1] == "fleet" and words[2] in COMMANDS
    assert [one["name"] for one in pod["spec"]["volumes"]] == [one["name"] for one in container["volumeMounts"]]
    (said,) = re.findall(r"^`/etc/digo/fleet.env` has (.*?)\.", PAGE, flags=re.DOTALL | re.MULTILINE)
    known = {*VARIABLES, *ENGINE_VARIABLES, "PGPASSFILE"}
    assert set(re.findall(r"`(\w+)`", said)) <= known


def test_its_window_is_one() -> None:
    groups = yaml.safe_load(example("yaml", "# fleet.yaml"))["groups"]
    settings = FleetSettings.model_validate({"groups": groups, **yaml.safe_load(example("yaml", "windows:"))})
    assert [one.groups for one in settings.windows] == [("rest",)]
