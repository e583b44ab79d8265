"""`digo call`, `announce`, `hangup` and `transfer` as a person runs them: asked first, sent once, nothing shown that
must not be."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.testing import Sandbox
from tests.scenarios.workspace import STACK, Outcome, Workspace

AGENT, OTHER, CUSTOMER = "+12025550101", "+12025550102", "+12025550142"
DONE, FAILED, UNKNOWN = 0, 1, 2


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    """A project with the agents sales and support, of whom the account has both, and the list otp."""
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    workspace.agents(
        sales={"name": "Sales desk", "follow_me_number": AGENT, "intercom": "1001"},
        support={"name": "Support", "follow_me_number": OTHER, "intercom": "1002"},
        new={"name": "New", "follow_me_number": "+12025550103"},
    )
    columns = {"phone": "field_0", "name": "field_1", "otp": "field_5"}
    workspace.write("lists.yaml", {"lists": {"otp": {"id": "4711", "columns": columns, "leads": []}}})
    sandbox.add_agent(AGENT, name="Sales desk", intercom="1001")
    sandbox.add_agent(OTHER, name="Support", intercom="1002")
    workspace.environ["DIGO_API_KEY"] = sandbox.api_key
    sandbox.clear_requests()
    return workspace


def eid(sandbox: Sandbox, number: str) -> str:
    return next(str(agent["eid"]) for agent in sandbox.agents() if agent["follow_me_number"] == number)


def at_a_terminal(workspace: Workspace, answer: str, *arguments: str) -> Outcome:
    """Runs a command whose standard input is a terminal on which `answer` is typed."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        [workspace.python, "-m", "digo", "--stack", STACK, *arguments],
        cwd=workspace.folder,
        env=workspace.environ,
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(ours)
    os.close(theirs)
    return Outcome(done.returncode, done.stdout, done.stderr)


CALL = ("call", "--agent", "1001", "--to", CUSTOMER)
ANNOUNCE = ("announce", "--list", "otp", "--to", CUSTOMER, "--set", "otp=123456")
HANGUP = ("hangup", "1627373566.350603")
TRANSFER = ("transfer", "1627373566.350603", "--to", "sales")
ALL = [CALL, ANNOUNCE, HANGUP, TRANSFER]
READS = {"GET /v1/agents"}
SPELT = ["(+1) 202 555 0101", "'+12025550101", "tel:+1-202-555-0101", "\u202a+12025550101\u202c", "001 202 555 0101"]


@pytest.mark.parametrize("agent", ["sales", "key:sales", "1001", AGENT, "+1 (202) 555-0101", "eid", *SPELT])
def test_the_agent_may_be_said_in_each_way(workspace: Workspace, sandbox: Sandbox, agent: str) -> None:
    said = eid(sandbox, AGENT) if agent == "eid" else agent
    outcome = workspace.digo("call", "--agent", said, "--to", CUSTOMER, "--yes")
    assert outcome.code == DONE, outcome.text
    assert "Originate successfully queued" in outcome.stdout
    (call,) = sandbox.calls()
    assert (call["agent"], call["client"]) == (eid(sandbox, AGENT), CUSTOMER[1:])
    assert set(sandbox.counts()) - READS == {"POST /v1/click_to_call"}


def test_every_option_goes_out_typed(workspace: Workspace, sandbox: Sandbox) -> None:
    options = ["--caller-id", "+1 202 555 0199", "--sync", "--call-timeout", "32", "--get-call-id"]
    outcome = workspace.digo(*CALL, "--custom-identifier", "order 7", *options, "--yes")
    assert outcome.code == DONE, outcome.text
    assert sandbox.requests()[-1]["body"] == {
        "agent_number": "1001",
        "destination_number": CUSTOMER,
        "caller_id": "+12025550199",
        "async": 0,
        "call_timeout": 32,
        "get_call_id": 1,
        "custom_identifier": "order 7",
    }
    assert f"call id: {sandbox.calls()[0]['call_id']}" in outcome.stdout


