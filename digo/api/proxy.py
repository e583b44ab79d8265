"""The proxy that the environment names.

httpx reads these variables only if it makes the transport itself, and the clients here make their own.
"""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import httpx

from digo.api.errors import NotSent
from digo.system.loopback import is_loopback
from digo.text.unicode import is_unicode

_PORTS = {"http": 80, "https": 443}


def proxy_of(address: str) -> str | None:
    """The proxy for an address, or None.

    It comes from `HTTP_PROXY` or `HTTPS_PROXY`, else `ALL_PROXY`; `NO_PROXY` lists exceptions. Lower-case names count
    too. Loopback addresses, such as the sandbox's, have no proxy.

    Raises:
        NotSent: the clients cannot use the proxy, such as a SOCKS one. The text does not show it, because its address
            may have a password.
    """
    url = httpx.URL(address)
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or is_loopback(url.host) or proxy_bypass(f"{url.host}:{url.port or _PORTS.get(url.scheme)}"):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _is_http(proxy):
        raise NotSent(
            f"the environment's proxy for {url.scheme} is not an http(s) address",
            next_step=(
                f"set {url.scheme.upper()}_PROXY to an HTTP proxy, http://host:port, or name {url.host} in NO_PROXY; "
                "nothing was sent"
            ),
            method="CONNECT",
            path=url.host,
        )
    return proxy


def _is_http(address: str) -> bool:
    try:
        return is_unicode(address) and httpx.URL(address).scheme in ("http", "https")
    except httpx.InvalidURL:
        return False
