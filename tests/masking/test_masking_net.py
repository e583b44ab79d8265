"""Whatever a handler raises, the request has a reply, and nothing of what was raised but its kind and place is told."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvloop
from starlette.types import Message, Receive, Scope, Send

from digo.masking.counters import counters_file
from digo.masking.error_boundary import ErrorBoundary, HalfSent
from digo.masking.loader import load_routes
from digo.masking.private_file import private_file
from digo.masking.routes_link import RoutesFeed
from digo.masking.service import Worker, WorkerOptions
from digo.masking.table_manifest import TableManifest
from tests.masking.masking_project import Project

MASKING, CALLER, CALLEE = "+12025550100", "+12025550101", "+12025550142"
ASKED = json.dumps({"call_to_number": MASKING, "caller_id_number": CALLER}).encode()


class _Untold(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


ODDEST: list[BaseException] = [
    Exception(),
    KeyError(CALLER),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    RecursionError(),
    MemoryError(),
    TimeoutError(),
    StopIteration(1),
    StopAsyncIteration(),
    SystemExit(0),
    SystemExit("\ud800"),
    KeyboardInterrupt(),
    BaseException("\x1b[31m"),
    OSError(5, "Input/output error", f"/masking/{CALLER}"),
    AssertionError,  # type: ignore[list-item]
    _Untold(),
    type("Odd\x1b[31m\n", (BaseException,), {})(),
]


async def ask(application: Any, path: str = "/masking", method: str = "POST") -> list[Message]:
    """What an application sends in answer to a request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": ASKED, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": [], "query_string": b""}
    await application(scope, receive, send)
    return sent


def replied(sent: list[Message]) -> tuple[int, Any]:
    start, body = sent
    return start["status"], json.loads(body["body"])


@pytest.fixture
def worker(project: Project) -> Iterator[Worker]:
    project.write("masking.yaml", {"masking": {"a": {"numbers": [MASKING], "pairs": [[CALLER, CALLEE]]}}})
    routes = load_routes(project.config, project.folder)
    table = private_file("table")
    routes.maker.write_to(table, routes.rules)
    counters = counters_file()
    feed = RoutesFeed(counters)
    feed.publish(TableManifest.of(routes.count), table)
    with feed.connect() as link:
        yield Worker(WorkerOptions(link, access_log=False))
    feed.close()
    os.close(counters)


def test_the_worker_of_these_tests_answers(worker: Worker) -> None:
    status, content = replied(asyncio.run(ask(worker.application())))
    assert (status, content[0]["transfer"]["data"]) == (200, [CALLEE])


@pytest.mark.parametrize("problem", ODDEST, ids=lambda problem: getattr(problem, "__name__", type(problem).__name__))
@pytest.mark.parametrize(
    ("part", "path", "method"),
    [
        ("_check_secret", "/masking", "POST"),
        ("_body", "/masking/x", "GET"),
        ("_found", "/masking", "POST"),
        ("_is_other_method", "/healthz", "GET"),
        ("_is_other_method", "/metrics/", "GET"),
    ],
)
def test_the_oddest_exceptions_are_answered(
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    problem: BaseException,
    part: str,
    path: str,
    method: str,
) -> None:
    def throw(*_: Any) -> Any:
        raise problem

    monkeypatch.setattr(worker, part, throw)
    status, content = replied(asyncio.run(ask(worker.application(), path, method)))
    assert (status, content) == (500, {"error": "internal error"})
    (line,) = caplog.messages
    assert "masking: a request failed: " in line
    assert "digo/masking/service.py:" in line
    assert line.isprintable()
    assert "2025550" not in line


@pytest.mark.parametrize("problem", ODDEST, ids=lambda problem: getattr(problem, "__name__", type(problem).__name__))
@pytest.mark.parametrize("part", ["count", "tell"])
def test_an_answer_is_out_before_it_is_counted_or_told(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, problem: BaseException, part: str
) -> None:
    class Throwing:
        def __getattr__(self, name: str) -> Callable[..., None]:
            def throw(*_: Any) -> None:
                raise problem

            return throw

    monkeypatch.setattr(worker, "_metrics" if part == "count" else "_log", Throwing())
    status, content = replied(asyncio.run(ask(worker.application())))
    assert (status, content[0]["transfer"]["data"]) == (200, [CALLEE])


