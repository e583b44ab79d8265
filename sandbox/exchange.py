"""One request to the simulated service on its connection, and the ways in which it can end."""

import asyncio
import contextlib
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

from starlette.types import Receive, Scope, Send

from sandbox.journal import Record
from sandbox.reply import Reply
from sandbox.smartflo.batches import AS_USUAL, BatchOutcome

TRANSPORT = "sandbox.transport"

_SLASHES = re.compile(r"/{2,}")
_LAST_COMMA = re.compile(rb",\s*\}\s*\Z")


def normalised(path: str) -> str:
    """A path without doubled or trailing slashes: the page's endpoint is given with and without one."""
    return _SLASHES.sub("/", path).rstrip("/") or "/"


async def read_body(receive: Receive) -> bytes | None:
    """The whole body of a request; None if the client is gone before its end."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


def parsed(body: bytes) -> Any:
    """A body as JSON; as text if it is none; None if it is empty."""
    if not body:
        return None
    # The page's own example of a new agent has a comma after its last field.
    for text in (body, _LAST_COMMA.sub(b"}", body)):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    return body.decode(errors="replace")


class Exchange:
    """A request that has arrived, to be answered, delayed or cut.

    Args:
        commit: carries the request out on the account and returns the reply without a fault.
        record: the journal's entry, which is completed here.
        background: runs work that outlives the request.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        commit: Callable[[BatchOutcome], Reply],
        record: Record,
        background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._commit = commit
        self._record = record
        self.background = background

    @property
    def path(self) -> str:
        """The path, as the journal has it."""
        return self._record.path

    @property
    def query(self) -> str:
        """The query, as the journal has it."""
        return self._record.query

    def carry_out(self, outcome: BatchOutcome = AS_USUAL) -> Reply:
        """Carry the request out on the account, and return the reply that the service would send.

        If it makes a batch, `outcome` is how that ends.
        """
        reply = self._commit(outcome)
        self._record.committed = self._record.committed or reply.committed
        return reply

    async def answer(self, reply: Reply) -> None:
        """Send a whole reply, when it is due."""
        if reply.after_ms:
            await asyncio.sleep(reply.after_ms / 1000)
        if self._transport().is_closing():
            self._record.outcome = "gone"
            return
        if reply.parts is not None:
            await self.answer_at_length(reply.parts(), packed=False)
            return
        self._record.status = reply.status
        self._record.outcome = "answered"
        await self._send_start(reply)
        await self._send({"type": "http.response.body", "body": reply.body})

    async def answer_half(self, reply: Reply) -> None:
        """Send headers that promise the whole body, half of the body, and close the connection."""
        self._record.status = reply.status
        self._record.outcome = "cut"
        await self._send_start(reply)
        half = reply.body[: len(reply.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        self._transport().close()
        await self.client_gone()

    async def drip(self, reply: Reply, seconds: float, *, with_headers: bool) -> None:
        """Send a reply a byte at a time, with a pause before each, until the client leaves; perhaps its headers too."""
        self._record.status = reply.status
        self._record.outcome = "answered"
        if with_headers:
            names = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
            lines = "".join(f"{name}: {value}\r\n" for name, value in names.items())
            head = f"HTTP/1.1 {reply.status} Slow\r\n{lines}\r\n".encode("latin-1", "replace")
            if await self._drip(head + reply.body, seconds, self._write):
                self._transport().close()
                await self.client_gone()
            return
        await self._send_start(reply)
        if await self._drip(reply.body, seconds, self._send_part):
            await self._send({"type": "http.response.body", "body": b""})

    async def _drip(self, text: bytes, seconds: float, write: Callable[[bytes], Awaitable[None]]) -> bool:
        for byte in text:
            if not await self.stays_until(asyncio.sleep(seconds)):
                return False
            await write(bytes((byte,)))
        return True

    async def _write(self, part: bytes) -> None:
        self._transport().write(part)

    async def _send_part(self, part: bytes) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": True})

    async def answer_at_length(self, parts: Iterator[bytes], *, packed: bool) -> None:
        """Send a reply of 200 in parts, until its end or until the client leaves; `packed`: the parts are gzip."""
        self._record.status = 200
        self._record.outcome = "answered"
        names = [(b"content-type", b"application/json"), *([(b"content-encoding", b"gzip")] if packed else [])]
        await self._send({"type": "http.response.start", "status": 200, "headers": names})
        for part in parts:
            if self._transport().is_closing():
                self._record.outcome = "gone"
                return
            await self._send_part(part)
            await asyncio.sleep(0)
        await self._send({"type": "http.response.body", "body": b""})

    async def cut(self) -> None:
        """Abort the connection (TCP reset) without a byte of reply."""
        self._record.outcome = "cut"
        transport = self._transport()
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await self.client_gone()

    async def stay_silent(self) -> None:
        """Stay silent until the client closes the connection."""
        await self.client_gone()
        self._record.outcome = "gone"

    async def stays_until(self, event: Coroutine[Any, Any, None]) -> bool:
        """Stay silent until `event` is over; False if the client closed the connection before that."""
        waiting, gone = asyncio.ensure_future(event), asyncio.ensure_future(self.client_gone())
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        client_stayed = not gone.done()
        waiting.cancel()
        gone.cancel()
        if not client_stayed:
            self._record.outcome = "gone"
        return client_stayed

    async def client_gone(self) -> None:
        """Return when the client has closed the connection or it was cut."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _transport(self) -> asyncio.Transport:
        transport: asyncio.Transport = self._scope["extensions"][TRANSPORT]
        return transport

    async def _send_start(self, reply: Reply) -> None:
        headers = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
        sent = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": sent})
