"""The blocking client against the real sandbox: what each reply of the API becomes, and how often it is asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from digo.api import (
    Access,
    ApiError,
    AsyncClient,
    Client,
    NewAgent,
    NewLead,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    Refused,
    TokenRefused,
    add_agent,
    list_agents,
    put_lead,
)
from digo.api.calls import NumberForm
from sandbox.testing import Sandbox
from tests.api.api_values import CANARY, HASTY, NUMBER

AGENT = add_agent(NewAgent("Test Agent", NUMBER, "1001"))
LEAD = put_lead(NewLead("4711", NUMBER, {"field_5": "123456"}))
LIST = list_agents()


def statuses(sandbox: Sandbox) -> list[int | None]:
    return [request["status"] for request in sandbox.requests()]


def test_a_created_agent_is_in_the_list(sandbox: Sandbox, client: Client) -> None:
    receipt = client.send(AGENT)
    (agent,) = client.send(LIST)
    assert receipt.message == "Agent added successfully"
    assert (agent.eid, agent.name, agent.intercom) == (receipt.agent_id, "Test Agent", "1001")
    assert agent.follow_me_number == NUMBER
    assert agent.id is not None and agent.id.isdecimal()
    assert not {"calls_answered", "calls_missed"} & agent.configuration.keys()
    assert agent.configuration["is_verified"] == 1


def test_what_is_sent_is_what_the_page_shows(sandbox: Sandbox, client: Client) -> None:
    client.send(AGENT)
    client.send(LEAD)
    agent, lead = sandbox.requests()
    assert (agent["method"], agent["path"]) == ("POST", "/v1/agent")
    assert agent["body"] == {"name": "Test Agent", "follow_me_number": NUMBER, "intercom": 1001}
    assert (lead["method"], lead["path"]) == ("POST", "/v1/broadcast/lead/4711")
    assert lead["body"] == {"field_0": NUMBER, "field_5": "123456", "duplicate_option": "overwrite"}


@pytest.mark.parametrize(
    ("form", "sent"),
    [(NumberForm.PLUS, NUMBER), (NumberForm.DIGITS, NUMBER[1:]), (NumberForm.INTEGER, int(NUMBER[1:]))],
)
def test_numbers_are_written_as_configured(sandbox: Sandbox, client: Client, form: NumberForm, sent: str | int) -> None:
    client.send(add_agent(NewAgent("Test Agent", NUMBER, "0007"), form))
    client.send(put_lead(NewLead("4711", NUMBER), form))
    agent, lead = (request["body"] for request in sandbox.requests())
    assert agent["follow_me_number"] == sent
    assert agent["intercom"] == "0007"
    assert lead["field_0"] == str(sent)
    assert client.send(LIST)[0].intercom == "0007"


def test_a_list_id_cannot_lead_to_another_path(sandbox: Sandbox, client: Client) -> None:
    with pytest.raises(ApiError):
        client.send(put_lead(NewLead("../agent", NUMBER)))
    assert sandbox.agents() == []
    assert "/v1/agent" not in {request["path"] for request in sandbox.requests()}


@pytest.mark.parametrize("ending", ["", "/", "//"])
def test_the_endpoint_may_end_with_a_slash(sandbox: Sandbox, connect: Callable[..., Client], ending: str) -> None:
    assert connect(endpoint=sandbox.url + ending).send(LIST) == ()
    assert sandbox.counts() == {"GET /v1/agents": 1}


@pytest.mark.parametrize("scheme", ["verbatim", "bearer"])
def test_the_token_goes_as_the_scheme_says(sandbox: Sandbox, connect: Callable[..., Client], scheme: str) -> None:
    sandbox.settings(scheme=scheme)
    values = {"verbatim": sandbox.token, "bearer": f"Bearer {sandbox.token}"}
    assert connect(authorization=values.pop(scheme)).send(LIST) == ()
    (wrong,) = values.values()
    with pytest.raises(TokenRefused, match="digo:scheme"):
        connect(authorization=wrong).send(LIST)


@pytest.mark.parametrize("call", [LIST, AGENT, LEAD], ids=["list", "agent", "lead"])
def test_a_refused_token_is_not_tried_again(sandbox: Sandbox, connect: Callable[..., Client], call: Any) -> None:
    with pytest.raises(TokenRefused) as caught:
        connect(authorization=CANARY).send(call)
    assert statuses(sandbox) == [401]
    assert caught.value.status == 401
    assert "DIGO_AUTHORIZATION" in str(caught.value)


# What each fault of a read means: never an empty account.
READ_FAULTS: list[tuple[str, dict[str, object], type[ApiError], int]] = [
    ("unauthorized", {}, TokenRefused, 1),
    ("status", {"status": 500}, ReadUnknown, 3),
    ("status", {"status": 502}, ReadUnknown, 3),
    ("status", {"status": 403}, TokenRefused, 1),
    ("status", {"status": 404}, ReadUnknown, 1),
    ("status", {"status": 429}, RateLimited, 4),
    ("html", {}, ReadUnknown, 1),
    ("object", {}, ReadUnknown, 1),
    ("success-false", {}, ReadUnknown, 1),
    ("string-false", {}, ReadUnknown, 1),
    ("truncated-json", {}, ReadUnknown, 1),
    ("lost-before", {}, ReadUnknown, 3),
    ("lost-after", {}, ReadUnknown, 3),
    ("mid-body", {}, ReadUnknown, 3),
]


@pytest.mark.parametrize(("kind", "fault", "error", "tries"), READ_FAULTS)
def test_a_read_that_brings_no_list_is_an_error(
    sandbox: Sandbox, client: Client, kind: str, fault: dict[str, object], error: type[ApiError], tries: int
) -> None:
    sandbox.add_agent(NUMBER, name="Present")
    sandbox.fault(kind, method="GET", times="always", **fault)
    with pytest.raises(error) as caught:
        client.send(LIST)
    assert type(caught.value) is error
    assert sandbox.counts() == {"GET /v1/agents": tries}
    sandbox.clear_faults()
    assert len(client.send(LIST)) == 1


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("status", {"status": 429}),
        ("status", {"status": 429, "retry_after": 0}),
        ("status", {"status": 500}),
        ("status", {"status": 503}),
        ("lost-before", {}),
        ("lost-after", {}),
        ("mid-body", {}),
    ],
)
@pytest.mark.parametrize("call", [LIST, LEAD], ids=["list", "lead"])
def test_what_may_be_repeated_is_repeated(
    sandbox: Sandbox, client: Client, kind: str, fault: dict[str, object], call: Any
) -> None:
    sandbox.fault(kind, times=2, **fault)
    client.send(call)
    assert len(sandbox.requests()) == 3
    assert len(sandbox.leads(4711)) == (call is LEAD)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [("unauthorized", {}), ("success-false", {}), ("status", {"status": 429})],
    ids=["token", "refused", "limited"],
)
def test_a_repeat_that_did_nothing_is_no_word_of_the_try_that_was_lost(
    sandbox: Sandbox, client: Client, kind: str, fault: dict[str, object]
) -> None:
    sandbox.fault("lost-after", nth=[1])
    sandbox.fault(kind, nth=list(range(2, 20)), **fault)
    with pytest.raises(OutcomeUnknown) as caught:
        client.send(LEAD)
    assert caught.value.answered is False
    assert "was lost" in caught.value.what
    assert "; then: " in caught.value.what
    assert len(sandbox.leads(4711)) == 1


# What each fault of a create means, and whether the account has the agent then: never is it sent a second time.
CREATE_FAULTS: list[tuple[str, dict[str, object], type[ApiError], bool | None, int]] = [
    ("status", {"status": 500}, OutcomeUnknown, True, 0),
    ("status-after-commit", {"status": 500}, OutcomeUnknown, True, 1),
    ("status", {"status": 502}, OutcomeUnknown, False, 0),
    ("status-after-commit", {"status": 504}, OutcomeUnknown, False, 1),
    ("html", {}, OutcomeUnknown, False, 0),
    ("html-after-commit", {}, OutcomeUnknown, False, 1),
    ("html", {"status": 504}, OutcomeUnknown, False, 0),
    ("truncated-json", {}, OutcomeUnknown, False, 1),
    ("lost-before", {}, OutcomeUnknown, False, 0),
    ("lost-after", {}, OutcomeUnknown, False, 1),
    ("mid-body", {}, OutcomeUnknown, False, 1),
    ("success-false", {}, Refused, None, 0),
    ("string-false", {}, Refused, None, 0),
    ("status", {"status": 400}, Refused, None, 0),
    ("unauthorized", {}, TokenRefused, None, 0),
]


@pytest.mark.parametrize(("kind", "fault", "error", "answered", "agents"), CREATE_FAULTS)
def test_a_create_is_sent_once_whatever_comes_back(
    sandbox: Sandbox,
    client: Client,
    kind: str,
    fault: dict[str, object],
    error: type[ApiError],
    answered: bool | None,
    agents: int,
) -> None:
    sandbox.fault(kind, **fault)
    with pytest.raises(error) as caught:
        client.send(AGENT)
    assert sandbox.counts() == {"POST /v1/agent": 1}
    assert len(sandbox.agents()) == agents
    assert getattr(caught.value, "answered", None) is answered


def test_a_429_says_that_nothing_was_done_so_a_create_goes_on(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", status=429, times=3)
    client.send(AGENT)
    assert statuses(sandbox) == [429, 429, 429, 200]
    assert len(sandbox.agents()) == 1


def test_patience_with_429_ends(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", status=429, retry_after=7, times="always")
    with pytest.raises(RateLimited) as caught:
        client.send(AGENT)
    assert statuses(sandbox) == [429] * HASTY.tries_when_limited
    assert caught.value.retry_after == 7
    assert "digo:cps" in caught.value.next_step


@pytest.mark.parametrize("cut", [False, True], ids=["hang", "late"])
def test_a_reply_that_does_not_come_is_a_lost_one(sandbox: Sandbox, connect: Callable[..., Client], cut: bool) -> None:
    client = connect(limits=replace(HASTY, reply_timeout=0.2, tries=2))
    sandbox.fault("late" if cut else "hang", times="always", **({"ms": 10_000} if cut else {}))
    with pytest.raises(OutcomeUnknown) as caught:
        client.send(AGENT)
    assert caught.value.answered is False
    with pytest.raises(ReadUnknown):
        client.send(LIST)
    # The client may have left before the service read what it had sent.
    sandbox.wait_for(lambda request: request["n"] == 3)
    assert sandbox.counts() == {"POST /v1/agent": 1, "GET /v1/agents": 2}


@pytest.mark.parametrize("call", [LIST, AGENT, LEAD], ids=["list", "agent", "lead"])
def test_an_endpoint_without_a_service(connect: Callable[..., Client], nobody: str, call: Any) -> None:
    with pytest.raises(NotSent) as caught:
        connect(endpoint=nobody).send(call)
    assert nobody in str(caught.value)
    assert "DIGO_ENDPOINT" in caught.value.next_step


def test_a_name_that_does_not_resolve(connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotSent, match=r"nowhere\.invalid"):
        connect(endpoint="https://nowhere.invalid").send(AGENT)


class BeforeTheThird:
    """A budget without a limit; before the third request it does `something`."""

    def __init__(self, something: Callable[[], None]) -> None:
        self.asked = 0
        self._something = something

    def wait(self) -> None:
        self.asked += 1
        if self.asked == 3:
            self._something()

    def close(self) -> None:
        pass


def test_a_service_that_comes_up_between_two_tries(sandbox: Sandbox) -> None:
    pace: Any = BeforeTheThird(sandbox.restart)
    with Client(Access(sandbox.url, sandbox.token), limits=HASTY, pace=pace) as client:
        client.send(LIST)
        sandbox.stop()
        client.send(LIST)
    assert pace.asked == 3
    assert sandbox.counts() == {"GET /v1/agents": 1}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, (("name", "The name field is required."),)),
        (
            {"follow_me_number": "+12"},
            (("follow_me_number", "The follow me number must be between 10 and 15 digits."),),
        ),
    ],
)
def test_a_422_tells_its_reasons_by_field(
    sandbox: Sandbox, client: Client, fields: dict[str, Any], expected: object
) -> None:
    with pytest.raises(Refused) as caught:
        client.send(add_agent(replace(NewAgent("Test Agent", NUMBER), **fields)))
    assert caught.value.status == 422
    assert caught.value.reasons == expected


def test_a_taken_intercom_is_a_refusal(sandbox: Sandbox, client: Client) -> None:
    sandbox.settings(duplicates="refuse")
    sandbox.add_agent("+12025550102", intercom="1001")
    with pytest.raises(Refused, match="intercom: The intercom has already been taken"):
        client.send(AGENT)


@pytest.mark.parametrize("kind", ["success-false", "string-false"])
def test_a_failure_with_status_200_is_a_refusal_in_the_apis_words(sandbox: Sandbox, client: Client, kind: str) -> None:
    sandbox.fault(kind, message=f"No room for {NUMBER}")
    with pytest.raises(Refused, match="No room for") as caught:
        client.send(AGENT)
    assert NUMBER not in str(caught.value) and NUMBER[1:] not in str(caught.value)


def test_a_lead_sent_twice_is_one_lead_with_the_last_columns(sandbox: Sandbox, client: Client) -> None:
    client.send(put_lead(NewLead("4711", NUMBER, {"field_1": "Asha", "field_5": "1"})))
    client.send(put_lead(NewLead("4711", NUMBER, {"field_1": "Asha", "field_5": "2"})))
    (lead,) = sandbox.leads(4711)
    assert lead["fields"]["field_5"] == "2"


def test_a_list_that_does_not_exist_is_a_refusal(sandbox: Sandbox, client: Client) -> None:
    sandbox.settings(lists=["4711"])
    with pytest.raises(Refused, match="List not found"):
        client.send(put_lead(NewLead("4712", NUMBER)))


TELLING = ("status", "object", "success-false", "string-false")
ALL_FAULTS = [
    (kind, fault)
    for kind, fault in {
        **{f"read {kind} {fault}": (kind, fault) for kind, fault, _, _ in READ_FAULTS},
        **{f"create {kind} {fault}": (kind, fault) for kind, fault, _, _, _ in CREATE_FAULTS},
    }.values()
]


@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_no_error_shows_the_token_or_a_number(sandbox: Sandbox, connect: Callable[..., Client], scheme: str) -> None:
    sandbox.settings(scheme="bearer" if scheme else "verbatim")
    client = connect(authorization=scheme + sandbox.token)
    words = f"Token {sandbox.token} may not call {NUMBER}, {NUMBER[1:]}, {NUMBER[2:]} or (202) 555-0101"
    texts = [repr(client.access), repr(AGENT), repr(LEAD), str(AGENT)]
    for kind, fault in ALL_FAULTS:
        for call in (LIST, AGENT, LEAD):
            told = {} if "message" in fault or kind not in TELLING else {"message": words}
            sandbox.fault(kind, **fault, **told)
            try:
                client.send(call)
            except ApiError as problem:
                texts += [str(problem), repr(problem), problem.next_step, repr(vars(problem))]
            sandbox.clear_faults()
    with pytest.raises(TokenRefused) as caught:
        connect(authorization=scheme + CANARY).send(LIST)
    texts += [str(caught.value), repr(caught.value)]
    whole = "\n".join(texts)
    assert "[secret]" in whole and "***0101" in whole
    for hidden in (sandbox.token, CANARY, NUMBER[1:], NUMBER[2:], "555-0101"):
        assert hidden not in whole


class Listening:
    """A budget without a limit that keeps what it is told."""

    def __init__(self) -> None:
        self.asked = 0
        self.told: list[float | None] = []

    def wait(self) -> None:
        self.asked += 1

    async def wait_async(self) -> None:
        self.asked += 1

    def limited(self, retry_after: float | None) -> None:
        self.told.append(retry_after)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("kind", ["blocking", "asyncio"])
def test_every_try_asks_the_pace_and_a_429_is_told_to_it(sandbox: Sandbox, kind: str) -> None:
    pace, access = Listening(), Access(sandbox.url, sandbox.token)

    async def send() -> None:
        async with AsyncClient(access, pace=pace, limits=HASTY) as client:
            await client.send(AGENT)

    sandbox.fault("status", status=429, retry_after=2, nth=[1])
    sandbox.fault("status", status=429, nth=[2])
    if kind == "asyncio":
        asyncio.run(send())
    else:
        with Client(access, pace=pace, limits=HASTY) as client:
            client.send(AGENT)
    assert (pace.asked, pace.told) == (3, [2.0, None])
