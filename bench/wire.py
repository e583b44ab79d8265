"""A client that costs less than what it measures: HTTP/1.1 on kept-alive connections, one request at a time on each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit

_END = b"\r\n\r\n"


class _Connection(asyncio.Protocol):
    """Sends a request, and gives what came back once it is whole."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[bool] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[bool]:
        """True once a whole reply with status 200 has come, False for anything else."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self._waiting.set_result(False)
        else:
            self.transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(_END)
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            good = head.startswith(b"HTTP/1.1 200 ") and b'"transfer"' in body
            self._received = b""
            self._settle(good=good)

    def connection_lost(self, _problem: Exception | None) -> None:
        self._settle(good=False)

    def _settle(self, *, good: bool) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(good)


class Asker:
    """Asks a masking service. `body` gives the next request's; `answered` and `failed` count."""

    def __init__(self, url: str, connections: int, body: Callable[[], bytes]) -> None:
        parts = urlsplit(url)
        self._place = (parts.hostname or "", parts.port or 80)
        self._head = f"POST /masking HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n".encode()
        self._body = body
        self._count = connections
        self._stopped = asyncio.Event()
        self._connections: list[_Connection] = []
        self.answered = 0
        self.failed = 0

    async def __aenter__(self) -> Asker:
        loop = asyncio.get_running_loop()
        for _ in range(self._count):
            _, connection = await loop.create_connection(_Connection, *self._place)
            self._connections.append(connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for connection in self._connections:
            connection.transport.close()

    def stop(self) -> None:
        """Ends `until_stopped`."""
        self._stopped.set()

    async def _one(self, connection: _Connection) -> None:
        body = self._body()
        good = await connection.ask(b"%bcontent-length: %d\r\n\r\n%b" % (self._head, len(body), body))
        self.answered += good
        self.failed += not good

    async def flat_out(self, seconds: float) -> int:
        """Each connection asks again as soon as it has its answer; how many were answered."""
        before, end = self.answered, time.perf_counter() + seconds

        async def ask_on(connection: _Connection) -> None:
            while time.perf_counter() < end:
                await self._one(connection)

        await asyncio.gather(*map(ask_on, self._connections))
        return self.answered - before

    async def at_rate(self, rate: float, seconds: float) -> list[float]:
        """Requests that are due at fixed times; the seconds from each one's time to its answer."""
        return await self._due(rate, lambda sent: sent >= rate * seconds)

    async def until_stopped(self, rate: float) -> None:
        """Requests that are due at fixed times, until `stop`."""
        await self._due(rate, lambda _sent: self._stopped.is_set())

    async def _due(self, rate: float, over: Callable[[int], bool]) -> list[float]:
        begun, sent = time.perf_counter(), 0
        latencies: list[float] = []

        async def ask_in_turn(connection: _Connection) -> None:
            nonlocal sent
            while not over(sent):
                due = begun + sent / rate
                sent += 1
                wait = due - time.perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
                await self._one(connection)
                latencies.append(time.perf_counter() - due)

        await asyncio.gather(*map(ask_in_turn, self._connections))
        return latencies
