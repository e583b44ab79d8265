"""The routes as a file: an open hash table with constant lookup time.

A slot is three 64-bit numbers: masking number, caller, target. Caller 0 is the entry's rule for every caller, and the
largest number its rule for callers who withhold their number. A target is the digits of a number or, with its top bit
set, the index of a rule. At least half of the slots are empty.

The file has a head, the rules as JSON, and blocks of 16 slots. Each block has a checksum, and a lookup checks the one
or two blocks that it reads. A file that is cut off, damaged or overwritten is therefore never believed. It is read and
not mapped: a mapped file that shrinks kills the process that looks at it (SIGBUS).
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from digo.masking.private_file import write_all

ANY_CALLER = 0
ANONYMOUS_CALLER = (1 << 64) - 1
RULE = 1 << 63

_MAGIC = b"digo-masking-2\n\0"
_HEAD = struct.Struct("<16sQQQQ")  # magic, slots, length of the rules' JSON, seed of the checksums, checksum
_SLOT = struct.Struct("<QQQ")
_CHECK = struct.Struct("<Q")
_MASK = (1 << 64) - 1
_BLOCK_SLOTS = 16
_ROWS_BYTES = _BLOCK_SLOTS * _SLOT.size
_BLOCK_BYTES = _ROWS_BYTES + _CHECK.size
_LEAST_SLOTS = _BLOCK_SLOTS
_MOST_RULES = 1 << 30  # bytes; a damaged length must not make us read the rest of the disk


def _place(masking: int, caller: int, shift: int) -> int:
    mixed = (masking * 0x9E3779B97F4A7C15 + caller * 0xC2B2AE3D27D4EB4F) & _MASK
    mixed ^= mixed >> 29
    return (mixed * 0xBF58476D1CE4E5B9 & _MASK) >> shift


class RouteConflict(Exception):
    """The pair of numbers already has a target; `where` is the value that `put` received for it."""

    def __init__(self, where: int) -> None:
        super().__init__(where)
        self.where = where


class TableMaker:
    """Collects routes in a fixed amount of memory for each, then writes the table."""

    def __init__(self) -> None:
        self.routes = 0
        self._resize(_LEAST_SLOTS)

    def _resize(self, slots: int) -> None:
        self._slots = slots
        self._shift = 64 - (slots.bit_length() - 1)
        self._maskings, self._callers, self._targets, self._wheres = (array("Q", bytes(8 * slots)) for _ in range(4))

    def put(self, masking: int, caller: int, target: int, where: int) -> None:
        """Adds a route. `where` is the route's position in the caller's encoding.

        Raises:
            RouteConflict: these two numbers already have a route.
        """
        if 2 * (self.routes + 1) > self._slots:
            self._grow()
        maskings, callers, last = self._maskings, self._callers, self._slots - 1
        slot = _place(masking, caller, self._shift)
        while (found := maskings[slot]) != 0:
            if found == masking and callers[slot] == caller:
                raise RouteConflict(self._wheres[slot])
            slot = (slot + 1) & last
        maskings[slot], callers[slot], self._targets[slot], self._wheres[slot] = masking, caller, target, where
        self.routes += 1

    def _grow(self) -> None:
        old = (self._maskings, self._callers, self._targets, self._wheres)
        self._resize(self._slots * 2)
        self.routes = 0
        for masking, caller, target, where in zip(*old, strict=True):
            if masking:
                self.put(masking, caller, target, where)

    def write(self, path: Path, rules: Mapping[str, Any]) -> None:
        """Writes the table beside `path` and moves it there. Only its owner can read it.

        Raises:
            OSError: it cannot be written.
        """
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self.write_to(descriptor, rules)
        finally:
            os.close(descriptor)
        draft.replace(path)

    def write_to(self, descriptor: int, rules: Mapping[str, Any]) -> None:
        """Writes the table into an open, empty file.

        Raises:
            OSError: it cannot be written.
        """
        text = json.dumps(rules).encode()
        seed = int.from_bytes(os.urandom(4), "little")  # so that a block of another table does not pass
        write_all(descriptor, _head(self._slots, text, seed) + text)
        rows = array("Q", bytes(_SLOT.size * self._slots))
        rows[0::3], rows[1::3], rows[2::3] = self._maskings, self._callers, self._targets
        write_all(descriptor, b"".join(_blocks(memoryview(rows).cast("B"), seed)))


def _head(slots: int, rules: bytes, seed: int) -> bytes:
    parts = (_MAGIC, slots, len(rules), seed)
    return _HEAD.pack(*parts, zlib.crc32(rules, zlib.crc32(_HEAD.pack(*parts, 0))))


def _blocks(rows: memoryview, seed: int) -> Iterator[bytes | memoryview]:
    for block, start in enumerate(range(0, len(rows), _ROWS_BYTES)):
        content = rows[start : start + _ROWS_BYTES]
        yield content
        yield _CHECK.pack(_checksum(content, block, seed))


def _checksum(rows: bytes | memoryview, block: int, seed: int) -> int:
    """A block's checksum. It has the block's place in it, so a block that was moved does not pass."""
    return zlib.crc32(rows, seed ^ block) << 32 | block


class TableProblem(Exception):
    """The file is not a valid table."""


class TableDamaged(TableProblem):
    """The table was valid when it was opened. It has been cut off or changed since."""


class Table:
    """A table to look up in. `rules` has the rules that were written with it."""

    def __init__(self, file: Path | int) -> None:
        """Opens the file, or takes the descriptor of an open one. It closes the descriptor, also where it raises.

        Raises:
            TableProblem: it is not a table.
            OSError: it cannot be read.
        """
        self._descriptor = file if isinstance(file, int) else os.open(file, os.O_RDONLY)
        try:
            self.rules: dict[str, Any] = json.loads(self._read_head())
        except BaseException:
            self.close()
            raise

    def _read_head(self) -> bytes:
        head = os.pread(self._descriptor, _HEAD.size, 0)
        if len(head) == _HEAD.size:
            magic, slots, length, seed, _ = _HEAD.unpack(head)
            size = _HEAD.size + length + slots // _BLOCK_SLOTS * _BLOCK_BYTES
            if magic == _MAGIC and length <= _MOST_RULES and os.fstat(self._descriptor).st_size == size:
                text = os.pread(self._descriptor, length, _HEAD.size)
                if head == _head(slots, text, seed):
                    self._slots, self._seed, self._start = slots, seed, _HEAD.size + length
                    self._shift = 64 - (slots.bit_length() - 1)
                    return text
        raise TableProblem("this is not a table of routes of this version, or it is damaged")

    def get(self, masking: int, caller: int) -> int | None:
        """The target for these two numbers; None if there is none.

        Raises:
            TableDamaged: what is asked for is damaged or missing in the file.
        """
        read, size = _SLOT.unpack_from, _SLOT.size
        slot, blocks = _place(masking, caller, self._shift), self._slots // _BLOCK_SLOTS
        block, row = divmod(slot, _BLOCK_SLOTS)
        while True:
            rows = self._rows(block)
            for at in range(row * size, _ROWS_BYTES, size):
                found, called_by, target = read(rows, at)
                if found == masking and called_by == caller:
                    return int(target)
                if found == 0:
                    return None
            block, row = (block + 1) % blocks, 0

    def _rows(self, block: int) -> bytes:
        """A block's slots. The copy that is checked is the copy that is read."""
        try:
            content = os.pread(self._descriptor, _BLOCK_BYTES, self._start + block * _BLOCK_BYTES)
        except OSError as problem:
            raise TableDamaged(f"the table cannot be read: {problem.strerror}") from None
        rows = content[:_ROWS_BYTES]
        if len(content) != _BLOCK_BYTES or _CHECK.unpack_from(content, _ROWS_BYTES)[0] != _checksum(
            rows, block, self._seed
        ):
            raise TableDamaged("the table is cut off or damaged")
        return rows

    def close(self) -> None:
        """Closes the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1
