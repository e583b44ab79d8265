"""The vendor's endpoints of profile `digo`: which there are, and what each does to the account.

Facts: the vendor's page for paths, fields and messages; its silence is filled by `Settings`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from starlette.routing import compile_path

from sandbox.agents import further_fields
from sandbox.calls import Calls
from sandbox.numbers import digits_of
from sandbox.reply import Reply, failure, invalid, json_reply
from sandbox.settings import NumberForm, Overwrite, Settings

_INTERCOM = re.compile(r"\d{4}")
_COLUMN = re.compile(r"field_\d+")
_DUPLICATE_OPTIONS = ("overwrite", "skip", "clone")


class AgentStore(Protocol):
    """What the calls that both accounts have need of an account's agents."""

    def add(self, name: str | None, digits: str | None, intercom: str | None, eid: str | None = None) -> str:
        """Store a new agent and return its EID."""

    def keep(self, eid: str, further: dict[str, Any]) -> None:
        """Store the `further_fields` of a new agent; raises KeyError."""

    def number_taken(self, digits: str) -> bool:
        """Whether an agent has this number."""

    def intercom_taken(self, intercom: str) -> bool:
        """Whether an agent has this intercom."""

    def reached_by(self, text: str) -> str | None:
        """The EID of the agent with that EID, intercom, number or numeric id; None where there is none."""

    def names(self) -> dict[str, tuple[str | None, str | None]]:
        """Name and digits of each agent, by EID."""

    def id_of(self, eid: str) -> int:
        """The numeric id of an agent; raises KeyError."""

    def read_list(self, form: NumberForm) -> list[dict[str, Any]]:
        """The objects of `GET /v1/agents`, with counters that move."""


class LeadStore(Protocol):
    """What the calls that both accounts have need of an account's leads."""

    def add(self, list_id: str, digits: str, fields: dict[str, str | None]) -> None:
        """Add a lead, whether or not the list has its number."""

    def contains(self, list_id: str, digits: str) -> bool:
        """Whether the list has a lead of this number."""

    def overwrite(self, list_id: str, digits: str, fields: dict[str, str | None], how: Overwrite) -> None:
        """Change every lead of this number in the list."""

    def latest(self, digits: str) -> dict[str, str | None] | None:
        """The columns of the newest lead of this number in any list; None where there is none."""


@dataclass(frozen=True, slots=True)
class Account:
    """What an operation may read and change."""

    agents: AgentStore
    leads: LeadStore
    calls: Calls
    settings: Settings


AccountT = TypeVar("AccountT", bound=Account)
Handler = Callable[[AccountT, Mapping[str, str], Any], Reply]


@dataclass(frozen=True, slots=True)
class Operation(Generic[AccountT]):
    """One documented call.

    Attributes:
        method: HTTP method.
        pattern: matches the path; its named groups are the path's parameters.
        handle: carries the call out. It gets the account, the path's parameters with the caller's `token`, and the body
            or the query.
        needs_body: whether the body must be a JSON object. Otherwise `handle` gets the query's values by name.
    """

    method: str
    pattern: re.Pattern[str]
    handle: Handler[AccountT]
    needs_body: bool


def list_agents(account: Account, _path: Mapping[str, str], _query: Any) -> Reply:
    """`GET /v1/agents`: a root array of all agents."""
    return json_reply(account.agents.read_list(account.settings.number_form))


def create_agent(account: Account, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/agent`: not idempotent."""
    name, number, intercom = body.get("name"), body.get("follow_me_number"), body.get("intercom")
    digits, code = digits_of(number), _intercom_of(intercom)
    errors = {}
    if not isinstance(name, str) or not name.strip():
        errors["name"] = "The name field is required."
    if number in (None, ""):
        errors["follow_me_number"] = "The follow me number field is required."
    elif digits is None:
        errors["follow_me_number"] = "The follow me number must be between 10 and 15 digits."
    if intercom not in (None, "") and code is None:
        errors["intercom"] = "The intercom must be 4 digits."
    if not errors and account.settings.duplicates == "refuse":
        errors = _taken(account.agents, digits, code)
    if errors:
        return invalid(errors)
    eid = account.agents.add(name, digits, code)
    if further := further_fields(body):
        account.agents.keep(eid, further)
    return json_reply(
        {"success": True, "message": "Agent added successfully", "agent_id": _agent_id(account, eid)},
        committed=True,
    )


def _intercom_of(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if _INTERCOM.fullmatch(str(value)) else None


def _taken(agents: AgentStore, digits: str | None, intercom: str | None) -> dict[str, str]:
    errors = {}
    if digits is not None and agents.number_taken(digits):
        errors["follow_me_number"] = "The follow me number has already been taken."
    if intercom is not None and agents.intercom_taken(intercom):
        errors["intercom"] = "The intercom has already been taken."
    return errors


def _agent_id(account: Account, eid: str) -> str:
    if account.settings.agent_id == "eid":
        return eid
    agent_id = account.agents.id_of(eid)
    return str(agent_id) if account.settings.agent_id == "id" else str(10_000_000_000_000 + agent_id * 31)


def write_lead(account: Account, path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/broadcast/lead/{LIST_ID}`: add a lead to a list, or change it by its phone number."""
    list_id, digits = path["list_id"], digits_of(body.get("field_0"))
    option = body.get("duplicate_option", account.settings.default_duplicate_option)
    errors = {}
    if body.get("field_0") in (None, ""):
        errors["field_0"] = "The field 0 field is required."
    elif digits is None:
        errors["field_0"] = "The field 0 must be between 10 and 15 digits."
    if option not in _DUPLICATE_OPTIONS:
        errors["duplicate_option"] = "The selected duplicate option is invalid."
    columns = {name: value for name, value in body.items() if _COLUMN.fullmatch(name)}
    for name, value in columns.items():
        if isinstance(value, dict | list):
            errors[name] = f"The {name.replace('_', ' ')} must be a string."
    if errors:
        return invalid(errors)
    if account.settings.lists is not None and list_id not in account.settings.lists:
        return failure("List not found.")
    assert digits is not None
    return _store_lead(account, list_id, digits, _stored(columns), option)


def _stored(columns: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in columns.items()}


def _store_lead(account: Account, list_id: str, digits: str, fields: dict[str, str | None], option: str) -> Reply:
    known = option != "clone" and account.leads.contains(list_id, digits)
    if not known:
        account.leads.add(list_id, digits, fields)
        return json_reply({"success": True, "message": "Lead added successfully"}, committed=True)
    if option == "skip":
        return json_reply({"success": True, "message": "Lead skipped: it is already in the list"})
    account.leads.overwrite(list_id, digits, fields, account.settings.overwrite)
    return json_reply({"success": True, "message": "Lead updated successfully"}, committed=True)


def operation(method: str, path: str, handle: Handler[AccountT], *, needs_body: bool) -> Operation[AccountT]:
    """One documented call at a path with `{parameters}`."""
    return Operation(method, compile_path(path)[0], handle, needs_body)


def provisioning_operations() -> tuple[Operation[Account], ...]:
    """The calls that make and read agents and leads."""
    return (
        operation("GET", "/v1/agents", list_agents, needs_body=False),
        operation("POST", "/v1/agent", create_agent, needs_body=True),
        operation("POST", "/v1/broadcast/lead/{list_id}", write_lead, needs_body=True),
    )
