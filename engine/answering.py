"""Whatever goes wrong in a handler of a gRPC server, its caller gets an answer.

gRPC's asyncio server sends none where a handler ends in `CancelledError`, and ends itself on `SystemExit`; and it sends
none where the text of the error cannot be encoded. The other side then waits for ever.
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
"""Of an error's text as it travels: in a header, which gRPC limits to 8 KB where nobody says otherwise, with `%XX` for
each byte that is no printable ASCII."""

_HEAD, _TAIL = MOST_BYTES * 2 // 3, MOST_BYTES // 3 - 20
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if code != 0x25)
_LONGEST_READ = 100_000
_CUT = " […] "
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Explain = Callable[[BaseException], str]
"""What the caller is told of a failure. It may fail itself."""


class Answering(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # only its stubs are generic
    """Guards every handler of a server. `explain` puts a failure into words."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        self._guarded: dict[str, Any] = {}

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any) -> Any:
        """The handler of a call, guarded. One that the server does not have is told of by gRPC."""
        name = handler_call_details.method
        if name not in self._guarded:
            handler = await continuation(handler_call_details)
            if handler is None or not inspect.iscoroutinefunction(handler.unary_unary):
                return handler
            self._guarded[name] = grpc.unary_unary_rpc_method_handler(
                answered(handler.unary_unary, self._explain),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        return self._guarded[name]


def answered(method: Callable[[Any, Any], Awaitable[Any]], explain: Explain) -> Callable[[Any, Any], Awaitable[Any]]:
    """The method, with an answer for each way in which it can end."""

    async def guarded(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await method(request, context)
        except grpc.aio.AbortError:
            raise
        except BaseException as problem:
            await end_with(context, problem, explain)

    return guarded


async def end_with(context: grpc.aio.ServicerContext[Any, Any], problem: BaseException, explain: Explain) -> NoReturn:
    """Answers a call with an error.

    Raises:
        grpc.aio.AbortError: it is answered.
        BaseException: `problem` itself, where the call is over already and nobody waits for an answer.
    """
    try:
        text = status_text(explain(problem))
    except BaseException:
        text = _named(problem)
    try:
        await context.abort(grpc.StatusCode.UNKNOWN, text)
    except grpc.aio.AbortError:
        raise
    except BaseException:
        raise problem from None
    raise AssertionError("abort raises")


def status_text(text: str) -> str:
    """The text as a status can carry it: short, with its end, and without signs that cannot be encoded or shown."""
    if len(text) > _LONGEST_READ:
        text = text[: _LONGEST_READ // 2] + text[-_LONGEST_READ // 2 :]
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
    sent = quote(shown.encode("utf-8", "backslashreplace"), _PRINTABLE)
    if len(sent) > MOST_BYTES:
        # The end has the next step.
        head, tail = re.sub("%.?$", "", sent[:_HEAD]), re.sub("^[0-9A-F]{0,2}(?=%)", "", sent[-_TAIL:])
        return unquote(head, errors="ignore") + _CUT + unquote(tail, errors="ignore")
    return unquote(sent)


def bug_text(problem: BaseException, who: str) -> str:
    """A failure that nobody foresaw, in one sentence, without the machine's folders."""
    try:
        said = str(problem)
    except BaseException:
        return f"a bug in {who}: {type(problem).__name__}, whose text cannot be read{place_of(problem)}"
    return f"a bug in {who}: {type(problem).__name__}: {said}{place_of(problem)}"


def engine_bug(problem: BaseException) -> str:
    """What the other side is told of a failure of the embedded engine that nobody foresaw."""
    return bug_text(problem, "the embedded engine")


def place_of(problem: BaseException) -> str:
    """The innermost line of the traceback, as ` (file.py:12)`."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"


def _named(problem: BaseException) -> str:
    """A failure of which no more can be told."""
    try:
        return status_text(f"a bug: {type(problem).__name__}{place_of(problem)}")
    except BaseException:
        return "a bug"
