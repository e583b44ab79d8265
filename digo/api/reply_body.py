"""Reads the body of a reply up to a limit, and decompresses it as it comes.

A body of a few kilobytes can unpack to gigabytes, also in several layers. So each layer gives its bytes in small
pieces, and the first layer that gives more than the limit ends the reading. Source: RFC 9110, section 8.4.

In Python, `{},` takes thirty times its three bytes. So the signs that begin or separate values have a limit, too.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

ACCEPT_ENCODING = "gzip, deflate"
"""The encodings that the clients ask for, and the only ones that they read."""

MOST_LAYERS = 2
STREAM_PIECE = 64 * 1024
"""A streamed body has the time of a whole reply for each piece of so many bytes. Its length is not a fault."""

MEGABYTE = 1024 * 1024

_PIECE = 64 * 1024  # how many bytes a layer unpacks at once
_GZIP, _ZLIB, _DEFLATE = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_ZLIB_HEADER = 2  # bytes


class ReplyTooLong(Exception):
    """The body is longer than the limit, packed or unpacked, or it has too many values."""

    def __init__(self, limit: int, values: int | None = None) -> None:
        size = f"{limit / MEGABYTE:g} MB"
        super().__init__(
            f"it is longer than {size}"
            if values is None
            else f"it has more than {values:,} values, which take much more memory than {size}"
        )


class BodyDamaged(Exception):
    """The body is not packed as its headers say, or in a way that was not asked for."""


class BodySink(Protocol):
    """Takes a streamed body."""

    @property
    def head(self) -> bytes:
        """What is kept of the body as it came: its beginning, where it is not what is due."""
        ...

    def add(self, piece: bytes) -> None:
        """Takes the next bytes, unpacked. It raises nothing: the reader of the reply reports what is wrong."""
        ...

    def end(self) -> None:
        """The body has ended as its connection says it does."""
        ...


class ReplyBody:
    """Collects one body, or passes it on.

    Args:
        encoding: the `Content-Encoding` header, "" if there is none.
        limit: the most bytes of the body, packed or unpacked.
        most_values: the most signs in the body that begin or separate values of JSON; None for content of other kinds.
        sink: takes the body as it comes, of any length: then neither limit applies.

    Raises:
        BodyDamaged: an encoding is unknown, or there are too many.
    """

    def __init__(self, encoding: str, limit: int, most_values: int | None = None, sink: BodySink | None = None) -> None:
        names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
        if unknown := [name for name in names if name not in ("gzip", "x-gzip", "deflate")]:
            raise BodyDamaged(f"it is packed as {unknown[0][:20]!a}, which was not asked for")
        if len(names) > MOST_LAYERS:
            raise BodyDamaged(f"it is packed {len(names):,} times")
        self._limit = limit if sink is None else sys.maxsize
        self._most_values = most_values if sink is None else None
        self._received = 0
        self.sink = sink
        self._values = 0
        self._content = bytearray()
        self._layers = [_Layer(name, self._limit) for name in reversed(names)]

    def add(self, chunk: bytes) -> bool:
        """Takes the next bytes of the connection.

        Returns:
            Whether a further `STREAM_PIECE` of a streamed body has come, so that its time begins anew.

        Raises:
            ReplyTooLong: the body is longer than the limit, or has too many values.
            BodyDamaged: it cannot be unpacked.
        """
        pieces: Iterable[bytes] = (chunk,)
        for layer in self._layers:
            pieces = layer.unpacked(pieces)
        try:
            self._received += len(chunk)
            if self._received > self._limit:
                raise ReplyTooLong(self._limit)
            for piece in pieces:
                if self.sink is not None:
                    self.sink.add(piece)
                    continue
                self._content += piece
                self._count_values(piece)
        except ReplyTooLong:
            self._content.clear()  # the error's traceback would keep it in memory
            raise
        before = self._received - len(chunk)
        return self.sink is not None and self._received // STREAM_PIECE > before // STREAM_PIECE

    def _count_values(self, piece: bytes) -> None:
        if self._most_values is None:
            return
        self._values += piece.count(b",") + piece.count(b"{") + piece.count(b"[")
        if self._values > self._most_values:
            raise ReplyTooLong(self._limit, self._most_values)

    def end(self) -> bytes:
        """The whole body; of a streamed one, what its sink keeps.

        Raises:
            BodyDamaged: it ends in the middle of a packed stream.
        """
        if self._received and not all(layer.complete for layer in self._layers):
            raise BodyDamaged("it ends before its packed content does")
        if self.sink is None:
            return bytes(self._content)
        self.sink.end()
        return self.sink.head


class _Layer:
    """Unpacks one encoding. A gzip stream may have several members, one after the other."""

    def __init__(self, name: str, limit: int) -> None:
        self._is_gzip = name != "deflate"
        self._limit = limit
        self._given = 0
        self._may_be_bare = not self._is_gzip
        self._begin = b""
        self._stream = zlib.decompressobj(_GZIP if self._is_gzip else _ZLIB)

    @property
    def complete(self) -> bool:
        """Whether the packed stream has ended."""
        return self._stream.eof

    def unpacked(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The content of the packed pieces, in pieces of at most `_PIECE` bytes."""
        for packed in pieces:
            left = packed
            while True:
                if self._stream.eof:
                    # What follows the last member is padding.
                    if not left or not self._is_gzip or not _GZIP_MAGIC.startswith(left[:2]):
                        break
                    self._stream = zlib.decompressobj(_GZIP)
                found = self._next(left)
                self._given += len(found)
                if self._given > self._limit:
                    raise ReplyTooLong(self._limit)
                yield found
                left = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
                if not left and len(found) < _PIECE:
                    break

    def _next(self, packed: bytes) -> bytes:
        try:
            return self._stream.decompress(packed, _PIECE)
        except zlib.error:
            if not self._may_be_bare:
                raise BodyDamaged("it is not packed as its headers say") from None
        finally:
            packed, self._begin = self._begin + packed, (self._begin + packed)[:_ZLIB_HEADER]
        # Some servers send deflate without the header of zlib (RFC 9110, section 8.4.1.2).
        self._may_be_bare = False
        self._stream = zlib.decompressobj(_DEFLATE)
        return self._next(packed)
