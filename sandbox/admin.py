"""`/_sandbox`: the calls that control the sandbox itself. They have no limit, no delay and no token check."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from sandbox.admin_body import InvalidAdminCall, JSONResponse, Reached, object_of, route
from sandbox.admin_calls import CallsAdmin
from sandbox.agents import EDITABLE
from sandbox.errors import SandboxError
from sandbox.faults import FaultRule
from sandbox.smartflo.admin import SmartfloAdmin

SERVICE_NAME = "pulumi-digo sandbox"
_SECRET = {"token", "api_key", "masking_header", "smartflo_token", "smartflo_password"}


class NewAgent(BaseModel):
    """An agent that someone adds in the panel. Other fields go into the objects of the list unchanged."""

    model_config = ConfigDict(extra="allow")

    name: str | None = "Panel Agent"
    follow_me_number: str | int | None = None
    intercom: str | int | None = None
    eid: str | None = None


class Admin:
    """The endpoints under `/_sandbox` and, for a named account, under `/_sandbox/accounts/NAME`."""

    def __init__(self, reached: Reached) -> None:
        self._service = reached.service
        self._file = reached.file
        self._names = reached.names

    @classmethod
    def application(cls) -> Starlette:
        """The ASGI application. A request's scope has what it reaches (`sandbox.admin_body.Reached`)."""
        routes = [
            route("GET", "/health", cls, cls.health),
            route("GET", "/accounts", cls, cls.accounts),
            route("GET", "/requests", cls, cls.requests),
            route("DELETE", "/requests", cls, cls.clear_requests),
            route("GET", "/state", cls, cls.state),
            route("POST", "/agents", cls, cls.add_agent),
            route("PATCH", "/agents/{eid}", cls, cls.edit_agent),
            route("DELETE", "/agents/{eid}", cls, cls.delete_agent),
            route("GET", "/calls", CallsAdmin, CallsAdmin.calls),
            route("POST", "/records", CallsAdmin, CallsAdmin.add_records),
            route("POST", "/inbound", CallsAdmin, CallsAdmin.inbound),
            route("GET", "/faults", cls, cls.faults),
            route("POST", "/faults", cls, cls.add_faults),
            route("DELETE", "/faults", cls, cls.clear_faults),
            route("DELETE", "/faults/{number:int}", cls, cls.lift_fault),
            route("GET", "/settings", cls, cls.settings),
            route("POST", "/settings", cls, cls.change_settings),
            route("POST", "/reset", cls, cls.reset),
            route("POST", "/save", cls, cls.save),
            route("POST", "/load", cls, cls.load),
            *SmartfloAdmin.routes(),
        ]
        return Starlette(
            routes=routes,
            exception_handlers={
                ValidationError: _unusable,
                InvalidAdminCall: _unusable,
                sqlite3.IntegrityError: _conflict,
                KeyError: _nothing_there,
                SandboxError: _unusable,
                Exception: _broken,
            },
        )

    async def health(self, _request: Request) -> Response:
        """Who answers: service, pid, profile and database."""
        return JSONResponse(
            {
                "service": SERVICE_NAME,
                "pid": os.getpid(),
                "profile": self._service.settings.profile,
                "db": str(self._file),
            }
        )

    async def accounts(self, _request: Request) -> Response:
        """The names of the named accounts."""
        return JSONResponse(list(self._names))

    async def requests(self, request: Request) -> Response:
        """Counts of requests by method and path, and the log; `?last=N` shortens the log to the latest N."""
        last = request.query_params.get("last")
        if last is not None and not last.isdecimal():
            raise InvalidAdminCall("last must be a number")
        return JSONResponse(self._service.journal.as_dict(None if last is None else int(last)))

    async def clear_requests(self, _request: Request) -> Response:
        """Forget the requests so far."""
        self._service.journal.clear()
        return JSONResponse({})

    async def state(self, _request: Request) -> Response:
        """All agents, as the list returns them, and all leads by list."""
        return JSONResponse(self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "agents": self._service.agents.peek_list(self._service.settings.number_form),
            "leads": self._service.leads.by_list(),
        }

    async def add_agent(self, request: Request) -> Response:
        """Add an agent as someone in the panel would."""
        new = NewAgent.model_validate(await object_of(request))
        agents = self._service.agents
        details = _details(new.model_extra or {})
        eid = agents.add(new.name, _digits(new.follow_me_number), _text(new.intercom), new.eid)
        if details:
            agents.edit(eid, {}, details)
        return JSONResponse(self._agent(eid), 201)

    async def edit_agent(self, request: Request) -> Response:
        """Change any field of an agent as someone in the panel would."""
        changes = await object_of(request)
        columns: dict[str, str | None] = {}
        if "follow_me_number" in changes:
            columns["digits"] = _digits(changes.pop("follow_me_number"))
        for name in ("name", "intercom", "eid"):
            if name in changes:
                columns[name] = _text(changes.pop(name))
        eid = request.path_params["eid"]
        self._service.agents.edit(eid, columns, _details(changes))
        return JSONResponse(self._agent(columns.get("eid") or eid))

    async def delete_agent(self, request: Request) -> Response:
        """Delete an agent as someone in the panel would."""
        self._service.agents.delete(request.path_params["eid"])
        return JSONResponse({})

    def _agent(self, eid: str) -> dict[str, Any]:
        return next(agent for agent in self._state()["agents"] if agent["eid"] == eid)

    async def faults(self, _request: Request) -> Response:
        """The faults in force. Each has the number of requests that it has seen and struck."""
        return JSONResponse(self._service.faults.as_list())

    async def add_faults(self, request: Request) -> Response:
        """Put a fault in force: `{"match": {...}, "fault": {"kind": ...}}`."""
        number = self._service.faults.add(FaultRule.model_validate(await object_of(request)))
        return JSONResponse({"number": number}, 201)

    async def clear_faults(self, _request: Request) -> Response:
        """Lift all faults and let hanging requests go on."""
        self._service.faults.clear()
        return JSONResponse({})

    async def lift_fault(self, request: Request) -> Response:
        """Lift one fault and let the requests that hang by it go on."""
        self._service.faults.lift(request.path_params["number"])
        return JSONResponse({})

    async def settings(self, _request: Request) -> Response:
        """The behaviour in force, without the tokens."""
        return JSONResponse(self._service.settings.model_dump(exclude=_SECRET))

    async def change_settings(self, request: Request) -> Response:
        """Change the named settings; the others stay."""
        self._service.apply(self._service.settings.changed(**await object_of(request)))
        return await self.settings(request)

    async def reset(self, _request: Request) -> Response:
        """Back to an empty account and to the settings and faults given at start."""
        self._service.reset()
        return JSONResponse({})

    async def save(self, request: Request) -> Response:
        """Copy both accounts into the file `file`."""
        self._service.save(await _file_of(request))
        return JSONResponse({})

    async def load(self, request: Request) -> Response:
        """As reset, but to the accounts in the file `file`."""
        self._service.load(await _file_of(request))
        return JSONResponse({})


async def _file_of(request: Request) -> Path:
    file = (await object_of(request)).get("file")
    if not isinstance(file, str) or not file:
        raise InvalidAdminCall("give the path of a file as `file`")
    return Path(file)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _digits(value: object) -> str | None:
    # The panel may hold what the API would refuse, so anything but an ordinary number is kept as it is.
    text = _text(value)
    return text[1:] if text and text.startswith("+") and text[1:].isdigit() else text


def _details(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - EDITABLE
    if unknown:
        raise InvalidAdminCall(f"no such field: {', '.join(sorted(unknown))}")
    return fields


async def _unusable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 422)


async def _conflict(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"already taken: {error}"}, 409)


async def _nothing_there(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"not found: {error}"}, 404)


async def _broken(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"the sandbox has a fault: {type(error).__name__}; its log says where"}, 500)
