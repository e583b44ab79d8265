"""The sizes of a Parquet file's pages, as their own headers state them.

Arrow takes memory for a page by its header. The file's footer states sizes as well, and may state others. Source: the
format's `parquet.thrift` (`PageHeader`), and Thrift's compact protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_WINDOW = 1 << 20  # a header has some bytes, and two values of its column where statistics are written
_MOST_PAGES = 1_000_000
_MOST_DEPTH = 8
_DICTIONARY = 2
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12


class Page(NamedTuple):
    """One page; `unpacked` is its size in memory, in bytes."""

    is_dictionary: bool
    unpacked: int


def pages(path: Path, start: int, length: int) -> Iterator[Page]:
    """The pages in the bytes of a column. They end early where a header is none: Arrow says then what is wrong.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        end = start + length
        for _ in range(_MOST_PAGES):
            if start >= end:
                return
            try:
                page, size = _page(file, start)
            except (IndexError, ValueError):
                return
            yield page
            start += size


def _page(file: BinaryIO, start: int) -> tuple[Page, int]:
    """A page, and the bytes that it takes in the file with its header."""
    file.seek(start)
    header = _Compact(file.read(_WINDOW))
    numbers = header.numbers()
    kind, unpacked, packed = (numbers[field] for field in (1, 2, 3))
    if unpacked < 0 or packed < 0:
        raise ValueError("a size is negative")
    return Page(kind == _DICTIONARY, unpacked), header.at + packed


class _Compact:
    """Reads Thrift's compact protocol. `at` is the place of the next byte."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def numbers(self) -> list[int]:
        """The first numbers of a struct by field; 0 for a field that is not a number. All of the struct is read."""
        found = [0] * 5
        for field, kind in self._fields():
            if field < len(found) and _BYTE < kind < _DOUBLE:
                found[field] = self._number()
            else:
                self._skip(kind, 0)
        return found

    def _fields(self) -> Iterator[tuple[int, int]]:
        field = 0
        while (head := self._byte()) != _STOP:
            field = field + (head >> 4) if head >> 4 else self._number()
            yield field, head & 15

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _MOST_DEPTH:
            raise ValueError("nested too deeply")
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self._byte()
        elif kind < _DOUBLE:
            self._varint()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            length = self._varint()
            self.at += length
        elif kind in (_LIST, _SET):
            head = self._byte()
            for _ in range(head >> 4 if head >> 4 < 15 else self._varint()):
                self._skip(_BYTE if head & 15 in (_TRUE, _FALSE) else head & 15, depth + 1)
        elif kind == _STRUCT:
            for _, inner in self._fields():
                self._skip(inner, depth + 1)
        else:
            raise ValueError("a header has no such field")

    def _byte(self) -> int:
        self.at += 1
        return self._content[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("a number is too long")

    def _number(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
