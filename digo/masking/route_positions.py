"""Encodes the position of each route as one number: a million positions take eight bytes each."""

from __future__ import annotations

from digo.source.positions import Position

_LINE_BITS, _COLUMN_BITS = 32, 20


class RoutePositions:
    """Encodes positions as numbers, and decodes them."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._numbers: dict[str, int] = {}

    def file(self, name: str) -> int:
        """The index of a file, for `line_of`."""
        if name not in self._numbers:
            self._numbers[name] = len(self._files)
            self._files.append(name)
        return self._numbers[name]

    @staticmethod
    def line_of(file: int, line: int) -> int:
        """The encoded position of the beginning of a line."""
        return (file << _LINE_BITS + _COLUMN_BITS) | (line << _COLUMN_BITS) | 1

    def number(self, position: Position) -> int:
        """The encoded position."""
        column = min(position.column, (1 << _COLUMN_BITS) - 1)
        return self.line_of(self.file(position.file), position.line) - 1 + column

    def position(self, number: int) -> Position:
        """The decoded position."""
        line = number >> _COLUMN_BITS & (1 << _LINE_BITS) - 1
        return Position(self._files[number >> _LINE_BITS + _COLUMN_BITS], line, number & (1 << _COLUMN_BITS) - 1)
