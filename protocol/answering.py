"""Every call of a gRPC server gets an answer, whatever goes wrong in its handler.

gRPC's asyncio server sends no answer if a handler raises `CancelledError`, or if the error's text cannot be encoded.
On `SystemExit` the server itself ends. The caller would then wait for ever.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, unquote

import grpc
import grpc.aio

MOST_BYTES = 6000
"""The limit of an error's text on the wire, where each byte that is not printable ASCII takes three (`%XX`).

The text is sent in a header, which gRPC limits to 8 KB by default."""

_HEAD, _TAIL = MOST_BYTES * 2 // 3, MOST_BYTES // 3 - 20
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if code != 0x25)
_LONGEST_READ = 100_000
_CUT = " […] "
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Explain = Callable[[BaseException], str]
"""Makes the error text that the caller gets. It may raise."""


class AnswerInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # only its stubs are generic
    """Wraps every handler of a server. `explain` makes the error text."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any) -> Any:
        """The wrapped handler of a call. gRPC itself answers calls that have no handler."""
        name = handler_call_details.method
        if name not in self._wrapped:
            handler = await continuation(handler_call_details)
            if handler is None or not inspect.iscoroutinefunction(handler.unary_unary):
                return handler
            self._wrapped[name] = grpc.unary_unary_rpc_method_handler(
                answered(handler.unary_unary, self._explain),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        return self._wrapped[name]


def answered(method: Callable[[Any, Any], Awaitable[Any]], explain: Explain) -> Callable[[Any, Any], Awaitable[Any]]:
    """The method, wrapped so that each exception is answered."""

    async def wrapped(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await method(request, context)
        except grpc.aio.AbortError:
            raise
        except BaseException as problem:
            await end_with(context, problem, explain)

    return wrapped


async def end_with(context: grpc.aio.ServicerContext[Any, Any], problem: BaseException, explain: Explain) -> NoReturn:
    """Answers a call with an error.

    Raises:
        grpc.aio.AbortError: the call is answered.
        BaseException: `problem` itself, if the call has already ended.
    """
    try:
        text = status_text(explain(problem))
    except BaseException:
        text = _fallback_text(problem)
    try:
        await context.abort(grpc.StatusCode.UNKNOWN, text)
    except grpc.aio.AbortError:
        raise
    except BaseException:
        raise problem from None
    raise AssertionError("abort raises")


def status_text(text: str) -> str:
    """The text as a gRPC status can carry it: shortened in the middle, control characters escaped."""
    if len(text) > _LONGEST_READ:
        text = text[: _LONGEST_READ // 2] + text[-_LONGEST_READ // 2 :]
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
    sent = quote(shown.encode("utf-8", "backslashreplace"), _PRINTABLE)
    if len(sent) > MOST_BYTES:
        # The end is kept: it says the next step.
        head, tail = re.sub("%.?$", "", sent[:_HEAD]), re.sub("^[0-9A-F]{0,2}(?=%)", "", sent[-_TAIL:])
        return unquote(head, errors="ignore") + _CUT + unquote(tail, errors="ignore")
    return unquote(sent)


def bug_text(problem: BaseException, who: str) -> str:
    """An unexpected exception in one sentence. Paths are left out."""
    try:
        text = str(problem)
    except BaseException:
        return f"a bug in {who}: {type(problem).__name__}, whose text cannot be read{place_of(problem)}"
    return f"a bug in {who}: {type(problem).__name__}: {text}{place_of(problem)}"


def engine_bug(problem: BaseException) -> str:
    """The error text for an unexpected exception in the embedded engine."""
    return bug_text(problem, "the embedded engine")


def place_of(problem: BaseException) -> str:
    """The innermost line of the traceback, as ` (file.py:12)`."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"


def _fallback_text(problem: BaseException) -> str:
    """The error text if `explain` failed too."""
    try:
        return status_text(f"a bug: {type(problem).__name__}{place_of(problem)}")
    except BaseException:
        return "a bug"
