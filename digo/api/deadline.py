"""A deadline for a whole exchange on the blocking transport: connection, request, headers and body.

httpx limits each wait for the network. A server that sends one byte a second never exceeds such a limit. So the network
streams below httpx get a deadline that each wait has to keep. asyncio has this already (`asyncio.wait_for`).
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from digo.api.certificates import ssl_verification

_PIECE = 16 * 1024  # one wait to send covers so many bytes


class Deadline:
    """The deadline of the exchange that the present thread is in. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._own = threading.local()

    def begin(self, seconds: float) -> None:
        """Begins an exchange that may take so many seconds."""
        self._own.until = self._clock() + seconds

    def extend(self, seconds: float) -> None:
        """Gives the exchange more time."""
        self._own.until += seconds

    @property
    def left(self) -> float:
        """The seconds that are left; 0.0 or less if the deadline has passed."""
        until: float = getattr(self._own, "until", float("inf"))
        return until - self._clock()

    @property
    def passed(self) -> bool:
        """Whether the exchange has used up its time."""
        return self.left <= 0

    def wait(self, seconds: float | None) -> float | None:
        """How long one wait may take: `seconds` (None is no limit), or what is left.

        Raises:
            httpcore.ReadTimeout: nothing is left.
        """
        left = self.left
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        if left == float("inf"):
            return seconds
        return left if seconds is None else min(seconds, left)


def transport_with(deadline: Deadline, *, encrypted: bool, proxy: str | None, retries: int = 0) -> httpx.HTTPTransport:
    """A blocking transport that keeps the deadline.

    Args:
        deadline: begun anew by the caller before each request.
        encrypted: whether certificates are checked.
        proxy: the proxy's URL, or None.
        retries: how often a failed connection is tried again.

    Raises:
        NotSent: the certificates cannot be read.
    """
    transport = httpx.HTTPTransport(proxy=proxy, verify=ssl_verification(encrypted=encrypted), retries=retries)
    # httpx does not pass on httpcore's argument `network_backend`.
    pool: Any = transport._pool  # noqa: SLF001
    assert isinstance(pool, httpcore.ConnectionPool)
    pool._network_backend = _Backend(pool._network_backend, deadline)  # noqa: SLF001
    return transport


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wait = self._deadline.wait(timeout)
        return _Stream(
            self._inner.connect_tcp(host, port, wait, local_address, socket_options),
            self._deadline,
        )

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(self._deadline.wait(seconds) or 0.0)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.wait(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], self._deadline.wait(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._inner.start_tls(ssl_context, server_hostname, self._deadline.wait(timeout))
        return _Stream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()
