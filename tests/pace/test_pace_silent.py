"""A store of the shared pace that drips or says nothing: nothing is sent, and nobody waits for longer than its time."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from digo.api import Access, AsyncClient, Client, Limits, NotSent, list_agents
from digo.api.pace import Pace, pace_of
from digo.api.pace_patience import PatientStore
from digo.api.token_bucket import TokenBucket
from sandbox.testing import Sandbox

SECONDS = 0.3


def _drip(connection: socket.socket) -> None:
    pause = threading.Event()
    with suppress(OSError):
        if connection.recv(1, socket.MSG_PEEK) == b"\0":  # Postgres: no TLS, and then a message of 4,096 bytes
            connection.sendall(b"N")
            connection.sendall(b"E\0\0\x10\0")
        while True:
            connection.sendall(b"0")  # no end of a line for Redis, no end of the message for Postgres
            pause.wait(0.02)


def _nothing(_: socket.socket) -> None:
    pass


@pytest.fixture(params=[_drip, _nothing], ids=["drip", "silence"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    answer: Callable[[socket.socket], None] = request.param
    held: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                held.append(listener.accept()[0])
                threading.Thread(target=answer, args=(held[-1],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


@pytest.fixture(params=["redis", "postgresql"])
def pace(request: pytest.FixtureRequest, port: int) -> Pace:
    found = pace_of(5, f"{request.param}://127.0.0.1:{port}/0", "one")
    assert isinstance(found, TokenBucket)
    found._store = PatientStore(SECONDS)  # noqa: SLF001  the real time is ten seconds
    return found


def test_a_store_without_an_answer_lets_nothing_pass(sandbox: Sandbox, pace: Pace) -> None:
    access, limits = Access(sandbox.url, sandbox.token), Limits(first_pause=0.01, longest_pause=0.01)
    with Client(access, pace=pace, limits=limits) as client, pytest.raises(NotSent, match="digo:paceStore"):
        client.send(list_agents())

    async def work() -> None:
        async with AsyncClient(access, pace=pace, limits=limits) as client:
            with pytest.raises(NotSent, match=r"did not answer within 0\.3 s"):
                await client.send(list_agents())

    asyncio.run(work())
    assert sandbox.requests() == []


def test_after_a_question_without_an_answer_nobody_waits_again() -> None:
    store, end = PatientStore(SECONDS), threading.Event()
    asked: list[None] = []

    def question() -> float:
        asked.append(None)
        end.wait(60)
        return 1.5

    for _ in range(3):
        with pytest.raises(NotSent):
            store.ask(question)
    assert len(asked) == 1
    end.set()
    assert PatientStore(60).ask(question) == 1.5
    assert asyncio.run(PatientStore(60).ask_async(question)) == 1.5


def test_the_error_of_a_question_comes_through() -> None:
    def question() -> float:
        raise NotSent("no store", next_step="", method="", path="")

    with pytest.raises(NotSent, match="no store"):
        PatientStore().ask(question)
