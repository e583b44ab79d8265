"""uvicorn's HTTP protocol with three differences, for errors, for upgrades and for slow clients.

Data that is not HTTP gets a JSON reply, as every other error does. A request that offers another protocol is answered
in HTTP/1.1: Java's own client offers HTTP/2 with each request (`Upgrade: h2c`), and the parser then stops and ignores
the body. uvicorn lets a client take any time for a request head and for reading a reply: here each has a limit, and so
has the number of connections (`digo.masking.connections`).
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from digo.masking.connections import Connections

STATE = "connections"  # the name of the worker's `Connections` in the state of its lifespan


def _refusal(status: bytes, content: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(content)) + content


_NO_HTTP = _refusal(b"400 Bad Request", b'{"error":"bad request","reason":"this is not an HTTP request"}')
_LONG_HEAD = _refusal(b"431 Request Header Fields Too Large", b'{"error":"too large","reason":"the request head"}')
_NO_ROOM = _refusal(b"503 Service Unavailable", b'{"error":"too many connections"}')
_OFFERS = (b"connection", b"upgrade", b"http2-settings")


class TooManyPipelined(Exception):
    """A client sends more requests than it may have on the way. Each takes memory until its turn."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._room: Connections = app_state[STATE]
        self._waits = True
        self._in_body = False
        self._head_bytes = 0  # since the last whole request, without its body: the head, and what stands between chunks
        self._running: RequestResponseCycle | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes the connection, or refuses it if there is no room."""
        super().connection_made(transport)
        if not self._room.opened(self):
            transport.write(_NO_ROOM)
            transport.close()
        self._begin_head_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._room.closed(self)
        self._end_head_time()
        self._end_write_time()
        if self._running is not None:  # uvicorn tells the newest of pipelined requests only
            self._running.disconnected = True
        super().connection_lost(exc)

    def drop(self) -> None:
        """Closes the connection at once, whatever is still to be sent: whoever is closed like this does not read."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and starts over without the offer of an upgrade."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._head_bytes += len(data)
        rest: bytes | memoryview | None = data
        try:
            while rest is not None:
                rest = self._fed(rest)
        except httptools.HttpParserError:
            self.send_400_response("")
        if self._head_bytes > self._room.limits.head_bytes:
            self._refuse_length()
        elif self._waits and self._head_timer is None:
            self._begin_head_time()

    def _fed(self, data: bytes | memoryview) -> memoryview | None:
        """Feeds the parser. What is left if a request offered an upgrade: a parser stops there."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._begin_again()
            return memoryview(data)[upgrade.args[0] :]  # a copy for each of many requests would take long
        return None

    def _refuse_length(self) -> None:
        """Refuses a request head that is too long. Where a reply has begun, the connection just ends."""
        if not self._waits or self._in_body:
            self.drop()
        elif not self.transport.is_closing():
            self.transport.write(_LONG_HEAD)
            self.transport.close()

    def _begin_head_time(self) -> None:
        self._head_timer = self.loop.call_later(self._room.limits.head_seconds, self.drop)

    def _end_head_time(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_write_time(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def timeout_keep_alive_handler(self) -> None:
        """Closes a connection that has said nothing since its last reply."""
        self.drop()

    def pause_writing(self) -> None:
        """Limits how long a client may not read its replies. Until it reads, it waits, and others come first."""
        super().pause_writing()
        self._room.waits(self)
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self._room.limits.write_seconds, self.drop)

    def resume_writing(self) -> None:
        """Goes on with a client that reads."""
        super().resume_writing()
        self._end_write_time()
        if not self._waits and not self._in_body:
            self._room.speaks(self)

    def on_response_complete(self) -> None:
        """Waits for the next request, unless one is there already."""
        more = bool(self.pipeline)
        if more:
            self._running = self.pipeline[-1][0]
        super().on_response_complete()
        if more and not self.transport.is_closing():
            return
        self._waits, self._head_bytes = True, 0
        self._room.waits(self)
        if self.transport.is_closing():  # what is sent last may never be read
            self._begin_head_time()

    def on_headers_complete(self) -> None:
        """Starts the request, unless it offers an upgrade.

        Raises:
            TooManyPipelined: the parser passes it on as an error of its own.
        """
        self._waits, self._in_body = False, True
        self._end_head_time()
        if len(self.pipeline) >= self._room.limits.pipelined:
            raise TooManyPipelined
        if not self.parser.should_upgrade():
            super().on_headers_complete()
            if not self.pipeline:
                self._running = self.cycle

    def on_body(self, body: bytes) -> None:
        """Passes the body on, unless the request offers an upgrade."""
        self._head_bytes = max(0, self._head_bytes - len(body))
        if not self.parser.should_upgrade():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends the request, unless it offers an upgrade."""
        self._in_body, self._head_bytes = False, 0
        self._room.speaks(self)
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Replies in JSON to data that is not an HTTP request, and closes the connection."""
        self.transport.write(_NO_HTTP)
        self.transport.close()

    def _begin_again(self) -> None:
        """Parses the same request head again, without the offer.

        Raises:
            httptools.HttpParserError: the head is none without the offer.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise httptools.HttpParserError("there is no tunnel here")
        kept = [b"%b: %b\r\n" % (name, value) for name, value in self.headers if name not in _OFFERS]
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, self.url, b"".join(kept))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(head)
