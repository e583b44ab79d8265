"""Servers of raw sockets, for replies that no HTTP server would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Answer = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@contextlib.contextmanager
def raw_server(answer: Answer) -> Iterator[int]:
    """The port of a server that hands each connection to `answer` once a first byte has come."""
    held: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if connection.recv(65536):
                answer(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                held.append(listener.accept()[0])
                threading.Thread(target=serve, args=(held[-1],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def dripping(begin: bytes, drop: bytes) -> Answer:
    """Sends `begin`, and then `drop` again and again, a byte at a time and without end."""

    def answer(connection: socket.socket) -> None:
        pause = threading.Event()
        connection.sendall(begin)
        while True:
            for byte in drop:
                connection.sendall(bytes((byte,)))
                pause.wait(0.01)

    return answer


def repeating(begin: bytes, more: bytes) -> Answer:
    """Sends `begin`, and then `more` again and again, as fast as the client reads."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(more)

    return answer


def saying(reply: bytes) -> Answer:
    """Sends one reply, and waits until the client ends the connection."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(reply)
        while connection.recv(65536):
            pass

    return answer


def packed(body: bytes, encoding: str) -> Answer:
    """A whole reply with a packed body."""
    return saying(HEAD + f"content-encoding: {encoding}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
