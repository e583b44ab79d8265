"""The documented replies about users, and users of a given number of pages."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digo.api.agent_calls import USER_CALLS, AgentCalls, ReadOptions
from digo.api.calls import Call
from digo.api.conversation import converse
from digo.api.responses import Reply
from digo.api.snapshot import Snapshot
from digo.text.redact import Redactor

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "users"


def sample(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def read(call: Call[Any], body: object, status: int = 200) -> Any:
    """What the call reads in a reply. A body in bytes is an HTML page."""
    raw, kind = (body, "text/html") if isinstance(body, bytes) else (json.dumps(body).encode(), "application/json")
    return call.read(Reply(call.method, f"/{call.path}", status, kind, raw), Redactor())


def user(index: int, **fields: Any) -> dict[str, Any]:
    """An item of the list."""
    item = copy.deepcopy(sample("list")["data"][0])
    item["id"] = 40000 + index
    item["name"] = f"Agent {index}"
    item["login_id"] = f"agent.{index}"
    item["agent"].update(id=str(5000000000000 + index), follow_me_number=f"+1202555{100 + index:04d}")
    return {**item, **fields}


def page(indexes: Iterable[int], *, more: bool = False, **facts: Any) -> dict[str, Any]:
    """A page with these users."""
    items = [user(index) for index in indexes]
    last = items[-1]["id"] if items else None
    return {"has_more": more, "count": len(items), "last_seen_id": last, "data": items, **facts}


class Account:
    """An account that answers each call with the next of its replies, and notes what it was asked.

    A reply is a body, or a status and a body.
    """

    def __init__(self, *replies: object) -> None:
        self._replies = list(replies)
        self.asked: list[str] = []

    def send(self, call: Call[Any]) -> Any:
        query = "&".join(f"{name}={value}" for name, value in call.query)
        self.asked.append(f"{call.method} /{call.path}" + (f"?{query}" if query else ""))
        reply = self._replies.pop(0)
        status, body = reply if isinstance(reply, tuple) else (200, reply)
        return read(call, body, status)

    def snapshot(self, calls: AgentCalls = USER_CALLS, options: ReadOptions | None = None) -> Snapshot:
        return converse(self, calls.read(options or ReadOptions()))  # type: ignore[arg-type]  # it has `send`
