"""`/_sandbox`: the calls that control the sandbox itself. They have no limit, no delay and no token check."""

import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.admin_body import InvalidAdminCall, JSONResponse, object_of
from sandbox.admin_calls import CallsAdmin
from sandbox.agents import EDITABLE
from sandbox.errors import SandboxError
from sandbox.faults import FaultRule
from sandbox.service import Service
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
    """The endpoints under `/_sandbox`."""

    def __init__(self, service: Service, database: Path) -> None:
        self._service = service
        self._database = database
        self._calls = CallsAdmin(service)
        self._smartflo = SmartfloAdmin(service)

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            _route("GET", "/health", self.health),
            _route("GET", "/requests", self.requests),
            _route("DELETE", "/requests", self.clear_requests),
            _route("GET", "/state", self.state),
            _route("POST", "/agents", self.add_agent),
            _route("PATCH", "/agents/{eid}", self.edit_agent),
            _route("DELETE", "/agents/{eid}", self.delete_agent),
            _route("GET", "/calls", self._calls.calls),
            _route("POST", "/records", self._calls.add_records),
            _route("POST", "/inbound", self._calls.inbound),
            _route("GET", "/faults", self.faults),
            _route("POST", "/faults", self.add_faults),
            _route("DELETE", "/faults", self.clear_faults),
            _route("DELETE", "/faults/{number:int}", self.lift_fault),
            _route("GET", "/settings", self.settings),
            _route("POST", "/settings", self.change_settings),
            _route("POST", "/reset", self.reset),
            _route("POST", "/save", self.save),
            _route("POST", "/load", self.load),
            *self._smartflo.routes(),
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
                "db": str(self._database),
            }
        )

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


def _route(method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(f"/_sandbox{path}", endpoint, methods=[method])


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
