"""A user as the sibling shows it: in the list of users, alone, as an agent in the legacy list, and to the admin side.

Sources: the pages on fetching one user and many, the page of the other account for the legacy list. The same fact has
other names and types from shape to shape: that is the service's own way, and clients have to cope with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.agents import SAMPLE
from sandbox.numbers import written
from sandbox.settings import NumberForm, Settings

LEGACY_APART = 700_000
ENABLED, BLOCKED, DISABLED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class User:
    """A stored user. `eid` is None where it carries no agent. `details` has further fields under their names on create.

    Besides those, `details` can have `blocked`, `disabled`, `designation`, `international_outbound` and `further`.
    """

    id: int
    eid: str | None
    name: str | None
    agent_name: str | None
    digits: str | None
    intercom: str | None
    email: str | None
    login_id: str | None
    details: dict[str, Any]

    @property
    def legacy_id(self) -> int:
        """The numeric id of its agent in the legacy list."""
        return self.id + LEGACY_APART

    @property
    def further(self) -> dict[str, Any]:
        """The fields that the pages do not have, as they were sent."""
        return dict(self.details.get("further") or {})

    @property
    def agent_status(self) -> int:
        """0 enabled, 1 blocked, 2 disabled."""
        if self.details.get("blocked"):
            return BLOCKED
        return DISABLED if self.details.get("disabled") else ENABLED


def listed(user: User, settings: Settings) -> dict[str, Any]:
    """An item of `GET /v1/users`."""
    role = role_of(user)
    agent = {
        "id": user.eid,
        "name": user.agent_name,
        "status": user.agent_status,
        "follow_me_number": written(user.digits, settings.number_form),
    }
    return {
        "id": user.id if settings.smartflo_ids == "int" else str(user.id),
        "name": user.name,
        "agent": agent if user.eid else None,
        "login_id": user.login_id,
        "is_login_based_calling_enabled": bool(user.details.get("login_based_calling")),
        "is_international_outbound_enabled": bool(user.details.get("international_outbound")),
        "user_role": {"id": role, "name": role_name(role)},
        "extension": _extension(user),
        "user_status": int(not user.details.get("blocked")),
    }


def alone(user: User, settings: Settings) -> dict[str, Any]:
    """The answer to `GET /v1/user/{id}`: the id is text, and the member's status is the agent's upside down."""
    role, details = role_of(user), user.details
    member = {
        "designation": details.get("designation"),
        "email": user.email,
        "login_id": user.login_id,
        "status": int(not details.get("blocked")),
        "role": {"id": role, "name": role_name(role)},
        "is_login_based_calling": bool(details.get("login_based_calling")),
        "is_web_login_block": bool(details.get("block_web_login")),
        "users_for_cdr": details.get("user_for_cdr") or {"type": "self", "value": []},
        **user.further,
    }
    agent = {
        "id": user.eid,
        "intercom": int(user.intercom) if user.intercom else None,
        "number": written(user.digits, settings.number_form),
        "agent_status": user.agent_status,
        "extension": {"username": _extension(user), "outbound_block": False},
        "sticky_Agent": None,
        "time_group": _time_group(details.get("time_group")),
        "failover_destination": _destination(details.get("failover_destination")),
        "is_international_outbound_enabled": bool(details.get("international_outbound")),
    }
    number = written(user.digits, settings.number_form)
    shown = {"id": str(user.id), "name": user.name, "number": number, "team_member": member}
    return {"data": {**shown, "agent": agent if user.eid else None}}


def legacy_item(user: User, reads: int, form: NumberForm, own_numbers: Mapping[str, str]) -> dict[str, Any]:
    """An item of `GET /v1/agents`; `reads` moves its counters."""
    callers = [number for number in user.details.get("caller_id") or () if str(number) in own_numbers]
    return {
        "id": user.legacy_id,
        "name": user.agent_name,
        "follow_me_number": written(user.digits, form),
        "eid": user.eid,
        "intercom": user.intercom,
        **SAMPLE,
        "calls_answered": 1 + reads * (1 + user.id % 3),
        "calls_missed": reads * (user.id % 2),
        "custom_status": int(bool(user.details.get("blocked"))),
        "departments": [{"id": str(number), "name": f"Department {number}"} for number in _departments(user)],
        "allowed_caller_ids": [{"id": str(number), "number": own_numbers[str(number)]} for number in callers],
        "agent_groups": user.details.get("agent_group") or [],
        **user.further,
    }


def admin_item(user: User, settings: Settings) -> dict[str, Any]:
    """All that is stored of a user, under the names of a create's body."""
    return {
        "id": user.id,
        "eid": user.eid,
        "legacy_id": user.legacy_id if user.eid else None,
        "name": user.name,
        "agent_name": user.agent_name,
        "number": written(user.digits, settings.number_form),
        "intercom": user.intercom,
        "email": user.email,
        "login_id": user.login_id,
        "blocked": bool(user.details.get("blocked")),
        "disabled": bool(user.details.get("disabled")),
        **{name: value for name, value in user.details.items() if name not in ("blocked", "disabled")},
    }


def role_of(user: User) -> int | None:
    """The id of a user's role, which a create has as a number and a change as text."""
    role = user.details.get("user_role")
    return None if role is None else int(role)


def role_name(role: int | None) -> str | None:
    """The name of a role."""
    return None if role is None else f"Role {role}"


def own_numbers(settings: Settings) -> dict[str, str]:
    """The digits of the account's own numbers, by their id, which is a number as text."""
    return {str(2_222_222 + place): number.lstrip("+") for place, number in enumerate(settings.smartflo_numbers)}


def _extension(user: User) -> str | None:
    return f"ext{user.id}" if user.details.get("assign_extension") else None


def _departments(user: User) -> list[Any]:
    return list(user.details.get("department") or [])


def _time_group(value: Any) -> dict[str, Any] | None:
    return None if value in (None, "") else {"id": value, "name": f"Time group {value}"}


def _destination(value: Any) -> dict[str, Any] | None:
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, str) or not first:
        return None
    kind, _, target = first.rpartition("||")
    return {"id": target, "name": f"{kind or 'agent'} {target}", "type": kind or "agent"}
