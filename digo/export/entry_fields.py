"""The values of the entries of a file, through aliases and `<<`, while some of them change.

A value that one entry gets from another must not change with it. So each field is looked up again after each change,
and an entry whose value would change gets the field itself.
"""

from __future__ import annotations

from collections import defaultdict
from enum import Enum, auto
from typing import TypeAlias

from digo.export.tree import Mapping, Node, Pair, Scalar, resolved

# A text as written, with its variables; None if the entry sets no value.
Value: TypeAlias = str | None


class Unquoted(str):
    """A value that is written without quotes: a flag, a number, a list or a mapping."""


class MissingField(Enum):
    """Lookup results other than a value."""

    NOTHING = auto()
    OTHER = auto()  # a list or a mapping


class EntryFields:
    """The fields of entries, by key.

    Attributes:
        changed: new values of fields, by the mapping that contains them.
        wrapped: new values of entries that are an alias as a whole. Such an entry becomes a mapping of its own.
    """

    def __init__(self, entries: dict[str, Node]) -> None:
        self._entries = entries
        self.changed: dict[Mapping, dict[str, Value]] = defaultdict(dict)
        self.wrapped: dict[str, dict[str, Value]] = defaultdict(dict)

    def current(self, key: str, field: str) -> Value | MissingField:
        """The current value of an entry's field."""
        if key in self.wrapped and field in self.wrapped[key]:
            return self.wrapped[key][field]
        mapping = resolved(self._entries[key])
        return self._looked_up(mapping, field) if isinstance(mapping, Mapping) else MissingField.NOTHING

    def change(self, key: str, field: str, value: Value) -> None:
        """Sets the field in the entry itself."""
        entry = self._entries[key]
        if isinstance(entry, Mapping):
            self.changed[entry][field] = value
        else:
            self.wrapped[key][field] = value

    def overwritten(self) -> list[tuple[Pair, Value]]:
        """The pairs that get a new value."""
        return [
            (pair, value)
            for mapping, fields in self.changed.items()
            for field, value in fields.items()
            if (pair := mapping.own(field)) is not None
        ]

    def _looked_up(self, mapping: Mapping, field: str) -> Value | MissingField:
        if mapping in self.changed and field in self.changed[mapping]:
            return self.changed[mapping][field]
        if (pair := mapping.own(field)) is not None:
            return _value(pair.value)
        for source in mapping.merged():
            if (found := self._looked_up(source, field)) is not MissingField.NOTHING:
                return found
        return MissingField.NOTHING


def _value(node: Node) -> Value | MissingField:
    found = resolved(node)
    if not isinstance(found, Scalar):
        return MissingField.OTHER
    return None if found.is_null else found.value
