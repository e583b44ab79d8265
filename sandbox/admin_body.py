"""The body of a call to `/_sandbox`: JSON, or told to be none."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse as StarletteJson

from sandbox.reply import json_bytes


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
        InvalidAdminCall: it is no JSON, nested too deep, or no object.
    """
    try:
        content = await request.json()
    except (ValueError, RecursionError) as error:
        raise InvalidAdminCall("the body must be JSON") from error
    if not isinstance(content, dict):
        raise InvalidAdminCall("the body must be a JSON object")
    return content
