"""Former keys of entries: an entry that the last up knew by another key is the same entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from digo.desired.state import Desired, DesiredAgent, DesiredBroadcastList, DesiredLead, DesiredList

T = TypeVar("T")


@dataclass(frozen=True)
class Renames:
    """The current keys by former key, for each kind."""

    agents: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    broadcast_lists: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, desired: Desired) -> Renames:
        """The renames that the config states."""
        return cls(
            _by_former(desired.agents),
            _by_former(desired.leads),
            _by_former(desired.lists),
            _by_former(desired.broadcast_lists),
        )

    @classmethod
    def from_dict(cls, properties: Mapping[str, Any]) -> Renames:
        """The renames from the property bag of `to_dict`."""
        return cls(*(dict(properties.get(kind) or ()) for kind in ("agents", "leads", "lists", "broadcastLists")))

    def to_dict(self) -> dict[str, Any]:
        """The renames as a property bag of pairs, since a mapping's order is lost on the wire."""
        of_kinds = {"agents": self.agents, "leads": self.leads, "lists": self.lists}
        of_kinds |= {"broadcastLists": self.broadcast_lists} if self.broadcast_lists else {}
        return {kind: [list(pair) for pair in renames.items()] for kind, renames in of_kinds.items()}


NO_RENAMES = Renames()


def renamed(entries: Mapping[str, T], keys: Mapping[str, str]) -> Mapping[str, T]:
    """The last up's entries under their current keys.

    If the current key is in the state already, the rename is done and its former keys are ignored. If several former
    keys are in the state, the first that the entry names counts, as for the engine; the others are no current entries.
    """
    now: dict[str, str] = {}
    taken = set(entries)
    for former, key in keys.items():
        if former in entries and key not in taken:
            now[former] = key
            taken.add(key)
    return {now.get(key, key): entry for key, entry in entries.items()} if now else entries


def _by_former(entries: Iterable[DesiredAgent | DesiredLead | DesiredList | DesiredBroadcastList]) -> dict[str, str]:
    return {old: entry.key for entry in entries for old in entry.formerly}
