"""What the last up left in the state: the third side of a three-way comparison.

It reads Pulumi's deployment (version 3) as `pulumi stack export --show-secrets` prints it. Source: Pulumi's repository,
`sdk/go/common/apitype/core.go` and `sdk/go/common/resource/sig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from digo.desired.renames import NO_RENAMES, Renames, renamed
from digo.lists.digests.known_rows import KnownRows
from digo.lists.sending.shard import ShardState, is_partly_sent
from digo.state.run_summary import RunSummary
from digo.state.uncertain_leads import unknown_write
from protocol.stored import decode_value
from protocol.tokens import RESOURCE_TYPE_PREFIX
from protocol.urn import name_of
from protocol.values import without_secrets


@dataclass(frozen=True)
class AgentState:
    """An agent in the state.

    `wanted` has the fields that the last up or refresh wrote. `live` has the account's fields at that time. If
    `protected`, the engine refuses to delete or forget the agent, as after an import. `formerly` is the key that the
    state has, if config has renamed it; "" otherwise. If `retained`, the engine forgets the agent without a delete.
    """

    key: str
    eid: str
    wanted: Mapping[str, Any]
    live: Mapping[str, Any]
    protected: bool = False
    formerly: str = ""
    retained: bool = False


@dataclass(frozen=True)
class LeadState:
    """A lead in the state, as it was sent.

    `write` is the journal's id of the last known write. `unknown_write` says why the account may
    have something else; it is "" if there is no reason. If `retained`, the engine keeps the row on the account when the
    entry goes, whatever the stack's settings say by then.
    """

    key: str
    list_id: str
    phone: str
    fields: Mapping[str, str]
    write: str = ""
    unknown_write: str = ""
    protected: bool = False
    formerly: str = ""
    retained: bool = False


@dataclass(frozen=True)
class ListState:
    """A list from files in the state.

    `shards` maps each shard's index, from 0, to what the state has of it. `of` is the number of shards. If `partly`, a
    run did not finish sending a shard. If `in_state` is False, only this machine's ledgers know the list, because its
    first run was interrupted. `known` has the known rows of those wanted shards of which this machine's ledger knows
    more than the state. `formerly` is as for agents.
    """

    key: str
    list_id: str
    of: int
    shards: Mapping[int, ShardState]
    in_state: bool = True
    partly: bool = False
    protected: bool = False
    formerly: str = ""
    known: Mapping[int, KnownRows] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The rows in all shards."""
        others = (shard.rows for index, shard in self.shards.items() if index not in self.known)
        return sum(others) + sum(known.rows for known in self.known.values())

    @property
    def unfinished(self) -> bool:
        """Whether a run was cut off that may have sent rows of which nothing is known."""
        return self.partly or not self.in_state or any(one.cut_off for one in self.known.values())


@dataclass(frozen=True)
class BroadcastListState:
    """A list that config names, in the state.

    `wanted` has the inputs of the last up. `fields` are the columns that the list was created with; None if it was
    adopted, because the API does not show them. The others are as for agents.
    """

    key: str
    id: str
    wanted: Mapping[str, Any]
    fields: tuple[str, ...] | None = None
    protected: bool = False
    formerly: str = ""
    retained: bool = False


E = TypeVar("E", AgentState, LeadState, ListState, BroadcastListState)


