"""The proxy that the environment names. httpx asks it only where it makes the transport itself."""

from __future__ import annotations

import ipaddress
from urllib.request import getproxies, proxy_bypass

import httpx


def proxy_of(address: str) -> str | None:
    """The proxy for an address by `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case; None where there is none,
    and for this machine's own addresses, such as the sandbox's."""
    url = httpx.URL(address)
    proxy = getproxies().get(url.scheme)
    if not proxy or _is_this_machine(url.host) or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
