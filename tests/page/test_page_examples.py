"""Every curl example of the vendor's page, run against the sandbox, and the client's request beside it.

The examples are the page's own text. Filled in are its placeholders; mended is one slip: in six of eight the line with
`Authorization` lacks the backslash, so that a shell would end the command there.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from digo.api import (
    Access,
    ClickToCall,
    Client,
    NewAgent,
    NewLead,
    add_agent,
    call_customer,
    click_to_call,
    hang_up,
    list_agents,
    put_lead,
    transfer,
)
from sandbox.testing import NO_TLS, Sandbox
from tests.needs.needed import require

AGENT, CUSTOMER, LIST = "+12025550101", "+12025550142", "4711"
LACKING_BACKSLASH = {"lead", "c2c_api", "call_hangup", "add_agent", "list_agents", "call_options"}
EXAMPLES = [*sorted(LACKING_BACKSLASH), "click_to_call", "call_records"]

Page = Callable[[str], str]


def mended(command: str) -> tuple[str, int]:
    """The command with the backslashes that it lacks, and how many those are."""
    return re.subn(r"('Authorization: [^'\n]*')\n(?=--)", r"\1 \\\n", command)


def filled(command: str, sandbox: Sandbox, endpoint: str, values: list[str]) -> str:
    """The command with its placeholders filled: the named ones, then the runs of `X` in order."""
    command = command.replace("{ENDPOINT}", endpoint).replace("<LEAD_ID>", LIST)
    command = command.replace("<AUTHORIZATION_VALUE>", sandbox.token)
    rest = iter(values)
    done = re.sub(r"\+?\d*X{4,}\d?", lambda _: next(rest), command)
    assert next(rest, None) is None
    return done


def by_curl(command: str) -> httpx.Response:
    require("curl")
    shell = f"{command.rstrip()} --silent --show-error --noproxy '*' --write-out '\\n%{{http_code}}'"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    body, _, status = done.stdout.rpartition("\n")
    return httpx.Response(int(status), text=body)


def by_httpx(command: str) -> httpx.Response:
    """The same bytes, for machines without curl."""
    words = shlex.split(command.replace("\\\n", " "))[1:]
    given = list(zip(words[::2], words[1::2], strict=True))
    options = dict(given)
    headers = dict(value.split(": ", 1) for name, value in given if name == "--header")
    with httpx.Client(timeout=60, verify=NO_TLS, trust_env=False) as client:
        return client.request(
            options["--request"], options["--url"], headers=headers, content=options.get("--data", "").encode()
        )


Run = Callable[[str], httpx.Response]


@pytest.fixture(params=[by_curl, by_httpx], ids=["curl", "httpx"])
def run(request: pytest.FixtureRequest, sandbox: Sandbox, page: Page) -> Callable[..., Any]:
    """Runs an example: `run("lead", values…)`; the reply's JSON, and the request's as the sandbox read it."""

    def example(name: str, *values: str) -> tuple[Any, Any]:
        command, repairs = mended(page(f"curl/{name}"))
        assert repairs == (name in LACKING_BACKSLASH)
        # The page's endpoint ends with a slash where its example has none, and the other way round.
        endpoint = f"{sandbox.url}/"
        response = request.param(filled(command, sandbox, endpoint, list(values)))
        assert response.status_code == 200, response.text
        return response.json(), sandbox.requests()[-1]["body"]

    return example


def sample(text: str) -> Any:
    """A sample reply with the page's slips corrected: the doubled quote, the comma after the last field."""
    return json.loads(re.sub(r",\s*}", "}", text.replace('""agent_id', '"agent_id')))


def sent(sandbox: Sandbox, call: Any) -> Any:
    """The body of the client's own request."""
    with Client(Access(sandbox.url, sandbox.token)) as client:
        client.send(call)
    return sandbox.requests()[-1]["body"]


def live_call(sandbox: Sandbox) -> str:
    """The id of a call that is under way, with an agent who has the intercom 1001."""
    if not sandbox.agents():
        sandbox.add_agent(AGENT, intercom="1001", name="Test Agent")
    with Client(Access(sandbox.url, sandbox.token)) as client:
        client.send(click_to_call(ClickToCall("1001", CUSTOMER)))
    return str(sandbox.calls()[-1]["call_id"])


