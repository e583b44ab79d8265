"""Stores on this machine: a web server with faults, what GCS answers, and moto for S3."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

BUCKET = "leads"
# None of the machine's own credentials, and no question to a cloud's metadata server.
LONELY = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1", "NO_GCE_CHECK": "true"}
KEYS = {"AWS_ACCESS_KEY_ID": "example", "AWS_SECRET_ACCESS_KEY": "example-key"}


class WebServer(ThreadingHTTPServer):
    """Serves `files` by path. The fields change how; `seen` has the requests: path with query, and headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        self.cut_off: set[str] = set()
        self.endless: set[str] = set()
        self.chunked: set[str] = set()
        self.seen: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has read enough is not an error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        path = unquote(urlsplit(self.path).path)
        if path in self.server.answers:
            self._answer(*self.server.answers[path])
        elif path in self.server.files:
            self._file(path, self.server.files[path])
        else:
            self._answer(404, {})

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _file(self, path: str, content: bytes) -> None:
        if path in self.server.endless:
            self.close_connection = True
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)
        elif path in self.server.chunked:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
            if path not in self.server.cut_off:
                self.wfile.write(b"0\r\n\r\n")
            self.close_connection = True
        elif path in self.server.cut_off:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", str(len(content) + 10))
            self.end_headers()
            self.wfile.write(content)
        else:
            self._answer(200, {}, content)

    def log_message(self, *_: Any) -> None:
        """Prints nothing."""


class GcsServer(WebServer):
    """What Google's JSON API answers for the objects of one bucket: `/name` in `files` and `answers`."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _GcsHandler


class _GcsHandler(_Handler):
    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        parts = urlsplit(self.path)
        before, _, name = parts.path.partition(f"/b/{BUCKET}/o")
        key = unquote(name)
        if key in self.server.answers:
            self._answer(*self.server.answers[key], body=b"{}")
        elif not key:
            prefix = parse_qs(parts.query).get("prefix", [""])[0]
            found = [self._described(one) for one in self.server.files if one[1:].startswith(prefix)]
            self._answer(200, {}, json.dumps({"items": found} if found else {}).encode())
        elif key not in self.server.files:
            self._answer(404, {}, b"{}")
        elif "alt=media" in parts.query or before.startswith("/download"):
            self._file(key, self.server.files[key])
        else:
            self._answer(200, {}, json.dumps(self._described(key)).encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def _described(self, key: str) -> dict[str, str]:
        media = f"{self.server.url}/download/storage/v1/b/{BUCKET}/o{key}?alt=media"
        content = self.server.files[key]
        return {
            "name": key[1:],
            "bucket": BUCKET,
            "size": str(len(content)),
            "generation": str(hash(content)),
            "mediaLink": media,
        }


class S3Store:
    """A bucket of moto's server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, name: str, content: bytes) -> None:
        """Writes an object."""
        owner = {"Authorization": "AWS example:signature"}  # only an owner may write an object again
        answer = httpx.put(f"{self.url}/{BUCKET}/{name}", content=content, headers=owner)
        assert answer.status_code == 200, answer.text


@contextmanager
def running(server: WebServer) -> Iterator[WebServer]:
    """The server, until the end of the context."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def running_s3() -> Iterator[S3Store]:
    """An empty bucket, until the end of the context."""
    from moto.server import ThreadedMotoServer  # a second of work, which most workers of `pytest` do not need

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = S3Store(f"http://{host}:{port}")
        # moto's servers of one process share their buckets
        assert httpx.post(f"{store.url}/moto-api/reset").status_code == 200
        assert httpx.put(f"{store.url}/{BUCKET}").status_code == 200
        yield store
    finally:
        server.stop()


def be_lonely(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    """Takes the machine's own credentials away."""
    for name in (*KEYS, "AWS_SESSION_TOKEN", "AWS_PROFILE", "GOOGLE_APPLICATION_CREDENTIALS", "DIGO_STORES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**LONELY, "HOME": home}.items():
        monkeypatch.setenv(name, value)
