"""Leads read and written many at once, against the sibling's account: what each reply proves, and what has a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from digo.api import Access, ApiError, AsyncClient, Client, OutcomeUnknown, ReadUnknown, Refused, TokenRefused
from digo.api.bulk_leads import ListNotShown, batch_status, delete_leads, read_leads, write_leads
from digo.api.lead_stream import Leads
from digo.api.responses import Reply
from digo.text.redact import Redactor
from sandbox.testing import Sandbox
from tests.api.api_values import HASTY, NUMBER

FIELDS = ("field_1", "field_5")


@pytest.fixture
def access(sandbox: Sandbox) -> Access:
    return Access(sandbox.url, sandbox.smartflo.token)


@pytest.fixture
def client(access: Access) -> Iterator[Client]:
    with Client(access, limits=HASTY) as client:
        yield client


@pytest.fixture
def list_id(sandbox: Sandbox) -> str:
    return str(sandbox.smartflo.add_list("otp"))


def rows(leads: Leads) -> list[tuple[str, ...]]:
    return list(zip(leads.numbers.to_pylist(), *(leads.columns[name].to_pylist() for name in FIELDS), strict=True))


def status(body: str, code: int = 200) -> Reply:
    return Reply("GET", "/v1/broadcast/batch_status/1", code, "application/json", body.encode())


def test_what_is_written_is_read_back(sandbox: Sandbox, client: Client, list_id: str) -> None:
    batch = client.send(write_leads(list_id, FIELDS, [(NUMBER, ["Ada", "123456"]), ("+12025550102", ["Ben", ""])]))
    assert client.send(batch_status(batch.id)).over
    assert rows(client.send(read_leads(list_id, FIELDS))) == [(NUMBER, "Ada", "123456"), ("+12025550102", "Ben", "")]
    (write,) = [one for one in sandbox.requests() if one["method"] == "POST"]
    assert write["body"]["duplicate_option"] == "overwrite"
    client.send(delete_leads(list_id, [NUMBER]))
    assert rows(client.send(read_leads(list_id, FIELDS))) == [("+12025550102", "Ben", "")]


def test_a_list_is_longer_than_any_other_reply(access: Access, sandbox: Sandbox, list_id: str) -> None:
    sandbox.smartflo.add_leads(list_id, [{"field_0": f"+1202555{index:04}"} for index in range(3000)])
    limits = replace(HASTY, reply_bytes=10_000)

    async def read() -> Leads:
        async with AsyncClient(access, limits=limits, connections=1, read_only=True) as client:
            return await client.send(read_leads(list_id, FIELDS))

    with Client(access, limits=limits, read_only=True) as client:
        assert len(client.send(read_leads(list_id, FIELDS))) == len(asyncio.run(read())) == 3000


@pytest.mark.parametrize("kind", ["html", "truncated-json", "mid-body", "drip"])
def test_a_list_that_is_not_whole_is_unknown(access: Access, sandbox: Sandbox, list_id: str, kind: str) -> None:
    sandbox.smartflo.add_leads(list_id, [{"field_0": NUMBER}])
    sandbox.fault(kind, times="always")
    limits = replace(HASTY, reply_timeout=0.5)

    async def read() -> None:
        async with AsyncClient(access, limits=limits, connections=1) as client:
            await client.send(read_leads(list_id, FIELDS))

    with pytest.raises(ReadUnknown), Client(access, limits=limits) as client:
        client.send(read_leads(list_id, FIELDS))
    with pytest.raises(ReadUnknown):
        asyncio.run(read())


@pytest.mark.parametrize("form", ["object", "message"])
def test_an_object_is_no_list(sandbox: Sandbox, client: Client, list_id: str, form: str) -> None:
    sandbox.smartflo.settings(empty=form)
    with pytest.raises(ListNotShown, match="an object where the leads of a list are due"):
        client.send(read_leads(list_id, FIELDS))


def test_more_than_is_shown_is_unknown(sandbox: Sandbox, client: Client, list_id: str) -> None:
    sandbox.fault("reply", body="[]", headers={"X-Total-Count": "7"})
    with pytest.raises(ReadUnknown, match="announces 7 and it shows 0"):
        client.send(read_leads(list_id, FIELDS))


def test_a_refused_token_is_told(access: Access, list_id: str) -> None:
    with Client(replace(access, authorization="example-wrong-token")) as client, pytest.raises(TokenRefused):
        client.send(read_leads(list_id, FIELDS))


@pytest.mark.parametrize(
    ("kind", "error"), [("success-false", Refused), ("html-after-commit", OutcomeUnknown), ("status", OutcomeUnknown)]
)
def test_a_batch_is_taken_refused_or_unknown(
    sandbox: Sandbox, client: Client, list_id: str, kind: str, error: type[ApiError]
) -> None:
    sandbox.fault(kind, times="always")
    with pytest.raises(error):
        client.send(write_leads(list_id, FIELDS, [(NUMBER, ["Ada", ""])]))


@pytest.mark.parametrize(
    ("body", "over"),
    [
        ('{"success": true, "status": "completed"}', True),
        ('{"success": true, "batch_status": "Partially Completed", "message": "ok"}', True),
        ('{"success": "true", "data": {"status": "FAILED"}}', True),
        ('{"success": true, "message": "Batch completed"}', True),
        ('{"success": true, "status": "success", "batch_status": "processing"}', False),
        ('{"success": true, "message": "Batch is in progress"}', False),
        ('{"success": true, "status": "not completed"}', False),
        ('{"success": true, "status": "queued"}', False),
        ('{"success": true, "status": "a word of tomorrow"}', False),
    ],
)
def test_a_batch_is_over_where_its_status_says_so(body: str, over: bool) -> None:
    assert batch_status("1").read(status(body), Redactor()).over is over


@pytest.mark.parametrize("body", ["[]", "{}", '{"success": false, "message": "completed"}', '{"status": 3}', "<html>"])
def test_a_status_without_a_word_is_unknown(body: str) -> None:
    with pytest.raises(ReadUnknown):
        batch_status("1").read(status(body), Redactor())


def test_the_refused_rows_of_a_status_are_found_by_their_numbers() -> None:
    content: dict[str, Any] = {"+12025550101": "The row is invalid.", "12025550102": "DND"}
    refused = ", ".join(f'{{"row": 0, "field_0": "{number}", "message": "{text}"}}' for number, text in content.items())
    found = batch_status("1").read(status(f'{{"status": "completed", "failed": [{refused}]}}'), Redactor())
    assert found.refused == {"12025550101": "The row is invalid.", "12025550102": "DND"}
