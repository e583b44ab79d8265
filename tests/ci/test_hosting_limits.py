"""A hosting service that never ends its reply, or sends one of any length."""

from __future__ import annotations

import gzip
import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from digo.ci import github, hosting
from digo.ci.failure import HostingError
from digo.ci.hosting import Api

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@contextmanager
def service(*parts: bytes, pause: float = 0.0) -> Iterator[Api]:
    """A service that answers with the parts, the last of them again and again."""

    def answer(connection: socket.socket) -> None:
        waiting = threading.Event()
        with suppress(OSError), connection:
            connection.recv(65536)
            for part in parts:
                connection.sendall(part)
            while True:
                waiting.wait(pause)
                connection.sendall(parts[-1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", {})
        listener.shutdown(socket.SHUT_RDWR)


ASKS: dict[str, Callable[[Api], object]] = {
    "an entry": lambda api: api.get("/a"),
    "a comment": lambda api: api.send("POST", "/a", {}),
    "a file": lambda api: api.raw("/a"),
}


@pytest.mark.parametrize("ask", ASKS)
def test_a_reply_that_drips_ends_at_the_deadline(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "TIMEOUT", 0.3)
    with (
        service(HEAD, b"\r\n", b" ", pause=0.02) as api,
        pytest.raises(HostingError, match=r"no whole reply within 0\.3 s"),
    ):
        ASKS[ask](api)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_reply_of_any_length_is_read_up_to_the_limit(ask: str, packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "LONGEST", 2**20)
    more = gzip.compress(b" " * 2**19) if packed else b" " * 2**16
    head = HEAD + (b"content-encoding: gzip\r\n" if packed else b"") + b"\r\n"
    with service(head, more) as api, pytest.raises(HostingError, match="it is longer than 1 MB"):
        ASKS[ask](api)


def test_a_file_has_more_time_the_more_of_it_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "TIMEOUT", 0.3)
    monkeypatch.setattr(hosting, "SLOWEST", 1)
    monkeypatch.setattr(hosting, "LONGEST", 40)
    # Forty bytes take longer than the time of a request: only the limit ends them.
    with service(HEAD, b"\r\n", b" ", pause=0.02) as api, pytest.raises(HostingError, match="it is longer than"):
        api.raw("/a")


def test_an_artefact_is_unpacked_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGO_MAX_CONFIG_MIB", "1")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("plan.json", " " * 2**21)
    environ = {"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://127.0.0.1:1"}
    client = github.GitHub(environ)
    monkeypatch.setattr(Api, "raw", lambda *_: made.getvalue())
    with pytest.raises(HostingError, match=r"plan\.json of the artefact digo-plan: it has more than 1 MiB, unpacked"):
        client._file({"id": 1, "name": "digo-plan"}, "plan.json")  # noqa: SLF001
