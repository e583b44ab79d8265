"""A client with a token for one server. The token never goes to another.

httpx removes only `Authorization` and `Cookie` from a request that a redirect sends to another server. Services have
other headers for their tokens, such as GitLab's `PRIVATE-TOKEN`. So this client follows redirects itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from digo.api.deadline import Deadline, transport_with
from digo.api.proxy import proxy_of
from digo.api.reply_body import ACCEPT_ENCODING, ReplyBody
from digo.api.sender import location_of, set_location_aside

MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_ABOUT_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})  # as it was sent
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

    def __init__(
        self, address: str, secret_headers: Mapping[str, str], headers: Mapping[str, str], timeout: float, limit: int
    ):
        """Makes the client.

        Args:
            address: the URL that the paths of requests are appended to.
            secret_headers: headers for that server only, such as a token.
            headers: headers for every server.
            timeout: seconds for a request in all, redirects included.
            limit: the most bytes of a reply, packed or unpacked.
        """
        self._base = address.rstrip("/")
        self._own = origin_of(httpx.URL(self._base))
        self._headers = dict(headers)
        self._timeout = timeout
        self._limit = limit
        self._deadline = Deadline()
        self._client = self._client_for(httpx.URL(self._base), {**headers, **secret_headers})

    @property
    def late(self) -> bool:
        """Whether the last request has used up its time."""
        return self._deadline.passed

    def request(self, method: str, path: str, *, slowest: int = 0, **more: Any) -> httpx.Response:
        """The reply to a request, with its whole body.

        Args:
            method: such as `GET`.
            path: appended to the client's address.
            slowest: bytes a second. For each such number of bytes in the body, the request gets a second more; 0: none.
            **more: httpx's arguments, such as `params` or `json`.

        Raises:
            httpx.HTTPError: there is no reply in time, or a redirect is refused.
            ReplyTooLong: the body is longer than the limit.
            BodyDamaged: the body is not packed as its headers say.
            NotSent: the proxy or the certificates that the environment names cannot be used.
        """
        self._deadline.begin(self._timeout)
        response = self._exchange(self._client, method, f"{self._base}{path}", slowest, **more)
        own = True
        for _ in range(MOST_REDIRECTS):
            target = _target(response, method)
            if target is None:
                return response
            own = own and origin_of(target) == self._own
            response = self._exchange(self._client, "GET", target, slowest) if own else self._elsewhere(target, slowest)
        if _target(response, method) is not None:
            raise RedirectRefused(f"more than {MOST_REDIRECTS} redirects")
        return response

    def _elsewhere(self, target: httpx.URL, slowest: int) -> httpx.Response:
        with self._client_for(target, self._headers) as client:
            return self._exchange(client, "GET", target, slowest)

    def _exchange(
        self, client: httpx.Client, method: str, url: httpx.URL | str, slowest: int, **more: Any
    ) -> httpx.Response:
        with client.stream(method, url, **more) as reply:
            body = ReplyBody(reply.headers.get("content-encoding", ""), self._limit)
            for chunk in reply.iter_raw():
                body.add(chunk)
                if slowest:
                    self._deadline.extend(len(chunk) / slowest)
        headers = [(name, value) for name, value in reply.headers.multi_items() if name not in _ABOUT_THE_BODY]
        return httpx.Response(
            reply.status_code,
            headers=headers,
            content=body.end(),
            request=reply.request,
            extensions={name: reply.extensions[name] for name in reply.extensions if name != "network_stream"},
        )

    def _client_for(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Client:
        transport = transport_with(self._deadline, encrypted=url.scheme == "https", proxy=proxy_of(str(url)), retries=2)
        return httpx.Client(
            headers={"Accept-Encoding": ACCEPT_ENCODING, **headers},
            timeout=self._timeout,
            transport=transport,
            follow_redirects=False,
            event_hooks={"response": [set_location_aside]},
        )


def _target(response: httpx.Response, method: str) -> httpx.URL | None:
    """Where a redirect leads; None if the reply is not a redirect.

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
