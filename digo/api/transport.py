"""Read-only HTTP transports: no caller can write through them.

Broadcast start, pause and resume are GET requests in the sibling API, so a GET is not harmless by itself. A read-only
transport therefore lets a list of paths pass, not a method (api.md).
"""

from __future__ import annotations

import re

import httpx

from digo.api.errors import WriteForbidden

# All are GET. `{id}` is one part of a path.
READS = (
    "/v1/agents",
    "/v1/broadcast/batch_status/{id}",
    "/v1/broadcast/leads/{id}",
    "/v1/broadcast/lists",
    "/v1/call/records",
    "/v1/my_number",
    "/v1/user/{id}",
    "/v1/users",
)
_READ = re.compile("|".join(f".*{re.escape(read).replace(re.escape('{id}'), '[^/]+')}" for read in READS))
LOGINS = ("/v1/auth/login", "/v1/auth/refresh")
"""Both are POST. They change nothing of the account, and a preview needs a token."""


def _forbid_writes(request: httpx.Request) -> None:
    # The raw path is compared: after decoding, a `%2F` in one part would look like another call's path.
    sent = request.url.raw_path.partition(b"?")[0].decode("ascii")
    path = "/" + "/".join(part for part in sent.split("/") if part)
    read = request.method == "GET" and _READ.fullmatch(path) is not None
    if not read and not (request.method == "POST" and path.endswith(LOGINS)):
        raise WriteForbidden(
            f"{request.method} {path} is not a read, and this is a preview",
            next_step="this is a bug of pulumi-digo: please report it; nothing was sent",
            method=request.method,
            path=path,
        )


class ReadOnlyTransport(httpx.BaseTransport):
    """Passes documented reads to `inner`, and raises `WriteForbidden` for all other requests."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request if it is a read.

        Raises:
            WriteForbidden: it is not.
        """
        _forbid_writes(request)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Closes the inner transport."""
        self._inner.close()


class ReadOnlyAsyncTransport(httpx.AsyncBaseTransport):
    """`ReadOnlyTransport` for asyncio."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request if it is a read.

        Raises:
            WriteForbidden: it is not.
        """
        _forbid_writes(request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes the inner transport."""
        await self._inner.aclose()
