"""The fields of a user: how each call of the sibling product names and types them. A new field has its place here.

The list, the single user, POST and PATCH name one thing differently and type it differently. Sources: its pages
fetch-multiple-users, fetch-single-user, create-user and patch-a-user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from digo.api.models import BLOCKED, DISABLED, Text

Encode = Callable[[Any], Any]


def _flag(value: Any) -> bool:
    return value is True or value == "true"


def _same(value: Any) -> Any:
    return value


def as_texts(value: Any) -> list[str]:
    """The items as texts; a bare value is one item."""
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]


def _whole_numbers(value: Any) -> list[int | str]:
    """Whole numbers; what is none stays text, because a white-label sibling types these as text."""
    return [int(one) if one.isascii() and one.isdecimal() else one for one in as_texts(value)]


# By the name in config: the name in the body, and what makes the value.
IN_POST: Mapping[str, tuple[str, Encode]] = {
    "name": ("name", _same),
    "follow_me_number": ("number", _same),
    "email": ("email", _same),
    "login_id": ("login_id", _same),
    "user_role": ("user_role", int),
    "caller_ids": ("caller_id", _whole_numbers),
    "block_web_login": ("block_web_login", _flag),
    "login_based_calling": ("login_based_calling", _flag),
    "assign_extension": ("assign_extension", _flag),
    "route_call_through": ("route_call_through", int),
    "agent_group": ("agent_group", as_texts),
    "department": ("department", _whole_numbers),
    "time_group": ("time_group", str),
    "failover_destinations": ("failover_destination", as_texts),
    "user_for_cdr": ("user_for_cdr", _same),
}
IN_PATCH: Mapping[str, tuple[str, Encode]] = {
    "name": ("name", _same),
    "follow_me_number": ("number", _same),
    "email": ("email", _same),
    "login_id": ("login_id", _same),
    "user_role": ("user_role", str),
    "caller_ids": ("caller_id", as_texts),
    "block_web_login": ("block_web_login", _flag),
    "login_based_calling": ("login_based_calling", _flag),
    "agent_group": ("agent_group", as_texts),
    "user_for_cdr": ("user_for_cdr", _same),
    "blocked": ("block_agent", _flag),
    "disabled": ("disable_agent", _flag),
    "international_outbound": ("international_outbound", _flag),
    "designation": ("designation", _same),
}
NEW_USER_FIELDS = frozenset(IN_POST)
CHANGED_USER_FIELDS = frozenset(IN_PATCH)
DEMANDED_USER_FIELDS = ("email", "login_id", "user_role", "caller_ids")
"""What `POST /v1/user` needs besides name and number (page create-user: mandatory)."""


def object_or_none(value: object) -> object:
    """None for what replaces an absent object: `[]`, `{}`, `""`. An id alone is the object's `id`."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
        return {"id": value}
    return value or None


class ReplyModel(BaseModel):
    """A part of a reply. Names that it does not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Named(ReplyModel):
    """An object that is named by its id, such as a role."""

    id: Text | None = None
    name: Text | None = None


class UserFields(ReplyModel):
    """What the list shows of a user besides its agent, in the names of the list."""

    login_id: Text | None = None
    email: Text | None = None
    designation: Text | None = None
    user_role: Annotated[Named | None, BeforeValidator(object_or_none)] = None
    is_login_based_calling_enabled: bool | None = None
    is_international_outbound_enabled: bool | None = None
    is_web_login_block: bool | None = None
    time_group: Annotated[Named | None, BeforeValidator(object_or_none)] = None

    def shown_values(self, status: int | None) -> dict[str, str]:
        """The values that the reply has, by the names of config. `status` is that of the user's agent."""
        flags = {
            "blocked": None if status is None else status == BLOCKED,
            "disabled": None if status is None else status == DISABLED,
            "login_based_calling": self.is_login_based_calling_enabled,
            "international_outbound": self.is_international_outbound_enabled,
            "block_web_login": self.is_web_login_block,
        }
        texts = {
            "login_id": self.login_id,
            "email": self.email,
            "designation": self.designation,
            "user_role": self.user_role.id if self.user_role else None,
            "time_group": self.time_group.id if self.time_group else None,
            **{name: None if flag is None else str(flag).lower() for name, flag in flags.items()},
        }
        return {name: value for name, value in texts.items() if value is not None}


def fields_of_single(member: Mapping[str, Any], agent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a single get has in another place or by another name than the list, in the names of the list.

    `member` is its `team_member`, `agent` its `agent`.
    """
    return {
        "user_role": member.get("role"),
        "is_login_based_calling_enabled": member.get("is_login_based_calling"),
        "is_international_outbound_enabled": agent.get("is_international_outbound_enabled"),
        "time_group": agent.get("time_group"),
    }
