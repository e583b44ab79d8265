"""The calls about broadcast lists, and how much of their replies is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digo.api import ReadUnknown, TokenRefused
from digo.api.calls import RetryPolicy
from digo.api.lists import (
    create_broadcast_list,
    delete_broadcast_list,
    list_broadcast_lists,
    read_broadcast_lists,
    rename_broadcast_list,
)
from digo.api.models import BroadcastListRecord, NewBroadcastList
from digo.api.responses import Reply
from digo.text.redact import Redactor


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None, method: str = "GET") -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(method, "/v1/broadcast/lists", status, "application/json", raw, headers=headers or {})


def read(body: object, status: int = 200, **more: Any) -> tuple[BroadcastListRecord, ...]:
    return read_broadcast_lists(reply(body, status, **more), Redactor())


def test_ids_are_text_whether_they_came_as_numbers_or_not() -> None:
    found = read([{"id": 4711, "name": "Codes", "x": 1}, {"id": "4712", "name": None, "description": "d"}])
    assert found == (BroadcastListRecord("4711", "Codes"), BroadcastListRecord("4712", "", "d"))
    assert read([]) == ()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"success": False, "message": "No."}, "an object where a list of lists is due: No."),
        ({"data": [{"id": 1, "name": "A"}]}, "an object"),
        (b"<html></html>", "an HTML page"),
        ([{"name": "A"}], "item 1 of the list is not a broadcast list (id)"),
        ([{"id": True, "name": "A"}], "item 1 of the list is not a broadcast list (id)"),
        ([{"id": 1, "title": "A"}], "item 1 of the list is not a broadcast list (name)"),
        (["A"], "item 1 of the list is not a broadcast list (id)"),
        ([{"id": 1, "name": "A"}, {"id": "1", "name": "B"}], "one id twice"),
    ],
)
def test_anything_else_is_unknown_and_never_empty(body: object, says: str) -> None:
    with pytest.raises(ReadUnknown, match="could not be read") as caught:
        read(body)
    assert says in str(caught.value)


def test_a_list_that_announces_more_is_not_whole() -> None:
    with pytest.raises(ReadUnknown, match="not whole"):
        read([{"id": 1, "name": "A"}], headers={"x-total-count": "2"})
    with pytest.raises(TokenRefused):
        read({"message": "No."}, 403)


def test_a_create_has_the_columns_in_order_and_is_never_sent_twice_by_itself() -> None:
    call = create_broadcast_list(NewBroadcastList("Codes", "", ("field_0", "field_5")))
    assert (call.method, call.path, call.retry_policy) == ("POST", "v1/broadcast/list", RetryPolicy.NEVER)
    # Client code always sends a description.
    assert call.body == {"name": "Codes", "description": "Codes", "field": ["field_0", "field_5"]}
    receipt = call.read(reply({"success": True, "message": "done", "list_id": 4711}, method="POST"), Redactor())
    assert receipt.ids["list_id"] == "4711"


def test_a_rename_keeps_a_description_that_config_does_not_have() -> None:
    assert rename_broadcast_list("4711", "Codes", "").body == {"name": "Codes"}
    assert rename_broadcast_list("4711", "Codes", "d").body == {"name": "Codes", "description": "d"}
    assert rename_broadcast_list("a/b", "Codes", "").path == "v1/broadcast/list/a%2Fb"


def test_a_list_that_is_gone_already_is_deleted() -> None:
    call = delete_broadcast_list("4711")
    gone = reply({"success": False, "message": "List not found."}, 404, method="DELETE")
    assert call.read(gone, Redactor()).agent_id is None
    assert (call.method, call.path, call.journal_name) == (
        "DELETE",
        "v1/broadcast/list/4711",
        "DELETE /v1/broadcast/list",
    )


def test_reading_the_lists_is_harmless() -> None:
    assert list_broadcast_lists().retry_policy is RetryPolicy.HARMLESS