def test_a_path_that_nothing_serves_is_answered_though_it_cannot_be_counted(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_account", lambda *_: 1 / 0)
    assert replied(asyncio.run(ask(worker.application(), "/elsewhere"))) == (404, {"error": "not found"})


def test_metrics_that_cannot_be_collected_are_an_error_and_no_more(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "manifest", None)
    assert replied(asyncio.run(ask(worker.application(), "/metrics", "GET"))) == (500, {"error": "internal error"})
    assert replied(asyncio.run(ask(worker.application())))[0] == 200


def test_a_problem_with_a_file_name_that_is_no_unicode_is_told(worker: Worker) -> None:
    worker.manifest = TableManifest(1, 0.0, problem="config/\udce9.csv:1:1: \ud800")
    status, content = replied(asyncio.run(ask(worker.application(), "/healthz", "GET")))
    assert (status, content["problem"]) == (200, "config/\\udce9.csv:1:1: \\ud800")


def test_an_exception_that_cannot_be_told_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    class Metaclass(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]
            raise ValueError

    class Nameless(Exception, metaclass=Metaclass):
        pass

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raise Nameless

    assert replied(asyncio.run(ask(ErrorBoundary(application, lambda: None))))[0] == 500
    assert caplog.messages == ["masking: a request failed, and its cause cannot be shown"]


def test_half_a_reply_is_cut_off_and_not_left_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise SystemExit(CALLER)

    with pytest.raises(HalfSent):
        asyncio.run(ask(ErrorBoundary(application, lambda: None)))
    assert "SystemExit" in caplog.text
    assert CALLER not in caplog.text


@pytest.mark.parametrize("end", [asyncio.CancelledError, GeneratorExit])
def test_a_request_that_meets_the_end_of_the_server_is_told_so(end: type[BaseException]) -> None:
    sent: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raise end

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(end):
        asyncio.run(ErrorBoundary(application, lambda: None)({"type": "http"}, None, send))  # type: ignore[arg-type]
    assert replied(sent) == (503, {"error": "stopped"})


def test_a_loop_lives_on_after_each_of_them(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    application = worker.application()

    async def in_turn() -> list[int]:
        found = []
        for problem in ODDEST:
            with monkeypatch.context() as patched:
                patched.setattr(worker, "_found", _raises(problem))
                found.append(replied(await asyncio.ensure_future(ask(application)))[0])
        found.append(replied(await ask(application))[0])
        return found

    logging.disable(logging.ERROR)
    try:
        assert asyncio.run(in_turn()) == [500] * len(ODDEST) + [200]
    finally:
        logging.disable(logging.NOTSET)


def _raises(problem: BaseException) -> Callable[..., bytes]:
    def throw(*_: Any) -> bytes:
        raise problem

    return throw


def test_the_place_of_a_failure_is_no_path_of_the_machine(caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        json.loads("{")

    asyncio.run(ask(ErrorBoundary(application, lambda: None)))
    assert str(Path.cwd()) not in caplog.text
    assert "JSONDecodeError at digo/masking/error_boundary.py:" in caplog.text
    assert "decoder.py:" in caplog.text


@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])
@pytest.mark.parametrize("came", [True, False])
def test_a_request_that_came_while_the_process_was_held_up_is_answered(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, loop: Callable[[], asyncio.AbstractEventLoop], came: bool
) -> None:
    options = replace(worker._options, seconds=0.02)  # noqa: SLF001  # no option sets so short a time
    monkeypatch.setattr(worker, "_options", options)
    ours, theirs = socket.socketpair()

    async def held_up() -> list[Message]:
        arrived, sent = asyncio.Event(), list[Message]()
        running = asyncio.get_running_loop()
        running.add_reader(ours, arrived.set)

        def hold() -> None:
            if came:
                theirs.send(b"x")
            time.sleep(0.1)  # the time is over, and the loop has not looked at the network since

        async def receive() -> Message:
            await arrived.wait()
            return {"type": "http.request", "body": ASKED, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        running.call_soon(hold)
        scope = {"type": "http", "method": "POST", "path": "/masking", "root_path": "", "headers": []}
        await worker.application()(scope, receive, send)
        running.remove_reader(ours)
        return sent

    running = loop()
    try:
        assert replied(running.run_until_complete(held_up()))[0] == (200 if came else 408)
    finally:
        running.close()
        ours.close()
        theirs.close()
