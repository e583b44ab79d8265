"""What identifies an account, in whatever way its address is written.

Two runs are taken to be on one account if they have one of these in common:

- the host as it is spelt, in lower case, as IDNA and without a final dot, with the port;
- an address of that host, with the port. All addresses of this machine itself are one;
- the token, or the login id where there is a login. It is the same behind a proxy, an alias or a balancer.

So two accounts at one endpoint count as one. Nothing tells whether two tokens open one account, and waiting costs less
than a duplicate. The path is left out for the same reason.

Only `digo:account` tells. A stack that has it is identified by the host and the addresses together with that name, and
by the token as before. So it has nothing but the token in common with a stack that names no account: of all stacks at
one host, either each names its account or none does.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import httpx

from digo.api.access import Access

Resolve = Callable[[str], Sequence[str]]
"""The addresses of a host's name. It raises OSError if there are none."""

LOCAL = "this machine"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_RESOLVE_SECONDS = 3.0


def addresses_of(host: str) -> Sequence[str]:
    """What the system's resolver says of a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


async def account_keys(access: Access, resolve: Resolve = addresses_of) -> tuple[str, ...]:
    """The digests of all that identifies the account, in one order for all runs.

    A name that cannot be resolved within three seconds, or that a proxy resolves, has no address here.
    """
    host, port = spelt(access.address)
    named = f" account {access.account}" if access.account else ""
    addresses = await _addresses(access, host, resolve)
    names = {f"host {host} {port}{named}", *(f"address {one} {port}{named}" for one in addresses)}
    token = access.authorization.strip().rpartition(" ")[2]
    if access.login is not None:
        names.add(access.identity)  # its tokens come and go
    elif token:
        names.add(f"token {token}")
    return tuple(sorted(hashlib.sha256(f"digo account {name}".encode()).hexdigest()[:32] for name in names))


def spelt(address: str) -> tuple[str, int]:
    """The host of an address in its one spelling, and the port."""
    url = httpx.URL(address)
    host = url.raw_host.decode("ascii").lower().rstrip(".")
    return _canonical(host) or host, url.port or _DEFAULT_PORTS.get(url.scheme, 0)


async def _addresses(access: Access, host: str, resolve: Resolve) -> Iterable[str]:
    if host == LOCAL or _canonical(host) is not None:
        return (host,)
    if host == "localhost" or host.endswith(".localhost"):
        return (LOCAL,)
    if access.proxy is not None:
        return ()
    return {_canonical(found) or found for found in await _resolved(host, resolve)}


def _canonical(text: str) -> str | None:
    """The one spelling of an IP address; None for a name."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return LOCAL if address.is_loopback or address.is_unspecified else str(address)


async def _resolved(host: str, resolve: Resolve) -> Sequence[str]:
    """Asks in a thread that nothing waits for: a resolver that hangs must not hold the end of the run."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def ask() -> None:
        found: Sequence[str] = ()
        with suppress(OSError, UnicodeError):
            found = resolve(host)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if answer.done() else answer.set_result(found))

    threading.Thread(target=ask, daemon=True).start()
    try:
        return await asyncio.wait_for(answer, _RESOLVE_SECONDS)
    except asyncio.TimeoutError:
        return ()
