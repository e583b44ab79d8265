"""The calls of broadcast lists as objects of the account: list, create, rename, delete.

Source: the sibling product's index of routes and public client code. No page shows a reply. What is
assumed:

- `GET /v1/broadcast/lists` answers a root array without paging; an item has `id` and `name` (client code).
- `POST /v1/broadcast/list` takes `name`, `description` and `field`, "an array of column names" (index). The names sent
  are the API's own, `field_0`, `field_1` …, as leads have them. The reply has `list_id` (client code); a reply without
  it is settled by listing.
- `PUT /v1/broadcast/list/{id}` takes `name` and `description`. Columns cannot be changed (index).
- A list that is gone already is answered with 404, as users are (client code).
"""

from __future__ import annotations

from urllib.parse import quote

from digo.api.calls import Call, RetryPolicy
from digo.api.legacy_agents import UNKNOWN_CHANGE, read_change_receipt, read_delete_receipt
from digo.api.models import LONGEST_ID, BroadcastListRecord, NewBroadcastList, Receipt
from digo.api.responses import Reply, read_items, read_receipt, unreadable
from digo.text.redact import Redactor

LISTS_CALL = "GET /v1/broadcast/lists"
CREATE_LIST_CALL = "POST /v1/broadcast/list"
RENAME_LIST_CALL = "PUT /v1/broadcast/list"
DELETE_LIST_CALL = "DELETE /v1/broadcast/list"
"""Names of the calls in journals and messages, for every list."""


def list_broadcast_lists() -> Call[tuple[BroadcastListRecord, ...]]:
    """`GET /v1/broadcast/lists`: all broadcast lists of the account."""
    return Call("GET", "v1/broadcast/lists", RetryPolicy.HARMLESS, read_broadcast_lists)


def create_broadcast_list(wanted: NewBroadcastList) -> Call[Receipt]:
    """`POST /v1/broadcast/list`: creates a list. It is not idempotent: a second one gets the same name.

    `list_id` of the receipt's ids is the new list's. Client code always sends a description, so its name is sent where
    config has none.
    """
    body = {"name": wanted.name, "description": wanted.description or wanted.name, "field": list(wanted.fields)}
    return Call("POST", "v1/broadcast/list", RetryPolicy.NEVER, read_receipt, body, name=CREATE_LIST_CALL)


def rename_broadcast_list(list_id: str, name: str, description: str) -> Call[Receipt]:
    """`PUT /v1/broadcast/list/{id}`: gives a list its name and description. It may be sent twice.

    An empty `description` is left out. Whether that keeps the panel's is documented nowhere.
    """
    body = {"name": name, **({"description": description} if description else {})}
    return Call(
        "PUT",
        _path(list_id),
        RetryPolicy.IDEMPOTENT,
        read_change_receipt,
        body,
        name=RENAME_LIST_CALL,
        unknown_step=UNKNOWN_CHANGE,
    )


def delete_broadcast_list(list_id: str) -> Call[Receipt]:
    """`DELETE /v1/broadcast/list/{id}`: deletes a list with its leads. 404 means that it was gone already."""
    return Call(
        "DELETE",
        _path(list_id),
        RetryPolicy.IDEMPOTENT,
        read_delete_receipt,
        name=DELETE_LIST_CALL,
        unknown_step=UNKNOWN_CHANGE,
    )


def read_broadcast_lists(reply: Reply, redact: Redactor) -> tuple[BroadcastListRecord, ...]:
    """The account's broadcast lists, in the API's order.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        ReadUnknown: the reply is anything but a complete 2xx array of lists, each with an id of its own.
    """
    found = tuple(
        _read_list(reply, number, item) for number, item in enumerate(read_items(reply, redact, "lists"), start=1)
    )
    if len({one.id for one in found}) < len(found):
        raise unreadable(reply, "the list of broadcast lists has one id twice")
    return found


def _read_list(reply: Reply, place: int, item: object) -> BroadcastListRecord:
    """One list. Ids are numbers or text, as elsewhere in this API."""
    item = item if isinstance(item, dict) else {}
    # A list without a name is possible. Without the key, all lists would seem to lack the names that config has.
    id_, name = _text(item.get("id")), "" if item.get("name", 0) is None else _text(item.get("name"))
    if not id_ or len(id_) > LONGEST_ID or name is None:
        wrong = "name" if id_ and len(id_) <= LONGEST_ID else "id"
        raise unreadable(reply, f"item {place} of the list is not a broadcast list ({wrong})")
    return BroadcastListRecord(id_, name, _text(item.get("description")))


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value)


def _path(list_id: str) -> str:
    return f"v1/broadcast/list/{quote(list_id, safe='')}"
