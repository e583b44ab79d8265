"""The body of a call to `/_sandbox`: JSON, or told to be none."""

from typing import Any

from starlette.requests import Request


class Unusable(Exception):
    """The admin call makes no sense; the text says why."""


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        Unusable: it is no JSON, nested too deep, or no object.
    """
    try:
        content = await request.json()
    except (ValueError, RecursionError) as error:
        raise Unusable("the body must be JSON") from error
    if not isinstance(content, dict):
        raise Unusable("the body must be a JSON object")
    return content