@dataclass(frozen=True)
class LastUp:
    """The stack's state in the core's own types. `summary` is None before the first up.

    `absent` has the keys of the entries that want an agent to be absent.
    """

    agents: Mapping[str, AgentState] = field(default_factory=dict)
    leads: Mapping[str, LeadState] = field(default_factory=dict)
    lists: Mapping[str, ListState] = field(default_factory=dict)
    guard_input: Mapping[str, Any] | None = None
    broadcast_lists: Mapping[str, BroadcastListState] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    @cached_property
    def summary(self) -> RunSummary | None:
        """What the last up recorded; None before the first up."""
        return None if self.guard_input is None else RunSummary.from_dict(self.guard_input.get("census") or {})

    def renamed(self, renames: Renames) -> LastUp:
        """The state with its entries under their current keys."""
        if renames == NO_RENAMES:
            return self
        guard_input = self.guard_input
        if guard_input is not None and self.summary is not None:
            guard_input = {**guard_input, "census": self.summary.renamed(renames).to_dict()}
        return LastUp(
            {key: _under(key, one) for key, one in renamed(self.agents, renames.agents).items()},
            {key: _under(key, one) for key, one in renamed(self.leads, renames.leads).items()},
            {key: _under(key, one) for key, one in renamed(self.lists, renames.lists).items()},
            guard_input,
            {key: _under(key, one) for key, one in renamed(self.broadcast_lists, renames.broadcast_lists).items()},
            frozenset(renamed(dict.fromkeys(self.absent, ""), renames.agents)),
        )

    @classmethod
    def from_deployment(cls, deployment: Mapping[str, Any]) -> LastUp:
        """The digo resources of a deployment, without those that a replacement left for deletion."""
        agents: dict[str, AgentState] = {}
        leads: dict[str, LeadState] = {}
        lists: dict[str, ListState] = {}
        broadcast_lists: dict[str, BroadcastListState] = {}
        guard_input: Mapping[str, Any] | None = None
        absent: set[str] = set()
        for resource in deployment.get("resources") or ():
            if resource.get("delete") or not str(resource["type"]).startswith(RESOURCE_TYPE_PREFIX):
                continue
            key, inputs = name_of(resource["urn"]), _plain(resource.get("inputs"))
            outputs, protected = _plain(resource.get("outputs")), bool(resource.get("protect"))
            kind = resource["type"].removeprefix(RESOURCE_TYPE_PREFIX)
            if kind == "Agent":
                agents[key] = AgentState(
                    key, str(resource["id"]), inputs, outputs, protected, retained=bool(resource.get("retainOnDelete"))
                )
            elif kind == "AbsentAgent":
                absent.add(key)
            elif kind == "Lead":
                retained = bool(resource.get("retainOnDelete"))
                leads[key] = replace(_lead(key, inputs, outputs, protected=protected), retained=retained)
            elif kind == "LeadShard":
                _add_shard(lists, inputs, outputs, protected=protected)
            elif kind == "BroadcastList":
                made = None if outputs.get("fields") is None else tuple(map(str, outputs["fields"]))
                retained = bool(resource.get("retainOnDelete"))
                broadcast_lists[key] = BroadcastListState(
                    key, str(resource["id"]), inputs, made, protected, retained=retained
                )
            elif kind == "Account":
                guard_input = inputs.get("run")
        return cls(agents, leads, lists, guard_input, broadcast_lists, frozenset(absent))


def _under(key: str, entry: E) -> E:
    """The entry under its current key."""
    return entry if entry.key == key else replace(entry, key=key, formerly=entry.key)


def _lead(key: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any], *, protected: bool) -> LeadState:
    fields, write = inputs.get("fields") or {}, str(outputs.get("write", ""))
    return LeadState(key, inputs["list_id"], inputs["phone"], fields, write, unknown_write(outputs), protected)


def _add_shard(
    lists: dict[str, ListState], inputs: Mapping[str, Any], outputs: Mapping[str, Any], *, protected: bool
) -> None:
    key, of = str(inputs["list"]), int(inputs["of"])
    others = lists.get(key, ListState(key, "", of, {}))
    shards = {**others.shards, int(inputs["shard"]) - 1: ShardState.from_dicts(inputs, outputs)}
    partly = others.partly or is_partly_sent(outputs)
    protected = protected or others.protected
    lists[key] = ListState(key, str(inputs["list_id"]), of, shards, partly=partly, protected=protected)


def _plain(properties: Any) -> Any:
    """The properties with their secrets decoded. A secret that is still encrypted becomes None."""
    return without_secrets(decode_value(properties or {}, lambda _: None))
