"""What carries the asyncio client's requests: one connection, or many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from digo.api.client import Access, never_left
from digo.api.trust import trust_of


@dataclass(frozen=True)
class Wire:
    """A transport, the errors that it can raise, and which of them prove that no byte of a request reached the API."""

    transport: httpx.AsyncBaseTransport
    failures: tuple[type[Exception], ...]
    never_left: Callable[[Exception], bool]


def wire_of(access: Access, connections: int) -> Wire:
    """The wire for so many requests at once."""
    if connections == 1:
        return _one(access)
    # aiohttp takes a fifth of the provider host's start, and a run that writes nothing has no use for it.
    from digo.api.many import many

    return many(access, connections)


def _one(access: Access) -> Wire:
    transport = httpx.AsyncHTTPTransport(
        proxy=access.proxy, verify=trust_of(access.encrypted), limits=httpx.Limits(max_connections=1)
    )
    return Wire(transport, (httpx.HTTPError,), never_left)
