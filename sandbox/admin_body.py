"""A call to `/_sandbox`: the account that it reaches, and its body, which is JSON or told to be none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse as StarletteJson
from starlette.responses import Response
from starlette.routing import Route

from sandbox.reply import json_bytes
from sandbox.service import Service

REACHED = "sandbox.reached"


@dataclass(frozen=True, slots=True)
class Reached:
    """What a call works on: an account with its file, and the names of all named accounts."""

    service: Service
    file: Path
    names: tuple[str, ...]


class _Endpoints(Protocol):
    def __init__(self, reached: Reached) -> None: ...


_EndpointsT = TypeVar("_EndpointsT", bound=_Endpoints)


def route(
    method: str,
    path: str,
    kind: Callable[[Reached], _EndpointsT],
    endpoint: Callable[[_EndpointsT, Request], Awaitable[Response]],
) -> Route:
    """What Starlette needs to find an endpoint: a method of an object that is made for each call."""

    async def answer(request: Request) -> Response:
        return await endpoint(kind(request.scope[REACHED]), request)

    return Route(f"/_sandbox{path}", answer, methods=[method])


class JSONResponse(StarletteJson):
    """A reply in JSON. It can carry any text, also half of a surrogate pair."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return json_bytes(content)


class InvalidAdminCall(Exception):
    """The admin call makes no sense; the text says why."""


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        InvalidAdminCall: it is not JSON, nested too deep, or no object.
    """
    try:
        content = await request.json()
    except (ValueError, RecursionError) as error:
        raise InvalidAdminCall("the body must be JSON") from error
    if not isinstance(content, dict):
        raise InvalidAdminCall("the body must be a JSON object")
    return content
