"""The routes as a memory-mapped file: an open hash table with constant lookup time.

A slot is three 64-bit numbers: masking number, caller, target. Caller 0 is the entry's rule for every caller, and the
largest number its rule for callers who withhold their number. A target is the digits of a number or, with its top bit
set, the index of a rule. At least half of the slots are empty.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ANY_CALLER = 0
ANONYMOUS_CALLER = (1 << 64) - 1
RULE = 1 << 63

_MAGIC = b"digo-masking-1\n\0"
_HEAD = struct.Struct("<16sQQ")  # magic, slots, length of the rules' JSON
_SLOT = struct.Struct("<QQQ")
_MASK = (1 << 64) - 1
_LEAST_SLOTS = 8


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
            Taken: these two numbers already have a route.
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
        text = json.dumps(rules).encode()
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_HEAD.pack(_MAGIC, self._slots, len(text)))
            rows = array("Q", bytes(24 * self._slots))
            rows[0::3], rows[1::3], rows[2::3] = self._maskings, self._callers, self._targets
            rows.tofile(file)
            file.write(text)
        draft.replace(path)


class TableProblem(Exception):
    """The file is not a valid table."""


class Table:
    """A table to look up in. `rules` has the rules that were written with it."""

    def __init__(self, path: Path) -> None:
        """Maps the file.

        Raises:
            TableProblem: it is no table.
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, self._slots, length = _HEAD.unpack_from(self._map) if len(self._map) >= _HEAD.size else (b"", 0, 0)
        end = _HEAD.size + self._slots * _SLOT.size
        if magic != _MAGIC or len(self._map) != end + length:
            raise TableProblem(f"{path} is no table of routes of this version")
        self._shift = 64 - (self._slots.bit_length() - 1)
        self.rules: dict[str, Any] = json.loads(self._map[end:])

    def get(self, masking: int, caller: int) -> int | None:
        """The target for these two numbers; None if there is none."""
        mapped, read, head, size = self._map, _SLOT.unpack_from, _HEAD.size, _SLOT.size
        slot, last = _place(masking, caller, self._shift), self._slots - 1
        while True:
            found, called_by, target = read(mapped, head + slot * size)
            if found == masking and called_by == caller:
                return int(target)
            if found == 0:
                return None
            slot = (slot + 1) & last

    def close(self) -> None:
        """Unmaps the file."""
        self._map.close()
