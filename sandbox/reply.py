"""What the service answers, before it becomes bytes on a connection."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_GATEWAY_PAGE = """<!DOCTYPE html>
<html><head><title>Service temporarily unavailable</title></head>
<body><center><h1>Service temporarily unavailable</h1></center><hr><center>gateway</center></body></html>
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP answer.

    Attributes:
        status: HTTP status.
        body: the body as it is sent.
        content_type: the `Content-Type` header.
        headers: further headers.
        committed: whether the request changed the account.
        after_ms: milliseconds that the service takes before it answers.
        parts: makes the body part by part, if it is too large to be held; `body` is empty then.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    committed: bool = False
    after_ms: int = 0
    parts: Callable[[], Iterator[bytes]] | None = None

    def whole(self) -> "Reply":
        """The same answer with its body in one piece."""
        return self if self.parts is None else replace(self, body=b"".join(self.parts()), parts=None)

    def content(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def json_reply(
    content: object,
    status: int = 200,
    *,
    committed: bool = False,
    headers: Mapping[str, str] | None = None,
    after_ms: int = 0,
) -> Reply:
    """An answer in JSON."""
    return Reply(status, json_bytes(content), headers=headers or {}, committed=committed, after_ms=after_ms)


def streamed_reply(parts: Callable[[], Iterator[bytes]]) -> Reply:
    """An answer in JSON that is made while it is sent."""
    return Reply(200, b"", parts=parts)


def json_bytes(content: object) -> bytes:
    """The JSON of a content. Half of a surrogate pair, which no UTF-8 holds, is written as JSON escapes it."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


def failure(message: str, status: int = 200) -> Reply:
    """`{success: false, message}`, which the service also sends with status 200."""
    return json_reply({"success": False, "message": message}, status)


def invalid(fields: Mapping[str, str]) -> Reply:
    """A refused body: a root object of field to texts, and no `success`."""
    return json_reply({name: [text] for name, text in fields.items()}, 422)


def too_many_requests(retry_after: int | str | None) -> Reply:
    """The answer over the account's limit; `success` is a string here, as in the sibling's documentation."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return json_reply({"success": "false", "message": "Too many requests."}, 429, headers=headers)


def unauthorized() -> Reply:
    """The answer to a missing or unknown token."""
    return failure("Unauthorized. The token is invalid or has expired.", 401)


def gateway_page(status: int = 200) -> Reply:
    """The HTML page of a gateway in front of the service."""
    return Reply(status, _GATEWAY_PAGE.encode(), "text/html; charset=utf-8")
