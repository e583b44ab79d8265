"""Catches whatever a handler raises: the request gets a reply, and the worker keeps running."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parents[2]


class HalfSent(Exception):
    """A reply has begun and cannot be finished: the server closes the connection."""


class ErrorBoundary:
    """Wraps an application. `failed` is called after each reply that this wrapper had to give."""

    def __init__(self, application: ASGIApp, failed: Callable[[], None]) -> None:
        self._application = application
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and replies 500 if the application raises."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        begun = ended = False

        async def sending(message: Message) -> None:
            """Sends the message and notes whether the reply has begun and ended."""
            nonlocal begun, ended
            begun = True
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self._application(scope, receive, sending)
        except (asyncio.CancelledError, GeneratorExit):
            # The server is shutting down and cancels its tasks.
            if not begun:
                await send_json(send, 503, {"error": "stopped"})
            raise
        except BaseException as problem:
            # A SystemExit or KeyboardInterrupt from a handler would end the loop with all of its requests.
            if not begun:
                await send_json(send, 500, {"error": "internal error"})
            log_failure(problem)
            self._count()
            if begun and not ended:
                raise HalfSent from None

    def _count(self) -> None:
        try:
            self._failed()
        except BaseException as problem:
            log_failure(problem)


def log_failure(problem: BaseException) -> None:
    """Logs the exception's type and place. Its message is omitted: it may contain a number or the secret."""
    try:
        kind = ascii(type(problem).__name__).strip("'")
        _LOG.error("masking: a request failed: %s at %s", kind, _place(problem.__traceback__))
    except BaseException:
        _LOG.error("masking: a request failed, and its cause cannot be shown")


def _place(traceback: TracebackType | None) -> str:
    """The innermost frame of our own code, and the innermost frame of all if that is another."""
    places: list[str] = []
    ours = ""
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        shown = path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name
        place = f"{shown}:{traceback.tb_lineno}"
        ours = place if path.is_relative_to(_ROOT / "digo") else ours
        places = [place]
        traceback = traceback.tb_next
    return ", ".join(dict.fromkeys(filter(None, (ours, *places)))) or "an unknown place"


async def send_json(send: Send, status: int, content: object, allow: bytes = b"") -> None:
    """Sends a reply with a JSON body in ASCII, which any text can be written in."""
    await send_bytes(send, status, json.dumps(content, separators=(",", ":")).encode(), b"application/json", allow)


async def send_bytes(send: Send, status: int, content: bytes, kind: bytes, allow: bytes = b"") -> None:
    """Sends a reply. `allow` has the methods of a 405 reply's Allow header."""
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(content))]
    if allow:
        headers.append((b"allow", allow))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