@pytest.mark.parametrize("lost", ["full", "closed"])
@pytest.mark.parametrize("arguments", [CALL, ANNOUNCE])
def test_what_was_done_is_never_called_not_done_for_want_of_an_output(
    workspace: Workspace, sandbox: Sandbox, arguments: tuple[str, ...], lost: str
) -> None:
    read, write = os.pipe()
    os.close(read)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [workspace.python, "-m", "digo", "--stack", STACK, *arguments, "--yes"],
            cwd=workspace.folder,
            env=workspace.environ,
            stdout=full if lost == "full" else write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    os.close(write)
    assert done.returncode == DONE, done.stderr
    assert "Originate successfully queued" in done.stderr
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("call", "--agent", "sales", "--to", "2025550142"), "write it with + and the country code"),
        (("call", "--agent", "sale", "--to", CUSTOMER), "did you mean `sales`?"),
        (("call", "--agent", "new", "--to", CUSTOMER), "the account has no agent `new` (config/test/agents.yaml:"),
        (("call", "--agent", "+1202", "--to", CUSTOMER), "the agent's number is none"),
        ((*CALL, "--call-timeout", "0"), "call-timeout"),
        ((*CALL, "--custom-identifier", ""), "1 to 255 characters"),
        ((*CALL, "--caller-id", "x"), "caller-id"),
        (("announce", "--list", "opt", "--to", CUSTOMER), "did you mean `otp`?"),
        (("announce", "--list", "otp", "--to", CUSTOMER, "--set", "opt=1"), "did you mean `otp`?"),
        (("announce", "--list", "otp", "--to", CUSTOMER, "--set", "otp"), "COLUMN=VALUE"),
        (("announce", "--list", "otp", "--to", CUSTOMER, "--set", "phone=1"), "that is --to"),
        (("announce", "--list", "otp", "--to", CUSTOMER, "--set", "field_05=1"), "has no column `field_05`"),
        (
            ("announce", "--list", "otp", "--to", CUSTOMER, "--set", "otp=1", "--set", "field_5=2"),
            "field_5 is set twice",
        ),
        (("call", "--agent", "(+1_202_555_0101", "--to", CUSTOMER), "no phone number has: `_`"),
        (("call", "--agent", "Bob 202 555 0101", "--to", CUSTOMER), "config has no agent `Bob ***0101`"),
        (("call", "--agent", " ", "--to", CUSTOMER), "the agent is empty"),
        (("hangup", "a b"), "without spaces"),
        (("hangup", ""), "without spaces"),
        (("transfer", "1.2", "--to", "9999"), "the account has no agent with the intercom 9999"),
        (("transfer", "1.2", "--to", "12345678"), "the account has no agent with the eid 12345678"),
        (("transfer", "1.2", "--to", "+12025550109"), "the account has no agent with this number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    workspace: Workspace, sandbox: Sandbox, arguments: tuple[str, ...], problem: str
) -> None:
    outcome = workspace.digo(*arguments, "--yes")
    assert outcome.code == FAILED
    assert problem in outcome.stderr
    assert set(sandbox.counts()) <= READS


