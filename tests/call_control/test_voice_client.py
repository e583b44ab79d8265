"""The client's acts on calls: what is sent, that it is sent once, and what each kind of reply means."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from digo.api import (
    Access,
    ApiError,
    AsyncClient,
    Call,
    CallReceipt,
    ClickToCall,
    Client,
    Limits,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TokenRefused,
    WriteForbidden,
    call_customer,
    click_to_call,
    hang_up,
    transfer,
)
from digo.api.calls import NumberForm
from sandbox.testing import Sandbox

AGENT, CUSTOMER, CALLER_ID = "+12025550101", "+12025550142", "+12025550199"
HASTY = Limits(connect_timeout=60, reply_timeout=60, first_pause=0.001, longest_pause=0.002)
ACTS: dict[str, Call[CallReceipt]] = {
    "call": click_to_call(ClickToCall(AGENT, CUSTOMER)),
    "announce": call_customer(CUSTOMER, "example-api-key"),
    "hang up": hang_up("1627373566.350603"),
    "transfer": transfer("1627373566.350603", "600000000000001", "1001"),
}


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with Client(Access(sandbox.url, sandbox.token), limits=HASTY) as client:
        yield client


def test_every_documented_option_is_sent_in_the_pages_types(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_agent(AGENT)
    wanted = ClickToCall(
        AGENT,
        CUSTOMER,
        caller_id=CALLER_ID,
        asynchronous=False,
        call_timeout=32,
        get_call_id=True,
        custom_identifier="order 7",
    )
    done = client.send(click_to_call(wanted, NumberForm.INTEGER))
    assert sandbox.requests()[-1]["body"] == {
        "agent_number": AGENT,
        "destination_number": CUSTOMER[1:],
        "caller_id": int(CALLER_ID[1:]),
        "async": 0,
        "call_timeout": 32,
        "get_call_id": 1,
        "custom_identifier": "order 7",
    }
    (call,) = sandbox.calls()
    assert done == CallReceipt("Originate successfully queued", call["call_id"])
    assert call["custom_identifier"] == "order 7"


def test_what_is_left_out_is_not_sent(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_agent(AGENT)
    client.send(ACTS["call"])
    assert sandbox.requests()[-1]["body"] == {"agent_number": AGENT, "destination_number": CUSTOMER}


FAULTS: list[tuple[str, dict[str, Any], type[ApiError]]] = [
    ("status", {"status": 429}, RateLimited),
    ("status", {"status": 500}, OutcomeUnknown),
    ("status", {"status": 503}, OutcomeUnknown),
    ("status", {"status": 422}, Refused),
    ("unauthorized", {}, TokenRefused),
    ("lost-before", {}, OutcomeUnknown),
    ("lost-after", {}, OutcomeUnknown),
    ("mid-body", {}, OutcomeUnknown),
    ("html", {}, OutcomeUnknown),
    ("success-false", {}, Refused),
    ("string-false", {}, Refused),
    ("truncated-json", {}, OutcomeUnknown),
    ("hang", {}, OutcomeUnknown),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("kind", "parameters", "error"), FAULTS, ids=lambda value: str(value)[:20])
def test_an_act_is_sent_once_whatever_comes_of_it(
    sandbox: Sandbox, act: str, kind: str, parameters: dict[str, Any], error: type[ApiError]
) -> None:
    access, limits = Access(sandbox.url, sandbox.token), HASTY if kind != "hang" else replace(HASTY, reply_timeout=0.2)
    sandbox.fault(kind, times=100, **parameters)
    with Client(access, limits=limits) as client, pytest.raises(error) as raised:
        client.send(ACTS[act])
    # The client may have left before the service read what it had sent.
    sandbox.wait_for(lambda request: request["n"] == 1)
    assert len(sandbox.requests()) == 1
    if error is OutcomeUnknown:
        assert "look whether it was done" in raised.value.next_step
        assert "the account is listed" not in str(raised.value)

    async def the_same() -> None:
        async with AsyncClient(access, limits=limits) as client:
            with pytest.raises(error):
                await client.send(ACTS[act])

    asyncio.run(the_same())
    sandbox.wait_for(lambda request: request["n"] == 2)
    assert len(sandbox.requests()) == 2
    sandbox.clear_faults()


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_not_tried_again_where_nothing_listens(act: str, nobody: str) -> None:
    patient = Limits(first_pause=3600)
    with Client(Access(nobody, "example-token"), limits=patient) as client, pytest.raises(NotSent):
        client.send(ACTS[act])


@pytest.mark.parametrize("act", ACTS)
def test_a_read_only_client_acts_on_no_call(sandbox: Sandbox, act: str) -> None:
    with Client(Access(sandbox.url, sandbox.token), read_only=True) as client, pytest.raises(WriteForbidden):
        client.send(ACTS[act])
    assert sandbox.requests() == []


def test_the_api_key_is_in_no_error(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("success-false", message="the key example-api-key has expired")
    with pytest.raises(Refused) as raised:
        client.send(ACTS["announce"])
    assert "example-api-key" not in str(raised.value)
    assert "the key [secret] has expired" in str(raised.value)
    assert "example-api-key" not in repr(ACTS["announce"])
