"""Keys that entries had before: what the last up called otherwise is the same entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from digo.desired.state import Desired, WantedAgent, WantedLead, WantedList

T = TypeVar("T")


@dataclass(frozen=True)
class Renames:
    """For each kind, the keys by their former keys."""

    agents: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, desired: Desired) -> Renames:
        """What the config says was renamed."""
        return cls(_by_former(desired.agents), _by_former(desired.leads), _by_former(desired.lists))

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Renames:
        """The renames in a property bag that `written` made."""
        agents, leads, lists = (properties.get(kind) or () for kind in ("agents", "leads", "lists"))
        return cls(*(dict(pairs) for pairs in (agents, leads, lists)))

    def written(self) -> dict[str, Any]:
        """The renames as a property bag. They are pairs, since a mapping's order does not outlive the wire."""
        of_kinds = {"agents": self.agents, "leads": self.leads, "lists": self.lists}
        return {kind: [list(pair) for pair in renames.items()] for kind, renames in of_kinds.items()}


NO_RENAMES = Renames()


def renamed(entries: Mapping[str, T], keys: Mapping[str, str]) -> Mapping[str, T]:
    """The last up's entries under the keys that they have now. A former key of an entry that has its key already means
    nothing: the rename is done. Of several former keys that are there, the first that the entry names is it, as to the
    engine; the others are no entries of now."""
    now: dict[str, str] = {}
    taken = set(entries)
    for former, key in keys.items():
        if former in entries and key not in taken:
            now[former] = key
            taken.add(key)
    return {now.get(key, key): entry for key, entry in entries.items()} if now else entries


def _by_former(entries: Iterable[WantedAgent | WantedLead | WantedList]) -> dict[str, str]:
    return {old: entry.key for entry in entries for old in entry.formerly}
