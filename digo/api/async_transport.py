"""The asyncio client's transport over one connection. `digo.api.aiohttp_transport` has the one over many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from digo.api.access import Access
from digo.api.certificates import ssl_verification
from digo.api.sender import never_left


@dataclass(frozen=True)
class AsyncTransport:
    """A transport with what the client must know of it.

    Attributes:
        transport: the transport.
        failures: the errors that it can raise.
        never_left: whether an error proves that no byte of the request reached the API.
    """

    transport: httpx.AsyncBaseTransport
    failures: tuple[type[Exception], ...]
    never_left: Callable[[Exception], bool]


def httpx_transport(access: Access) -> AsyncTransport:
    """Makes the transport for one request at a time."""
    transport = httpx.AsyncHTTPTransport(
        proxy=access.proxy, verify=ssl_verification(encrypted=access.encrypted), limits=httpx.Limits(max_connections=1)
    )
    return AsyncTransport(transport, (httpx.HTTPError,), never_left)
