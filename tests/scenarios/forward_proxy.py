"""A forward proxy that knows one server, whatever host it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx


@contextmanager
def forward_proxy(to: str) -> Iterator[tuple[str, list[str]]]:
    """The proxy's `host:port`, and what it is asked for: method and address of each request."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            asked.append(f"{self.command} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"{to}{urlsplit(self.path).path}"
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            reply = httpx.request(self.command, url, content=body, headers=headers, trust_env=False, timeout=60)
            self.send_response(reply.status_code)
            self.send_header("Content-Type", reply.headers["content-type"])
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST = _forward  # noqa: N815  # http.server names them

        def do_CONNECT(self) -> None:
            asked.append(f"CONNECT {self.path}")
            self.send_error(502)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
