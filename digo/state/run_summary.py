"""What a run saw and planned, in the few facts that guards and the next run need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from digo.desired.renames import Renames, renamed

_SHORT = 16  # hex digits of the digests in summaries of version 0.1.0


def is_digest(recorded: str, digest: str) -> bool:
    """Whether a summary recorded this digest. Version 0.1.0 recorded only its beginning."""
    return recorded in recorded_forms(digest)


def recorded_forms(digest: str) -> tuple[str, str]:
    """The digest as this version records it, and as version 0.1.0 did."""
    return digest, digest[:_SHORT]


@dataclass(frozen=True)
class RunSummary:
    """The facts that guards compare between two runs.

    Attributes:
        endpoint: the API's address.
        profile: the name of the stack's profile.
        seen: the agents on the account.
        unblocked: those of them that take calls.
        agents: the EID of each wanted agent, by key; "" if it must be created.
        leads: a digest of what is sent, by the lead's key.
        wanted: a digest of the entry, by the agent's key.
        lists: the number of rows, by the key of a list from files.
        ledger_key: identifies the key of the lists' digests; "" without such a list.
        changed: the fields that the run changes, by the key of the agent that the account has.
        absent: the EIDs of the agents that the run deletes, by the key of the entry that wants them to be absent.
        deletes: whether an up deletes agents that are gone from config.
        broadcast_lists: the id of each list that config names, by its key; "" if the account has no list of its name.
        suppressed: how many rows or leads of a list are suppressed, and how many it has with these, by the list's key.
            Lists without suppressed rows are not in it.
    """

    endpoint: str
    profile: str
    seen: int
    unblocked: int
    agents: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)
    ledger_key: str = ""
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deletes: bool = False
    broadcast_lists: Mapping[str, str] = field(default_factory=dict)
    suppressed: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def resources(self) -> int:
        """How many entries the run wants; a list from files is one, and a list that config names one more."""
        return len(self.agents) + len(self.leads) + len(self.lists) + len(self.broadcast_lists)

    @cached_property
    def begun(self) -> frozenset[str]:
        """The keys of the agents that the run was to create."""
        return frozenset(key for key, eid in self.agents.items() if not eid)

    @classmethod
    def from_dict(cls, properties: Mapping[str, Any]) -> RunSummary:
        """The summary from the property bag of `to_dict`. Fields that an older version lacked are empty."""
        return cls(
            endpoint=str(properties.get("endpoint", "")),
            profile=str(properties.get("profile", "")),
            seen=int(properties.get("seen", 0)),
            unblocked=int(properties.get("unblocked", 0)),
            agents={str(key): str(eid) for key, eid in (properties.get("agents") or {}).items()},
            leads={str(key): str(digest) for key, digest in (properties.get("leads") or {}).items()},
            wanted={str(key): str(digest) for key, digest in (properties.get("wanted") or {}).items()},
            lists={str(key): int(rows) for key, rows in (properties.get("lists") or {}).items()},
            ledger_key=str(properties.get("ledgerKey", "")),
            changed={str(key): tuple(fields) for key, fields in (properties.get("changed") or {}).items()},
            absent={str(key): tuple(eids) for key, eids in (properties.get("absent") or {}).items()},
            deletes=bool(properties.get("deletes")),
            broadcast_lists={str(key): str(id_) for key, id_ in (properties.get("broadcastLists") or {}).items()},
            suppressed={
                str(key): (int(some), int(rows)) for key, (some, rows) in (properties.get("suppressed") or {}).items()
            },
        )

    def renamed(self, renames: Renames) -> RunSummary:
        """The summary under the current keys of its entries."""
        return replace(
            self,
            agents=renamed(self.agents, renames.agents),
            wanted=renamed(self.wanted, renames.agents),
            leads=renamed(self.leads, renames.leads),
            lists=renamed(self.lists, renames.lists),
            changed=renamed(self.changed, renames.agents),
            absent=renamed(self.absent, renames.agents),
            broadcast_lists=renamed(self.broadcast_lists, renames.broadcast_lists),
        )

    def to_dict(self) -> dict[str, Any]:
        """The summary as a property bag. Facts of features that the run does not use are left out."""
        rare = {
            "changed": {key: list(fields) for key, fields in self.changed.items()},
            "absent": {key: list(eids) for key, eids in self.absent.items()},
            "deletes": self.deletes,
            "broadcastLists": dict(self.broadcast_lists),
            "suppressed": {key: list(counts) for key, counts in self.suppressed.items()},
        }
        return {
            "endpoint": self.endpoint,
            "profile": self.profile,
            "seen": self.seen,
            "unblocked": self.unblocked,
            "agents": dict(self.agents),
            "leads": dict(self.leads),
            "wanted": dict(self.wanted),
            "lists": dict(self.lists),
            "ledgerKey": self.ledger_key,
            **{name: value for name, value in rare.items() if value},
        }
