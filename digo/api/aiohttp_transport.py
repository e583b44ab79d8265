"""A transport for many requests at once, over aiohttp.

httpx's own asyncio transport scans all of its connections for each request. Measured with 64 connections, it needs nine
times the CPU of this one.
"""

from __future__ import annotations

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from digo.api.access import Access
from digo.api.async_transport import AsyncTransport
from digo.api.certificates import ssl_verification
from digo.api.sender import never_left

# aiohttp raises these before a byte of the request can have reached the API. The transport's translation into httpx's
# errors cannot tell this: it calls a connection that broke under way a connect timeout.
_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


def aiohttp_transport(access: Access, connections: int) -> AsyncTransport:
    """Makes the transport for `connections` requests at once."""
    transport = AiohttpTransport(
        proxy=httpx.Proxy(access.proxy) if access.proxy else None,
        verify=ssl_verification(encrypted=access.encrypted),
        limits=httpx.Limits(max_connections=connections),
    )
    return AsyncTransport(transport, (httpx.HTTPError, aiohttp.ClientError), _never_left)


def _never_left(problem: Exception) -> bool:
    source = problem.__cause__ if isinstance(problem.__cause__, aiohttp.ClientError) else problem
    if isinstance(source, aiohttp.ClientError):
        return isinstance(source, _BEFORE_SENDING)
    return never_left(problem)
