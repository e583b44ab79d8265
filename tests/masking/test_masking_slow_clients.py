"""Clients that take their time, on real sockets, with limits that are short enough to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from digo.masking.connections import (
    BACKLOG,
    ConnectionLimits,
    Connections,
    backlog_for,
    raise_file_limit,
    room_for,
)
from digo.masking.error_boundary import send_bytes
from digo.masking.protocol import STATE, Protocol

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SHORT, LONG = 0.2, 3600.0


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/body":
        await receive()
    content = b"x" * (1 << 20) if scope["path"] == "/large" else b"{}"
    await send_bytes(send, 200, content, b"application/json")


@asynccontextmanager
async def serving(limits: ConnectionLimits) -> AsyncIterator[tuple[int, Connections, ServerState]]:
    """A server of these limits: its port, its connections and its state."""
    config = uvicorn.Config(application, timeout_keep_alive=int(limits.idle_seconds), log_level="critical", ws="none")
    config.load()
    connections, state = Connections(limits), ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Protocol(config, state, {STATE: connections}), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1], connections, state
    finally:
        for connection in list(state.connections):
            connection.transport.abort()
        server.close()


async def ends(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes the connection."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), 30)
    return b""


def cannot_write(state: Any) -> list[bool]:
    """For each connection, whether its client takes no more bytes."""
    return [not one.flow._is_writable_event.is_set() for one in state.connections]  # noqa: SLF001


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - uvicorn tells nobody of a change
        await asyncio.sleep(SHORT / 20)


def run(scenario: Callable[[], Any]) -> None:
    asyncio.run(scenario())


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"\r\n", REQUEST[:-2]])
@pytest.mark.parametrize("drip", [b"", b"\r\n", b"X-A: 1\r\n"])
def test_a_head_that_never_ends_is_given_up(said: bytes, drip: bytes) -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, head_seconds=SHORT, idle_seconds=LONG)) as (port, _, state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            await until(lambda: bool(state.connections))
            while drip and state.connections:  # a byte now and then starts no limit anew
                writer.write(drip)
                await asyncio.sleep(SHORT / 10)
            await ends(reader)
            assert not state.connections
            writer.close()

    run(scenario)


def test_a_connection_that_says_nothing_after_a_reply_is_closed_later_than_a_slow_head() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, head_seconds=SHORT, idle_seconds=1)) as (port, _, state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(3):
                writer.write(REQUEST)
                await reader.readuntil(b"{}")
                await asyncio.sleep(2 * SHORT)
                assert state.connections
            assert await ends(reader) == b""
            writer.close()

    run(scenario)


def test_a_half_request_after_a_reply_is_given_up() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, head_seconds=SHORT, idle_seconds=LONG)) as (port, _, _state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST)
            await reader.readuntil(b"{}")
            writer.write(b"GET / HT")
            assert await ends(reader) == b""
            writer.close()

    run(scenario)


def test_a_body_that_drips_after_its_reply_is_given_up() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, head_seconds=SHORT, idle_seconds=LONG)) as (port, _, state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            await reader.readuntil(b"{}")
            while state.connections:
                writer.write(b"x")
                await asyncio.sleep(SHORT / 10)
            writer.close()

    run(scenario)


def test_a_head_that_is_too_long_is_refused() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, head_bytes=1000)) as (port, _, _state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST[:-2] + b"X-A: " + b"a" * 2000)
            assert (await ends(reader)).startswith(b"HTTP/1.1 431 ")
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST * 500)  # together longer, each of them short
            for _ in range(500):
                await reader.readuntil(b"{}")
            writer.close()

    run(scenario)


def test_a_client_that_reads_no_reply_is_given_up() -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(100, head_seconds=LONG, idle_seconds=LONG, write_seconds=SHORT)
        async with serving(limits) as (port, _, state):
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect(("127.0.0.1", port))
                client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
                await until(lambda: bool(state.connections))
                await until(lambda: not state.connections)

    run(scenario)


def test_the_connection_that_has_waited_longest_makes_room() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(3)) as (port, _, state):
            made = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            for reader, writer in made:
                writer.write(REQUEST)
                await reader.readuntil(b"{}")
            made[0][1].write(REQUEST)  # the first is no longer the one that has waited longest
            await made[0][0].readuntil(b"{}")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST)
            await reader.readuntil(b"{}")
            assert await ends(made[1][0]) == b""
            assert len(state.connections) == 3
            for place in (0, 2):
                made[place][1].write(REQUEST)
                await made[place][0].readuntil(b"{}")
            for _, one in [*made, (reader, writer)]:
                one.close()

    run(scenario)


class Named:
    def __init__(self) -> None:
        self.dropped = False

    def drop(self) -> None:
        self.dropped = True


def test_a_connection_with_a_request_at_work_is_not_closed_for_another() -> None:
    connections = Connections(ConnectionLimits(2))
    first, second, third = Named(), Named(), Named()
    assert connections.opened(first) and connections.opened(second)
    connections.speaks(first)
    connections.speaks(second)
    assert not connections.opened(third)
    connections.waits(second)
    assert connections.opened(third)
    assert (first.dropped, second.dropped, third.dropped) == (False, True, False)
    connections.waits(second)  # its reply ends late
    connections.closed(second)
    assert connections.opened(Named()) and third.dropped


@pytest.mark.parametrize("files", [16, 64, 256, 1024, 20_000, 1 << 20, None])
def test_connections_and_those_that_come_at_once_fit_into_the_limit(
    files: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A worker has few files open. This process may have those of a browser.
    monkeypatch.setattr("digo.masking.connections._open_files", lambda: 20)
    room, backlog = room_for(files), backlog_for(files)
    assert room >= 8 and 8 <= backlog <= BACKLOG
    if files is not None and files >= 1024:
        assert room + backlog < files
        assert room > files // 4


def test_raising_the_limit_twice_changes_nothing() -> None:
    assert raise_file_limit() == raise_file_limit()


def test_clients_that_read_nothing_leave_room_for_those_who_do() -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(3, head_seconds=LONG, idle_seconds=LONG, write_seconds=LONG)
        async with serving(limits) as (port, _, state):
            deaf = [socket.socket() for _ in range(3)]
            for client in deaf:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect(("127.0.0.1", port))
                client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            await until(lambda: len(state.connections) == 3 and all(cannot_write(state)))
            for _ in range(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(REQUEST)
                assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200 ")
                writer.close()
            for client in deaf:
                client.close()

    run(scenario)


def test_a_slow_reader_gets_all_replies() -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(2, head_seconds=LONG, idle_seconds=LONG, write_seconds=LONG)
        async with serving(limits) as (port, connections, state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 9)
            await until(lambda: any(cannot_write(state)))
            size = 0
            while size < 9 << 20:
                size += len(await reader.read(1 << 16))
            writer.write(REQUEST)
            await reader.readuntil(b"{}")
            assert len(connections._waiting) == 1  # noqa: SLF001
            writer.close()

    run(scenario)


CHUNKED = b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"


@pytest.mark.parametrize("path", [b"/body", b"/"])
@pytest.mark.parametrize("said", [b"0\r\nX-T: ", b"1;", b"0\r\nX-T: 1\r\n"])
def test_what_stands_after_or_between_chunks_has_a_limit(said: bytes, path: bytes) -> None:
    """A parser joins each part of a trailer to those before it, which takes longer with each."""

    async def scenario() -> None:
        limits = ConnectionLimits(100, head_bytes=1000, head_seconds=LONG, idle_seconds=LONG)
        async with serving(limits) as (port, _, state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(CHUNKED.replace(b"/body", path) + said)
            await until(lambda: bool(state.connections))
            sent = 0
            while state.connections:
                writer.write(b"X-T: 1\r\n" * 10 if said.endswith(b"\n") else b"a" * 80)
                sent += 80
                await asyncio.sleep(SHORT / 100)
            assert sent < 100_000
            await ends(reader)
            writer.close()

    run(scenario)


def test_a_long_body_in_many_chunks_is_no_long_head() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, head_bytes=1000)) as (port, _, _state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(3):
                writer.write(CHUNKED)
                for _ in range(50):
                    writer.write(b"64\r\n" + b"x" * 100 + b"\r\n")
                    await asyncio.sleep(0)
                writer.write(b"0\r\n\r\n")
                await reader.readuntil(b"{}")
            writer.close()

    run(scenario)


OFFER = REQUEST[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"


def test_hundreds_of_requests_at_once_that_offer_an_upgrade_are_answered() -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100)) as (port, _, _state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(OFFER * 900)
            for _ in range(900):
                assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200 ")
            writer.close()

    run(scenario)


def test_more_requests_than_may_wait_end_the_connection_without_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(ConnectionLimits(100, pipelined=50)) as (port, _, state):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST * 51)  # one runs, and the others wait
            for _ in range(51):
                await reader.readuntil(b"{}")
            writer.write(REQUEST * 5000)
            await ends(reader)
            await until(lambda: not state.connections and not state.tasks)
            writer.close()

    run(scenario)
    assert caplog.records == []