def test_click_to_call(sandbox: Sandbox, page: Page, run: Callable[..., Any]) -> None:
    sandbox.add_agent(AGENT)
    reply, body = run("click_to_call", AGENT, CUSTOMER)
    assert reply == sample(page("click_to_call_reply"))
    assert [call["client"] for call in sandbox.calls()] == [CUSTOMER[1:]]
    assert sent(sandbox, click_to_call(ClickToCall(AGENT, CUSTOMER))) == body


def test_a_voice_announcement_is_its_two_calls_in_order(sandbox: Sandbox, run: Callable[..., Any]) -> None:
    reply, lead = run("lead", CUSTOMER)
    assert reply["success"] is True
    reply, call = run("c2c_api", CUSTOMER, sandbox.api_key)
    assert reply["success"] is True
    assert sandbox.calls()[0]["announced"] == {"field_0": CUSTOMER, "field_5": "123456"}
    assert sent(sandbox, put_lead(NewLead(LIST, CUSTOMER, {"field_5": "123456"}))) == lead
    assert sent(sandbox, call_customer(CUSTOMER, sandbox.api_key)) == call


def test_call_records(sandbox: Sandbox, run: Callable[..., Any]) -> None:
    sandbox.add_records(3)
    reply, _ = run("call_records")
    assert set(reply) == {"count", "limit", "size", "page", "results"}
    assert len(reply["results"]) == 3


def test_hang_up(sandbox: Sandbox, page: Page, run: Callable[..., Any]) -> None:
    call_id = live_call(sandbox)
    reply, body = run("call_hangup", call_id)
    assert reply == sample(page("call_hangup_reply"))
    assert sandbox.calls()[0]["state"] == "ended"
    assert sent(sandbox, hang_up(live_call(sandbox))) == {**body, "call_id": sandbox.calls()[-1]["call_id"]}


def test_a_new_agent(sandbox: Sandbox, page: Page, run: Callable[..., Any]) -> None:
    reply, body = run("add_agent", AGENT[1:], "1001")
    (agent,) = sandbox.agents()
    assert reply == {**sample(page("add_agent_reply")), "agent_id": agent["eid"]}
    # The example writes the number without its plus, as a JSON number; so does the client where it is told to.
    as_read = json.loads(body) if isinstance(body, str) else body
    assert as_read == {"name": "Test Agent", "follow_me_number": int(AGENT[1:]), "intercom": 1001}
    assert sent(sandbox, add_agent(NewAgent("Test Agent", AGENT, "1001"))) == {**as_read, "follow_me_number": AGENT}


def test_the_list_of_agents(sandbox: Sandbox, page: Page, run: Callable[..., Any]) -> None:
    sandbox.add_agent(AGENT, name="Test Agent")
    (agent,), _ = run("list_agents")
    (shown,) = json.loads(page("list_agents_reply"))
    assert list(agent) == list(shown)
    assert {type(agent[name]) for name in ("id", "calls_answered")} == {int}
    with Client(Access(sandbox.url, sandbox.token)) as client:
        assert [one.eid for one in client.send(list_agents())] == [agent["eid"]]


def test_a_transfer(sandbox: Sandbox, page: Page, run: Callable[..., Any]) -> None:
    call_id = live_call(sandbox)
    other = sandbox.add_agent("+12025550102", intercom="1002")
    reply, body = run("call_options", call_id, other["eid"], "1002")
    assert reply == sample(page("call_options_reply"))
    assert sandbox.calls()[0]["agent"] == other["eid"]
    assert sent(sandbox, transfer(call_id, other["eid"], "1002")) == body


def test_every_example_of_the_page_is_here(page: Page) -> None:
    texts = [page(f"curl/{name}") for name in EXAMPLES]
    assert all(text.startswith("curl --request ") for text in texts)
    assert sum(mended(text)[1] for text in texts) == len(LACKING_BACKSLASH)
