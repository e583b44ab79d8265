"""A receiver of notices for tests, over real HTTP: it keeps what it gets, and replies as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """`replies` are the statuses of the next replies, each with headers; then all are 200.

    `replies_to` has those of one path. `held` has, by path, an event that its replies wait for.
    """

    requests: list[Got] = field(default_factory=list)
    replies: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    replies_to: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    text: str = "ok"
    port: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver on a free port of the loopback."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            receiver.requests.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if self.path in receiver.held:
                receiver.held[self.path].wait(30)
            replies = receiver.replies_to.get(self.path) or receiver.replies
            status, headers = replies.pop(0) if replies else (200, {})
            text = receiver.text.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST  # noqa: N815  # http.server names them

        def log_message(self, format: str, *args: object) -> None:
            """The receiver keeps its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # seconds until it notices its end
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
