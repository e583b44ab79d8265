"""Users, which carry the agents in the sibling product's current API, as its replies show them.

`digo.api.user_fields` has their fields. Sources: its pages fetch-multiple-users and fetch-single-user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from digo.api.completeness import announced_total, whole_number
from digo.api.decoding import decode_body, is_broken
from digo.api.models import LONGEST_ID, AgentRecord, Text
from digo.api.responses import (
    Reply,
    as_bool,
    raise_for_status,
    raise_for_token_and_rate,
    reasons_text,
    shape_of,
    unreadable,
)
from digo.api.user_fields import ReplyModel, UserFields, fields_of_single, object_or_none
from digo.fields.agents import WANTED_FIELDS
from digo.text.redact import Redactor

_PARTIAL = 206
_NOT_SERVED = (403, 404, 405)
_BUSY = 3  # and Offline after it: what the agent does now, no configuration
_WANTED = frozenset(field.name for field in WANTED_FIELDS)


class UserAgent(ReplyModel):
    """The agent of a user. `id` is the EID; `status` is 0 enabled, 1 blocked, 2 disabled, 3 busy, 4 offline."""

    id: Annotated[Text, Field(min_length=1, max_length=LONGEST_ID)]
    name: Text | None = None
    status: int | None = None
    follow_me_number: Text | None = None
    intercom: Text | None = None


class User(UserFields):
    """A user, in the names of the list. `agent` is None for a user that carries none."""

    id: Annotated[Text, Field(min_length=1, max_length=LONGEST_ID)]
    name: Text | None = None
    agent: Annotated[UserAgent | None, BeforeValidator(object_or_none)] = None

    @classmethod
    def from_single(cls, data: Mapping[str, Any]) -> User:
        """The user of a single get. `team_member` has what the list has at its root, and `agent` has other names.

        `team_member.status` is not read: it is inverted there (0 blocked, 1 not), and `agent.agent_status` says the
        same as the list's `agent.status`.

        Raises:
            pydantic.ValidationError: an id is missing, or a field has a wrong type.
        """
        member, agent = (
            value if isinstance(value := data.get(name), dict) else {} for name in ("team_member", "agent")
        )
        renamed = {
            **agent,
            "status": agent.get("agent_status", agent.get("status")),
            "follow_me_number": agent.get("number") or data.get("number"),
        }
        facts = {
            **member,
            "id": data.get("id"),
            "name": data.get("name"),
            "agent": renamed if agent else None,
            **fields_of_single(member, agent),
        }
        return cls.model_validate(facts)

    @property
    def record(self) -> AgentRecord | None:
        """The user's agent, in the names of config; None if the user carries none.

        The name is the user's: that is what the calls write. Fields that the reply did not have are unseen.
        """
        if self.agent is None:
            return None
        agent = self.agent
        status = agent.status
        others = self.shown_values(status)
        named: dict[str, Any] = {
            "name": self.name or agent.name,
            "follow_me_number": agent.follow_me_number,
            "intercom": agent.intercom,
        }
        seen = {*others, *(name for name, value in named.items() if value is not None)}
        return AgentRecord(
            eid=agent.id,
            user_id=self.id,
            custom_status=status if status is None or status < _BUSY else 0,
            other_fields=others,
            unseen=_unseen(frozenset(seen)),
            **named,
        )


_UNSEEN: dict[frozenset[str], frozenset[str]] = {}


def _unseen(seen: frozenset[str]) -> frozenset[str]:
    """The wanted fields without these. All records that show the same share one set."""
    return _UNSEEN.setdefault(seen, _WANTED - seen)


@dataclass(frozen=True)
class UserPage:
    """One page of users.

    Attributes:
        users: the users, in the API's order.
        more: whether another page follows.
        last_seen_id: where the next page begins, after that id; "" if the reply did not say.
        count: the envelope's number, of this page or of all: no page says which. None if there is none.
        total: the number of all that a header announces; None if none does.
    """

    users: tuple[User, ...]
    more: bool
    last_seen_id: str = ""
    count: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class NotServed:
    """The account does not answer a read for this token: 403, 404, 405, or `success` is false. `why` says so."""

    why: str


def read_user_page(reply: Reply, redact: Redactor) -> UserPage | NotServed:
    """One page of `GET /v1/users`.

    Raises:
        TokenRefused: 401.
        RateLimited: 429.
        ReadUnknown: the reply is neither a page of users nor a plain refusal.
    """
    content = decode_body(reply.body, reply.content_type)
    says_no = isinstance(content, dict) and as_bool(content.get("success")) is False
    if reply.status in _NOT_SERVED or (says_no and reply.status < 500 and reply.status not in (401, 429)):
        return NotServed(f"{reply.status}{reasons_text(reply, content, redact)}")
    raise_for_token_and_rate(reply, redact)
    raise_for_status(reply, redact)
    items = content.get("data") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(items, list):
        raise unreadable(
            reply,
            f"the API answered {shape_of(reply, content)} where a page of users is due"
            f"{reasons_text(reply, content, redact)}",
        )
    more = _yes_or_no(content.get("has_more"))
    if more is None or reply.status == _PARTIAL:
        raise unreadable(reply, "the page of users does not say whether it is the last one (has_more)")
    cursor = content.get("last_seen_id")
    return UserPage(
        tuple(_read_user(reply, place, item) for place, item in enumerate(items, start=1)),
        more,
        "" if cursor is None or isinstance(cursor, (bool, dict, list)) else str(cursor),
        whole_number(content.get("count")),
        announced_total(reply.headers),
    )


def read_user(reply: Reply, redact: Redactor) -> User:
    """One user, as `GET /v1/user/{id}` shows it.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        ReadUnknown: any other reply that is not a user.
    """
    raise_for_token_and_rate(reply, redact)
    raise_for_status(reply, redact)
    content = decode_body(reply.body, reply.content_type)
    data = content.get("data", content) if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise unreadable(reply, f"the API answered {shape_of(reply, content)} where a user is due")
    try:
        return User.from_single(data)
    except ValidationError as problem:
        raise unreadable(reply, f"the reply is not a user ({_fields_of(problem)})") from None


def _read_user(reply: Reply, place: int, item: object) -> User:
    try:
        user = User.model_validate(item)
    except ValidationError as problem:
        raise unreadable(reply, f"item {place} of the page is not a user ({_fields_of(problem)})") from None
    named = {"agent.id": user.agent.id, "follow_me_number": user.agent.follow_me_number} if user.agent else {}
    for name, value in named.items():
        # The damaged value cannot be recovered, and an agent that is not recognised would be created a second time.
        if value is not None and is_broken(value):
            raise unreadable(reply, f"item {place} of the page has half a character in its {name}")
    return user


def _fields_of(problem: ValidationError) -> str:
    return ", ".join(
        sorted({".".join(str(part) for part in error["loc"]) or "an object" for error in problem.errors()})
    )


def _yes_or_no(value: object) -> bool | None:
    """`has_more`, as a bool, a text or 0 and 1."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = {0: False, 1: True}.get(value)
    elif value in ("0", "1"):
        value = value == "1"
    return as_bool(value)
