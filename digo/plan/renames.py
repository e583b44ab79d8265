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
        agents, leads, lists = (dict(properties.get(kind) or {}) for kind in ("agents", "leads", "lists"))
        return cls(agents, leads, lists)

    def written(self) -> dict[str, Any]:
        """The renames as a property bag."""
        return {"agents": dict(self.agents), "leads": dict(self.leads), "lists": dict(self.lists)}


NO_RENAMES = Renames()


def renamed(entries: Mapping[str, T], keys: Mapping[str, str]) -> Mapping[str, T]:
    """The last up's entries under the keys that they have now. A former key of an entry that has its key already means
    nothing: the rename is done."""
    if not any(key in entries for key in keys):
        return entries
    return {keys[key] if key in keys and keys[key] not in entries else key: entry for key, entry in entries.items()}


def _by_former(entries: Iterable[WantedAgent | WantedLead | WantedList]) -> dict[str, str]:
    return {old: entry.key for entry in entries for old in entry.formerly}