@pytest.mark.parametrize("arguments", ALL, ids=lambda one: one[0])
def test_without_a_terminal_it_wants_yes(workspace: Workspace, sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    outcome = workspace.digo(*arguments)
    assert outcome.code == FAILED
    assert "no terminal to ask on: give --yes" in outcome.stderr
    assert sandbox.counts() == {}


@pytest.mark.parametrize("answer", ["n", ""])
@pytest.mark.parametrize("arguments", ALL, ids=lambda one: one[0])
def test_on_a_terminal_it_asks_and_no_is_the_default(
    workspace: Workspace, sandbox: Sandbox, arguments: tuple[str, ...], answer: str
) -> None:
    outcome = at_a_terminal(workspace, answer, *arguments)
    assert outcome.code == FAILED
    assert "nothing was sent" in outcome.stdout
    assert CUSTOMER not in outcome.text
    assert set(sandbox.counts()) <= READS


def test_on_a_terminal_a_yes_is_enough(workspace: Workspace, sandbox: Sandbox) -> None:
    outcome = at_a_terminal(workspace, "y", *CALL)
    assert outcome.code == DONE, outcome.text
    assert "Ring agent 1001 and connect ***0142?" in outcome.text
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("arguments", ALL, ids=lambda one: one[0])
def test_a_dry_run_prints_the_request_masked(
    workspace: Workspace, sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    outcome = workspace.digo(*arguments, "--dry-run")
    assert outcome.code == DONE, outcome.text
    assert set(sandbox.counts()) <= READS
    for hidden in (CUSTOMER, CUSTOMER[1:], sandbox.api_key, sandbox.token, "123456"):
        assert hidden not in outcome.text
    lines = outcome.stdout.splitlines()
    bodies = [json.loads(line) for line in lines[1::2]]
    expected: dict[str, list[dict[str, Any]]] = {
        "call": [{"agent_number": "1001", "destination_number": "***0142"}],
        "announce": [
            {"field_0": "***0142", "field_5": "***", "duplicate_option": "overwrite"},
            {"customer_number": "***0142", "api_key": "[secret]"},
        ],
        "hangup": [{"call_id": "1627373566.350603"}],
        "transfer": [{"type": 4, "call_id": "1627373566.350603", "agent_id": eid(sandbox, AGENT), "intercom": "1001"}],
    }
    assert bodies == expected[arguments[0]]
    assert lines[0].startswith(f"POST {sandbox.url}/v1/")


def test_an_announcement_is_two_calls_in_order(workspace: Workspace, sandbox: Sandbox) -> None:
    outcome = workspace.digo(*ANNOUNCE, "--set", "field_2=hello", "--yes")
    assert outcome.code == DONE, outcome.text
    assert [request["path"] for request in sandbox.requests()] == ["/v1/broadcast/lead/4711", "/v1/c2c_api"]
    assert sandbox.calls()[0]["announced"] == {"field_0": CUSTOMER, "field_5": "123456", "field_2": "hello"}


def test_a_list_may_be_said_by_its_id(workspace: Workspace, sandbox: Sandbox) -> None:
    outcome = workspace.digo("announce", "--list", "4712", "--to", CUSTOMER, "--set", "field_5=123456", "--yes")
    assert outcome.code == DONE, outcome.text
    assert [lead["fields"]["field_5"] for lead in sandbox.leads(4712)] == ["123456"]


@pytest.mark.parametrize("kind", ["status", "success-false", "lost-after", "html"])
def test_where_the_lead_fails_nobody_is_called(workspace: Workspace, sandbox: Sandbox, kind: str) -> None:
    sandbox.fault(kind, path="/v1/broadcast/lead/*", times=100, **({"status": 422} if kind == "status" else {}))
    outcome = workspace.digo(*ANNOUNCE, "--yes")
    assert outcome.code == (FAILED if kind in ("status", "success-false") else UNKNOWN)
    assert "Not sent: call the customer (POST /v1/c2c_api)" in outcome.stderr
    assert "POST /v1/c2c_api" not in sandbox.counts()
    assert sandbox.calls() == []


def test_where_the_call_fails_what_was_written_is_said(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.fault("success-false", path="/v1/c2c_api", message=f"bad key {sandbox.api_key} for {CUSTOMER}")
    outcome = workspace.digo(*ANNOUNCE, "--yes")
    assert outcome.code == FAILED
    assert "could not call the customer" in outcome.stderr
    assert "Done before: write the lead" in outcome.stderr
    assert sandbox.api_key not in outcome.text
    assert CUSTOMER not in outcome.text


def _key_from_file(workspace: Workspace, key: str) -> None:
    (workspace.folder / "key.txt").write_text(f"{key}\n")
    workspace.environ["DIGO_API_KEY_FILE"] = "key.txt"


def _key_from_named_file(workspace: Workspace, key: str) -> None:
    (workspace.folder / "key.txt").write_text(key)
    workspace.set_config(apiKeyFile="key.txt")


def _key_from_stack_secret(workspace: Workspace, key: str) -> None:
    assert workspace.run("config", "set", "--secret", "digo:apiKey", key, "--stack", STACK).code == 0


@pytest.mark.parametrize("give", [_key_from_file, _key_from_named_file, _key_from_stack_secret])
def test_the_api_key_comes_from_a_file_or_a_stack_secret(
    workspace: Workspace, sandbox: Sandbox, give: Callable[[Workspace, str], None]
) -> None:
    del workspace.environ["DIGO_API_KEY"]
    give(workspace, sandbox.api_key)
    outcome = workspace.digo(*ANNOUNCE, "--yes")
    assert outcome.code == DONE, outcome.text
    assert len(sandbox.calls()) == 1


def test_an_api_key_in_clear_text_is_refused_and_so_is_none(workspace: Workspace, sandbox: Sandbox) -> None:
    del workspace.environ["DIGO_API_KEY"]
    outcome = workspace.digo(*ANNOUNCE, "--yes")
    assert (outcome.code, "no API key: set DIGO_API_KEY" in outcome.stderr) == (FAILED, True)
    workspace.set_config(apiKey=sandbox.api_key)
    outcome = workspace.digo(*ANNOUNCE, "--yes")
    assert (outcome.code, "digo:apiKey is in clear text" in outcome.stderr) == (FAILED, True)
    assert sandbox.api_key not in outcome.text
    assert sandbox.counts() == {}


def test_a_live_call_is_transferred_and_hung_up(workspace: Workspace, sandbox: Sandbox) -> None:
    assert workspace.digo(*CALL, "--yes").code == DONE
    call_id = sandbox.calls()[0]["call_id"]
    for agent in ("support", "1001", OTHER, eid(sandbox, AGENT)):
        outcome = workspace.digo("transfer", call_id, "--to", agent, "--yes")
        assert outcome.code == DONE, outcome.text
        assert "Redirect successful" in outcome.stdout
    assert sandbox.calls()[0]["agent"] == eid(sandbox, AGENT)
    outcome = workspace.digo("hangup", call_id, "--yes")
    assert (outcome.code, "Call hangup successful" in outcome.stdout) == (DONE, True)
    assert sandbox.calls()[0]["state"] == "ended"
    outcome = workspace.digo("hangup", call_id, "--yes")
    assert (outcome.code, "Call not found" in outcome.stderr) == (FAILED, True)


def test_an_agent_without_an_intercom_cannot_be_transferred_to(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.edit_agent(eid(sandbox, AGENT), intercom=None)
    outcome = workspace.digo(*TRANSFER, "--yes")
    assert (outcome.code, "has no intercom" in outcome.stderr) == (FAILED, True)
    assert set(sandbox.counts()) == READS


@pytest.mark.parametrize("kind", ["lost-after", "lost-before", "status-after-commit", "html-after-commit"])
def test_an_unknown_outcome_is_said_and_nothing_is_sent_again(
    workspace: Workspace, sandbox: Sandbox, kind: str
) -> None:
    sandbox.fault(kind, path="/v1/click_to_call", times=100)
    outcome = workspace.digo(*CALL, "--yes")
    assert outcome.code == UNKNOWN
    assert "place the call: unknown" in outcome.stderr
    assert "look whether it was done" in outcome.stderr
    assert sandbox.counts() == {"POST /v1/click_to_call": 1}


def test_preview_and_up_place_no_call(workspace: Workspace, sandbox: Sandbox) -> None:
    config = yaml.safe_load((workspace.folder / "config" / STACK / "lists.yaml").read_text())
    config["lists"]["otp"]["leads"] = [{"phone": CUSTOMER, "otp": "123456"}]
    workspace.write("lists.yaml", config)
    workspace.up()
    assert {name.split("/")[2] for name in sandbox.counts()} == {"agents", "agent", "broadcast"}
    assert sandbox.calls() == []
