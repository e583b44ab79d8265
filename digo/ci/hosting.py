"""The interface to a hosting service. Each service has a module of its own beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from digo.api.reply_body import MEGABYTE, BodyDamaged, ReplyTooLong
from digo.api.token_client import RedirectRefused, TokenClient
from digo.ci.failure import HostingError
from digo.system.environment import not_utf8
from digo.text.unicode import is_unicode

TIMEOUT = 30.0  # seconds for a request in all; a file has more, by its size
SLOWEST = 64 * 1024  # bytes a second of a file's download
LONGEST = 64 * MEGABYTE
PAGE = 100  # the largest page that both services give
FLEET_PLAN = "fleet-plan"
"""The name of the fleet's plan, without its ending, in the output folder and in an artefact."""


@dataclass(frozen=True)
class Note:
    """A comment or an issue that this project wrote.

    `number` is an issue's number, 0 for a comment. `url` is its page for people.
    """

    id: int
    number: int
    body: str
    url: str


class Hosting(Protocol):
    """One repository on one service, as the token of a pipeline sees it."""

    @property
    def run(self) -> tuple[str, str]:
        """The pipeline's commit, and the URL of its page for people."""
        ...

    def comments(self) -> Iterator[Note]:
        """The comments on the pipeline's pull request that the pipeline's own account wrote."""
        ...

    def add_comment(self, body: str) -> Note:
        """Adds a comment to the pipeline's pull request."""
        ...

    def edit_comment(self, note: Note, body: str) -> Note:
        """Replaces the text of a comment."""
        ...

    def issues(self, label: str) -> Iterator[Note]:
        """The open issues with the label that the pipeline's own account opened."""
        ...

    def add_issue(self, title: str, body: str, label: str) -> Note:
        """Opens an issue."""
        ...

    def edit_issue(self, note: Note, body: str, *, close: bool = False) -> Note:
        """Replaces the text of an issue, and closes the issue if `close`."""
        ...

    def reviewed_plan(self, stack: str | None) -> bytes:
        """The plan, as JSON, of the head of the pull request that brought the pipeline's commit.

        Args:
            stack: the stack that it is of; None for the plan of the fleet.

        Raises:
            HostingError: no pull request brought the commit, or there is no plan of it that can be trusted.
        """
        ...


class Api:
    """The client of a JSON API with a token. Its errors name the request, never the token."""

    def __init__(
        self, address: str, token_headers: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> None:
        """Makes the client. `token_headers` go to the server of `address` only, `headers` also where it redirects."""
        # Artefacts are on another server.
        self._client = TokenClient(address, token_headers, headers or {}, TIMEOUT, LONGEST)

    def get(self, path: str, **query: str | int) -> Any:
        """The decoded reply to a GET."""
        return self._json("GET", path, params=query)

    def send(self, method: str, path: str, content: Mapping[str, Any]) -> Any:
        """Sends JSON. Returns the decoded reply."""
        return self._json(method, path, json=dict(content))

    def raw(self, path: str) -> bytes:
        """The bytes of a file."""
        return self._reply("GET", path, slowest=SLOWEST).content

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """All entries of a list, page by page."""
        number = 1
        while True:
            page = self.get(path, **query, per_page=PAGE, page=number)
            yield from page
            if len(page) < PAGE:
                return
            number += 1

    def _json(self, method: str, path: str, **more: Any) -> Any:
        reply = self._reply(method, path, **more)
        try:
            return reply.json()
        except (ValueError, RecursionError):
            raise HostingError(f"{method} {path}: the reply is not JSON; is it the address of the API?") from None

    def _reply(self, method: str, path: str, *, slowest: int = 0, **more: Any) -> httpx.Response:
        """A good reply. With `slowest`, each such number of bytes gives the reply a second more."""
        try:
            reply = self._client.request(method, path, slowest=slowest, **more)
        except RedirectRefused as problem:
            raise HostingError(f"{method} {path} failed: {problem}; is it the address of the API?") from None
        except ReplyTooLong as problem:
            raise HostingError(f"{method} {path} failed: the reply was not read: {problem}") from None
        except (httpx.HTTPError, BodyDamaged) as problem:
            late = f"no whole reply within {TIMEOUT:g} s" if self._client.late else type(problem).__name__
            raise HostingError(f"{method} {path} failed: {late}; run the job again") from None
        if reply.is_success:
            return reply
        rights = "; does the job's token have the rights that docs/ci/README.md names?"
        hint = rights if reply.status_code in (401, 403, 404) else ""
        raise HostingError(f"{method} {path} failed: {reply.status_code} {reply.reason_phrase}{hint}")


def needed(environ: Mapping[str, str], name: str) -> str:
    """The value of an environment variable that the pipeline must have.

    Raises:
        HostingError: the variable is missing or empty, or its value is not UTF-8.
    """
    if value := environ.get(name):
        if not is_unicode(value):
            raise HostingError(not_utf8(name))
        return value
    raise HostingError(f"the pipeline has no {name}: see docs/ci/README.md")


def needed_token(environ: Mapping[str, str], name: str) -> str:
    """The token in an environment variable.

    Raises:
        HostingError: the variable is missing or empty, or an HTTP header cannot carry its value.
    """
    token = needed(environ, name).strip()
    if not token.isascii() or not token.isprintable():
        raise HostingError(f"the token of {name} has characters that no HTTP header can carry")
    return token
