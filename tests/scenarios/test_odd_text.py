"""Text that UTF-8 cannot hold, from the account and from outside: commands show or refuse it, and all agree."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.needs.needed import leave_out
from tests.scenarios.entries import agent, by_name, lead, lists
from tests.scenarios.workspace import Outcome, Workspace, requests

HALF = "\ud83d"
SHOWN = r"\ud83d"
BYTES = os.fsdecode(b"caf\xe9")  # what Latin-1 of another time looks like to Python


def whole(outcome: Outcome, code: int) -> str:
    """The text of a command that ended as it should."""
    assert outcome.code == code, outcome.text
    assert "Traceback" not in outcome.text and "a bug in" not in outcome.text
    return outcome.text


def test_a_refusal_with_half_a_character_ends_the_up_and_the_next_one_goes_on(workspace: Workspace) -> None:
    workspace.agents(sales=agent(0))
    workspace.write("lists.yaml", lists(lead(0, name="Asha")))
    workspace.sandbox.fault("status", status=422, message=f"Bad {HALF} name", path="/v1/agent")
    workspace.sandbox.fault("status", status=422, message=f"Bad {HALF} lead", path="/v1/broadcast/*")
    outcome = workspace.run("up", "--skip-preview", "--continue-on-error")
    assert outcome.code != 0
    assert f"Bad {SHOWN} name" in outcome.text and f"Bad {SHOWN} lead" in outcome.text
    assert "a bug in" not in outcome.text and "Traceback" not in outcome.text
    workspace.up()
    assert requests(workspace.sandbox)["POST /v1/agent"] == 2
    workspace.assert_nothing_left()


def test_names_that_no_file_can_hold_are_visible_everywhere(workspace: Workspace) -> None:
    workspace.environ["DIGO_LEDGER_KEY"] = "k" * 40
    workspace.agents(sales=agent(0))
    workspace.sandbox.add_agent(**agent(1) | {"name": f"Panel {HALF}"})
    assert f"Panel {SHOWN}" in whole(workspace.run("up", "--skip-preview"), 0)
    sales = by_name(workspace.sandbox, agent(0)["name"])
    workspace.sandbox.edit_agent(sales["eid"], name=f"Sales {HALF}", failover_destination_name=HALF)

    for command in (("plan",), ("plan", "--format", "json"), ("drift",)):
        told = whole(workspace.digo(*command, "--detailed-exitcode"), 3)
        assert f"Sales {SHOWN}" in told or json.dumps(f"Sales {SHOWN}")[1:-1] in told
    assert f"Sales {SHOWN}" in whole(workspace.run("preview"), 0)
    whole(workspace.run("refresh"), 0)
    assert workspace.state()["sales"]["outputs"]["name"] == f"Sales {SHOWN}"
    whole(workspace.digo("snapshot", "account.json"), 0)
    assert f"Panel {SHOWN}" in whole(workspace.digo("plan", "--detailed-exitcode", "--snapshot", "account.json"), 3)
    whole(workspace.digo("export"), 0)
    whole(workspace.digo("validate"), 0)
    whole(workspace.run("up", "--skip-preview"), 0)
    whole(workspace.digo("plan", "--detailed-exitcode"), 0)
    workspace.assert_nothing_left()


def test_call_records_are_downloaded_whatever_they_say(workspace: Workspace) -> None:
    workspace.sandbox.add_records(2, details={"notes": f"n {HALF}", "contact details": {HALF: ["\udce9"]}})
    for form in ("table", "jsonl", "csv", "parquet"):
        arguments = ("records", "--zone", "Asia/Kolkata", "--format", form, "--output", f"records.{form}")
        assert whole(workspace.digo(*arguments), 0).startswith("2 call records"), form
    for form, shown in (("csv", SHOWN), ("jsonl", json.dumps(SHOWN)[1:-1])):
        assert (workspace.folder / f"records.{form}").read_text().count(f"n {shown}") == 2, form


OF_A_RUN = ("PULUMI_CONFIG_PASSPHRASE", "DIGO_VAR_N")
"""A variable that the engine reads first, and one that the program does."""
VARIABLES = {
    "PULUMI_CONFIG_PASSPHRASE": "error: ",
    "DIGO_AUTHORIZATION": "error: ",
    "DIGO_ENDPOINT": "error: ",
    "DIGO_VAR_N": "config/test/agents.yaml:3:11: agents.sales.name: ",
}


def test_a_variable_of_other_bytes_is_refused_by_its_name(workspace: Workspace) -> None:
    workspace.agents(sales={**agent(0), "name": "Sales ${N}"})
    workspace.environ["DIGO_VAR_N"] = "x"
    for variable, where in VARIABLES.items():
        before = workspace.environ.get(variable)
        workspace.environ[variable] = BYTES
        outcomes = [workspace.digo("validate"), workspace.digo("plan")]
        if variable in OF_A_RUN:
            outcomes.append(workspace.run("up", "--skip-preview"))
        for outcome in outcomes:
            assert outcome.code not in (0, 2), variable
            assert f"{where}the environment variable {variable} has bytes that are not UTF-8" in outcome.text
            assert "Traceback" not in outcome.text and BYTES not in outcome.text and r"\udce9" not in outcome.text
        if before is None:
            del workspace.environ[variable]
        else:
            workspace.environ[variable] = before
    assert not workspace.sandbox.requests()


def test_a_file_name_of_other_bytes_is_refused_with_its_place(workspace: Workspace) -> None:
    workspace.environ["DIGO_LEDGER_KEY"] = "k" * 40
    workspace.agents(sales=agent(0))
    folder = workspace.folder / "config" / "test"
    columns = {"phone": "field_0", "name": "field_1"}
    workspace.write("lists.yaml", {"lists": {"otp": {"id": "4711", "columns": columns, "source": "rows/*.csv"}}})
    try:
        for name, text in ((f"agents/{BYTES}.yaml", "agents: {}\n"), (f"rows/{BYTES}.csv", "phone,name\n")):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
    except OSError:
        leave_out("file names")
    for outcome in (workspace.digo("validate"), workspace.digo("plan"), workspace.run("preview")):
        assert outcome.code == 1
        assert r"config/test/agents/caf\udce9.yaml:1:1: the file's name is not UTF-8; rename it" in outcome.text
        assert r"the name of config/test/rows/caf\udce9.csv is not UTF-8; rename the file" in outcome.text
        assert "Traceback" not in outcome.text


def test_arguments_and_the_projects_folder_too(workspace: Workspace, tmp_path: Path) -> None:
    workspace.agents(sales=agent(0))
    argument = r"argument 3 (`caf\udce9`) has bytes that are not UTF-8"
    assert argument in whole(workspace.digo(BYTES), 1)
    assert argument in whole(workspace.run("up", "--skip-preview", BYTES), 1)
    try:
        moved = workspace.folder.rename(tmp_path / BYTES)
    except OSError:
        leave_out("file names")
    for command in (("digo", "--stack", "test", "validate"), ("engine", "preview", "--stack", "test")):
        python = [str(moved / ".venv/bin/python"), "-m"]
        done = subprocess.run([*python, *command], cwd=moved, env=workspace.environ, capture_output=True)
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == 1
        assert r"caf\udce9 has a name that is not UTF-8; rename it" in told and "Traceback" not in told
