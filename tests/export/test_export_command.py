"""Export, validate, plan, up: on accounts of 1, 40 and 1,000 agents, an up after an export only imports."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.export.export_account import MakeWorkspace, Stored
from tests.scenarios.workspace import Workspace

CHANGES = 2
NAMES = (
    "Sales desk",
    "\u65e5\u672c \u652f\u5e97",
    "\U0001f3a7",
    "\u0935\u093f\u0915\u094d\u0930\u092f",
    "yes",
    "a: b # c",
    '"',
    "${X}",
)


def agents(count: int) -> list[Stored]:
    """Agents with odd names, many of them the same; numbers that are reserved for fiction."""
    areas = [area for area in range(201, 999) if area % 100 != 11 and area // 10 % 10 != 9][: count // 100 + 1]
    return [
        (NAMES[index % len(NAMES)], f"1{areas[index // 100]}555{100 + index % 100:04}", f"{index:04}")
        for index in range(count)
    ]


def plan(workspace: Workspace, code: int) -> dict[str, Any]:
    done = workspace.digo("plan", "--detailed-exitcode", "--format", "json")
    assert done.code == code, done.text
    return dict(json.loads(done.stdout))


def export(workspace: Workspace, sandbox: Sandbox, *arguments: str) -> str:
    sandbox.clear_requests()
    done = workspace.digo("export", *arguments)
    assert done.code == 0, done.text
    assert sandbox.counts() == {"GET /v1/agents": 1}
    return done.text


@pytest.mark.parametrize("count", [1, 40])
def test_an_up_after_an_export_only_imports(account: MakeWorkspace, count: int) -> None:
    workspace, sandbox = account(agents(count))
    text = export(workspace, sandbox)
    assert f"{count} new, 0 changed, 0 left out" in text
    assert workspace.digo("validate").code == 0
    planned = plan(workspace, CHANGES)
    assert (planned["counts"]["adopt"], planned["calls"], planned["unmanaged"]) == (count, 0, 0)
    assert Counter(workspace.steps().values()) == {"import": count}
    workspace.up()
    assert not [name for name in sandbox.counts() if name.startswith("POST")]
    assert plan(workspace, 0)["counts"]["in sync"] == count
    file = workspace.folder / "config" / "test" / "agents.yaml"
    before = file.read_bytes()
    assert "0 new, 0 changed" in export(workspace, sandbox)
    assert file.read_bytes() == before


def test_a_thousand_agents_are_exported_and_wanted(account: MakeWorkspace) -> None:
    workspace, sandbox = account(agents(1_000))
    workspace.set_config(guards={"maxAdoptions": 1_000})
    assert "1,000 new, 0 changed, 0 left out" in export(workspace, sandbox)
    assert workspace.digo("validate").code == 0
    planned = plan(workspace, CHANGES)
    assert (planned["counts"]["adopt"], planned["calls"], planned["unmanaged"]) == (1_000, 0, 0)
    assert "0 new, 0 changed" in export(workspace, sandbox)


def test_an_export_says_what_it_leaves_out_and_what_it_keeps(account: MakeWorkspace) -> None:
    workspace, sandbox = account(
        [
            ("Sales", "12025550101", "1001"),
            ("", "12025550102", None),
            ("A", "12025550103", None),
            ("B", "12025550103", None),
        ]
    )
    workspace.agents(planned={"name": "Planned", "follow_me_number": "+12025550109"})
    text = export(workspace, sandbox)
    assert "1 new, 0 changed, 3 left out" in text
    assert "a name cannot be empty" in text
    assert "another agent of the account has its number" in text
    assert "not on the account, and left as it is: config/test/agents.yaml:2:3: agents.planned" in text
    assert "555" not in text
    planned = plan(workspace, CHANGES)
    assert {step["key"]: step["verb"] for step in planned["steps"]} == {"planned": "create", "sales": "adopt"}
    assert planned["unmanaged"] == 3


def test_a_dry_run_writes_nothing(account: MakeWorkspace) -> None:
    workspace, _ = account([("Sales", "12025550101", None)])
    done = workspace.digo("export", "--dry-run")
    assert done.code == CHANGES
    assert "would write config/test/agents.yaml" in done.stdout
    assert not (workspace.folder / "config").exists()
    assert workspace.digo("export").code == 0
    assert workspace.digo("export", "--dry-run").code == 0


def test_numbers_without_a_country_code_need_the_country(account: MakeWorkspace) -> None:
    workspace, sandbox = account([("Sales", "12025550101", None)])
    sandbox.settings(number_form="digits")
    assert "0 new, 0 changed, 1 left out" in export(workspace, sandbox)
    done = workspace.digo("export", "--country", "USA")
    assert done.code == 1
    assert "--country: a country is two letters" in done.stderr
    assert "1 new, 0 changed, 0 left out" in export(workspace, sandbox, "--country", "us")
    workspace.up()
    workspace.assert_nothing_left()


def test_config_that_is_wrong_is_not_written_over(account: MakeWorkspace) -> None:
    workspace, _ = account([("Sales", "12025550101", None)])
    workspace.write("agents.yaml", "agents:\n  a: {}\n")
    done = workspace.digo("export")
    assert done.code == 1
    assert "agents.a.name: is missing" in done.stderr
    assert (workspace.folder / "config" / "test" / "agents.yaml").read_text() == "agents:\n  a: {}\n"
