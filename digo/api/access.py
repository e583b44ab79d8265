"""Where the API is, with what authorization, and how patiently it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from digo.api.proxy import proxy_of
from digo.api.reply_body import ACCEPT_ENCODING, MEGABYTE
from digo.text.redact import Redactor

if TYPE_CHECKING:  # most stacks have a token
    from digo.api.login import Login

USER_AGENT = "pulumi-digo"
DEFAULT_REPLY_MEGABYTES = 64  # a list of 10,000 agents takes about 6
BYTES_A_VALUE = 32
"""So a list of agents, which has a value for each 20 bytes, may take five eighths of the limit."""


@dataclass(frozen=True)
class Limits:
    """Timeouts and retries.

    Attributes:
        connect_timeout: seconds to connect.
        reply_timeout: seconds that one try may take in all: connection, request, and the reply to its last byte. A
            streamed reply has them for each `STREAM_PIECE` of its body.
        reply_bytes: the most bytes of a reply's body, unpacked. It may have one value of JSON for each `BYTES_A_VALUE`.
            Streamed replies have no such limit: they are not kept.
        tries: tries of one call in all.
        tries_when_late: tries of a call whose reply is not whole in time.
        tries_when_limited: tries of a call that gets 429.
        first_pause: seconds before the second try; each pause doubles, with jitter. A longer `Retry-After` wins.
        longest_pause: the longest pause in seconds.
    """

    connect_timeout: float = 5.0
    reply_timeout: float = 30.0
    reply_bytes: int = DEFAULT_REPLY_MEGABYTES * MEGABYTE
    tries: int = 4
    tries_when_late: int = 2
    tries_when_limited: int = 10
    first_pause: float = 0.5
    longest_pause: float = 30.0


@dataclass(frozen=True)
class Access:
    """Where the API is, and the authorization for it.

    Attributes:
        endpoint: the API's URL; it names the account.
        authorization: the header's whole value; "" where a login gives it. It is never shown.
        port: replaces the port of `endpoint`, as for a sandbox on this machine.
        login: the login that gives the authorization; None where there is a token.
        account: the name that `digo:account` gives the account; "" if it gives none.
    """

    endpoint: str
    authorization: str
    port: int | None = None
    login: Login | None = None
    account: str = ""

    def __repr__(self) -> str:
        return f"Access(endpoint={self.endpoint!r})"

    def url(self, path: str) -> str:
        """The URL of a call's path. The endpoint may end with a slash or not: the page has both."""
        return f"{self.address.rstrip('/')}/{path}"

    @property
    def address(self) -> str:
        """Where requests go."""
        return self.endpoint if self.port is None else str(httpx.URL(self.endpoint).copy_with(port=self.port))

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each request. With a login, the request adds the authorization."""
        return {
            **({} if self.login is not None else {"Authorization": self.authorization}),
            "Accept": "application/json",
            "Accept-Encoding": ACCEPT_ENCODING,
            "User-Agent": USER_AGENT,
        }

    @property
    def current_authorization(self) -> str:
        """The header's value for the next request; "" while a login has given none."""
        return self.authorization if self.login is None else self.login.authorization

    @property
    def identity(self) -> str:
        """What names the account beside its address: the token, or the login id. It is never shown."""
        if self.login is not None:
            return f"login {self.login.credentials.login_id}"
        return self.authorization

    @property
    def redactor(self) -> Redactor:
        """A redactor that hides the authorization, with and without its scheme; or all that a login brings."""
        if self.login is not None:
            return self.login.redactor
        return Redactor({self.authorization, self.authorization.rsplit(" ", 1)[-1]})

    def notice(self) -> str:
        """What the user should know of the login, once a process; "" if there is nothing."""
        return "" if self.login is None else self.login.notice()

    @property
    def encrypted(self) -> bool:
        """Whether certificates are checked. Loading the authorities takes 20 ms, which plain http does not need."""
        return httpx.URL(self.endpoint).scheme != "http"

    @property
    def proxy(self) -> str | None:
        """The proxy of the environment for this address, or None."""
        return proxy_of(self.address)
