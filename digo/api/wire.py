"""Chooses the asyncio client's transport: one connection, or many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from digo.api.client import Access, never_left
from digo.api.trust import trust_of


@dataclass(frozen=True)
class Wire:
    """A transport with what the client must know of it.

    Attributes:
        transport: the transport.
        failures: the errors that it can raise.
        never_left: whether an error proves that no byte of the request reached the API.
    """

    transport: httpx.AsyncBaseTransport
    failures: tuple[type[Exception], ...]
    never_left: Callable[[Exception], bool]


def wire_of(access: Access, connections: int) -> Wire:
    """Makes the wire for `connections` requests at once."""
    if connections == 1:
        return _one(access)
    # Importing aiohttp takes a fifth of the provider host's start time, and a run without writes does not need it.
    from digo.api.many import many

    return many(access, connections)


def _one(access: Access) -> Wire:
    transport = httpx.AsyncHTTPTransport(
        proxy=access.proxy, verify=trust_of(encrypted=access.encrypted), limits=httpx.Limits(max_connections=1)
    )
    return Wire(transport, (httpx.HTTPError,), never_left)
