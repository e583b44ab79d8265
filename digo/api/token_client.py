"""A client with a token for one server. The token never goes to another.

httpx removes only `Authorization` and `Cookie` from a request that a redirect sends to another server. Services have
other headers for their tokens, such as GitLab's `PRIVATE-TOKEN`. So this client follows redirects itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from digo.api.certificates import ssl_verification
from digo.api.client import location_of, set_location_aside
from digo.api.proxy import proxy_of

MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Origin = tuple[str, str, int | None]


class RedirectRefused(httpx.HTTPError):
    """A redirect that the client does not follow. The text says where it leads, without user, query and fragment."""


def origin_of(url: httpx.URL) -> Origin:
    """The server of an address: scheme, host and port."""
    return url.scheme, url.host.lower().rstrip("."), url.port or _PORTS.get(url.scheme)


class TokenClient:
    """Sends requests with secret headers to one server.

    A redirect is followed for GET only, because another method has a body. A redirect within the server keeps the
    secret headers. A redirect to another scheme, host or port is followed without them, and without cookies; from then
    on they are not sent again, not even if the other server redirects back. A redirect from https to http is refused.
    """

    def __init__(self, address: str, secret_headers: Mapping[str, str], headers: Mapping[str, str], timeout: float):
        """Makes the client.

        Args:
            address: the URL that the paths of requests are appended to.
            secret_headers: headers for that server only, such as a token.
            headers: headers for every server.
            timeout: seconds to wait for a connection, and for each part of a reply.
        """
        self._base = address.rstrip("/")
        self._own = origin_of(httpx.URL(self._base))
        self._headers = dict(headers)
        self._timeout = timeout
        self._client = self._client_for(httpx.URL(self._base), {**headers, **secret_headers})

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The reply to a request. `more` are httpx's arguments, such as `params` or `json`.

        Raises:
            httpx.HTTPError: there is no reply, or a redirect is refused.
            NotSent: the proxy or the certificates that the environment names cannot be used.
        """
        response = self._client.request(method, f"{self._base}{path}", **more)
        own = True
        for _ in range(MOST_REDIRECTS):
            target = _target(response, method)
            if target is None:
                return response
            own = own and origin_of(target) == self._own
            response = self._client.get(target) if own else self._elsewhere(target)
        if _target(response, method) is not None:
            raise RedirectRefused(f"more than {MOST_REDIRECTS} redirects")
        return response

    def _elsewhere(self, target: httpx.URL) -> httpx.Response:
        with self._client_for(target, self._headers) as client:
            return client.get(target)

    def _client_for(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Client:
        transport = httpx.HTTPTransport(
            retries=2, proxy=proxy_of(str(url)), verify=ssl_verification(encrypted=url.scheme == "https")
        )
        return httpx.Client(
            headers=dict(headers),
            timeout=self._timeout,
            transport=transport,
            follow_redirects=False,
            event_hooks={"response": [set_location_aside]},
        )


def _target(response: httpx.Response, method: str) -> httpx.URL | None:
    """Where a redirect leads; None if the reply is no redirect.

    Raises:
        RedirectRefused: it must not be followed.
    """
    location = location_of(response)
    if location is None or response.status_code not in _REDIRECTS:
        return None
    here = response.request.url
    try:
        target = here.join(location)
    except (httpx.InvalidURL, ValueError):
        raise RedirectRefused("the redirect names no address that can be read") from None
    if target.scheme not in _PORTS or not target.host:
        raise RedirectRefused("the redirect names no http(s) address")
    shown = str(target.copy_with(username=None, password=None, query=None, fragment=None))
    if method != "GET":
        raise RedirectRefused(f"a redirect to {shown}, and only a GET is sent on")
    if here.scheme == "https" and target.scheme == "http":
        raise RedirectRefused(f"a redirect from https to {shown}, which is not encrypted")
    return target.copy_with(username=None, password=None)
