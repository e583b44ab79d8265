"""The part of `/_sandbox` about the sibling's account: look at it, and change it as someone in its panel would."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.admin_body import InvalidAdminCall, JSONResponse, Reached, object_of, route
from sandbox.calls import now_ms
from sandbox.numbers import digits_of
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.agent_operations import shown_numbers
from sandbox.smartflo.broadcast_leads import NewLead, StoredLead, lead_id_of, number_of
from sandbox.smartflo.user_fields import CREATED, PATCHED
from sandbox.smartflo.user_shapes import admin_item

_USER_COLUMNS = ("eid", "name", "agent_name", "intercom", "email", "login_id")
_USER_FACTS = frozenset({"blocked", "disabled", *CREATED, *PATCHED}) - {"name", "number", "email", "login_id"}


class SmartfloAdmin:
    """The endpoints under `/_sandbox/smartflo`."""

    def __init__(self, reached: Reached) -> None:
        self._service = reached.service

    @property
    def _account(self) -> SmartfloAccount:
        self._service.smartflo.batches.settle()
        return self._service.smartflo

    @classmethod
    def routes(cls) -> list[Route]:
        """What Starlette needs to find them."""
        return [
            route("GET", "/smartflo/users", cls, cls.users),
            route("POST", "/smartflo/users", cls, cls.add_user),
            route("PATCH", "/smartflo/users/{id:int}", cls, cls.edit_user),
            route("DELETE", "/smartflo/users/{id:int}", cls, cls.delete_user),
            route("GET", "/smartflo/agents", cls, cls.agents),
            route("GET", "/smartflo/numbers", cls, cls.numbers),
            route("GET", "/smartflo/lists", cls, cls.lists),
            route("POST", "/smartflo/lists", cls, cls.add_list),
            route("DELETE", "/smartflo/lists/{id:int}", cls, cls.delete_list),
            route("GET", "/smartflo/leads/{id:int}", cls, cls.leads),
            route("POST", "/smartflo/leads/{id:int}", cls, cls.add_leads),
            route("PATCH", "/smartflo/lead/{lead_id}", cls, cls.edit_lead),
            route("DELETE", "/smartflo/lead/{lead_id}", cls, cls.delete_lead),
            route("GET", "/smartflo/batches", cls, cls.batches),
            route("DELETE", "/smartflo/batches", cls, cls.end_batches),
            route("DELETE", "/smartflo/logins", cls, cls.end_logins),
        ]

    async def users(self, _request: Request) -> Response:
        """All users, with all that is stored of them."""
        return JSONResponse([admin_item(user, self._service.settings) for user in self._account.users.all()])

    async def add_user(self, request: Request) -> Response:
        """Add a user as someone in the panel would; it is checked for nothing."""
        given = await object_of(request)
        columns, facts = _user_of(given)
        agent = bool(facts.pop("create_agent", True))
        name = columns.pop("name", "Panel User")
        user_id = self._account.users.create(name, columns.pop("digits", None), agent=agent)
        self._account.users.change(user_id, columns, facts)
        return self._user(user_id, 201)

    async def edit_user(self, request: Request) -> Response:
        """Change any field of a user as someone in the panel would."""
        columns, facts = _user_of(await object_of(request))
        if "name" in columns:
            columns = {"agent_name": columns["name"], **columns}
        self._account.users.change(request.path_params["id"], columns, facts)
        return self._user(request.path_params["id"], 200)

    def _user(self, user_id: int, status: int) -> Response:
        return JSONResponse(admin_item(self._account.users.get(user_id), self._service.settings), status)

    async def delete_user(self, request: Request) -> Response:
        """Delete a user with its agent."""
        self._account.users.remove(request.path_params["id"])
        return JSONResponse({})

    async def agents(self, _request: Request) -> Response:
        """The agents, as the legacy list shows them."""
        return JSONResponse(self._account.users.peek_list(self._service.settings.number_form))

    async def numbers(self, _request: Request) -> Response:
        """The account's own numbers, as their call shows them."""
        return JSONResponse(shown_numbers(self._account))

    async def lists(self, _request: Request) -> Response:
        """All lists, with their columns."""
        shown = [
            {"id": item.id, "name": item.name, "description": item.description, "field": list(item.columns)}
            for item in self._account.lists.all()
        ]
        return JSONResponse(shown)

    async def add_list(self, request: Request) -> Response:
        """Add a list, with a new id where none is given."""
        given = await object_of(request)
        new = given["name"], given.get("description"), given.get("field"), given.get("id")
        list_id = self._account.lists.create(*new)
        return JSONResponse({"id": list_id}, 201)

    async def delete_list(self, request: Request) -> Response:
        """Delete a list with its leads."""
        account, list_id = self._account, request.path_params["id"]
        account.lists.remove(list_id)
        account.rows.remove_list(list_id)
        return JSONResponse({})

    async def leads(self, request: Request) -> Response:
        """The leads of a list, in order of creation."""
        parts = self._account.rows.parts(request.path_params["id"])
        return JSONResponse([_lead(StoredLead(*row)) for part in parts for row in part])

    async def add_leads(self, request: Request) -> Response:
        """Add leads to a list, each an object of columns; numbers that it has already come twice."""
        account, list_id = self._account, request.path_params["id"]
        account.lists.get(list_id)
        rows = [
            NewLead(digits_of(row["field_0"]) or str(row["field_0"]), {name: str(row[name]) for name in row})
            for row in (await object_of(request))["data"]
        ]
        account.rows.write(list_id, rows, "clone", "replace")
        return JSONResponse({}, 201)

    async def edit_lead(self, request: Request) -> Response:
        """Change columns of a lead."""
        columns = await object_of(request)
        digits = digits_of(columns.pop("field_0", None))
        number = number_of(request.path_params["lead_id"])
        self._account.rows.change(number, columns, None, digits)
        return JSONResponse(_lead(self._account.rows.get(number)))

    async def delete_lead(self, request: Request) -> Response:
        """Delete a lead."""
        number = number_of(request.path_params["lead_id"])
        self._account.rows.get(number)
        self._account.rows.remove([number])
        return JSONResponse({})

    async def batches(self, _request: Request) -> Response:
        """All batches: what the API would say of each, and what it has done."""
        now = now_ms()
        shown = [
            {
                "batch_id": batch.batch_id,
                "list_id": batch.list_id,
                "act": batch.act,
                "state": "lost" if batch.ending == "lost" else batch.state(now),
                "rows": batch.rows,
                "done": batch.done,
                "refused": batch.refused,
            }
            for batch in self._account.batches.all()
        ]
        return JSONResponse(shown)

    async def end_batches(self, _request: Request) -> Response:
        """End all batches now; those that hang or wait are carried out as a whole."""
        self._account.batches.end()
        return JSONResponse({})

    async def end_logins(self, _request: Request) -> Response:
        """End the tokens of all logins, and lift the lock of refused ones."""
        self._account.sessions.clear()
        return JSONResponse({})


def _user_of(fields: dict[str, Any]) -> tuple[dict[str, str | None], dict[str, Any]]:
    """The columns and the further facts of a user that the panel's user gave."""
    unknown = fields.keys() - {"number", *_USER_COLUMNS, *_USER_FACTS}
    if unknown:
        raise InvalidAdminCall(f"no such field: {', '.join(sorted(unknown))}")
    columns = {name: None if fields[name] is None else str(fields[name]) for name in _USER_COLUMNS if name in fields}
    if "number" in fields:
        columns["digits"] = None if fields["number"] is None else str(fields["number"]).removeprefix("+")
    return columns, {name: fields[name] for name in fields if name in _USER_FACTS}


def _lead(lead: StoredLead) -> dict[str, Any]:
    details = {"lead_id": lead_id_of(lead.id, lead.created), "phone": lead.digits}
    return {**details, "fields": {"field_0": lead.digits, **lead.columns()}}
