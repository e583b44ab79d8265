"""The journal of a run: an entry for each change of the state, and the function that replays them.

The state after a run, and after a crash during it, is `replay(base, entries)`. No other code makes state, so both are
made by the same rules.
The rules (new resources first, then those not yet visited) follow Pulumi's snapshot manager.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from engine.model import Deployment, PendingOperation, ResourceState
from protocol.urn import split_reference
from protocol.values import PropertyMap


@dataclass(frozen=True)
class BaseRef:
    """A resource of the state before the run: the index into its `resources`."""

    index: int


@dataclass(frozen=True)
class EntryRef:
    """A resource that an earlier entry of this journal wrote: the sequence number of that entry."""

    sequence: int


StateRef: TypeAlias = BaseRef | EntryRef


@dataclass(frozen=True)
class JournalEntry:
    """An entry. A `durable` one is on the disk before the run goes on."""

    sequence: int
    durable: ClassVar[bool] = True


@dataclass(frozen=True)
class Begin(JournalEntry):
    """A step begins that changes a real resource. A `Success` or `Failure` with `begin` = this sequence ends it."""

    operation: PendingOperation


@dataclass(frozen=True)
class Success(JournalEntry):
    """A step succeeded.

    `new` is added to the state, or nothing if it is None. `removes` are removed. `marks_delete` stay, marked for
    deletion (the old side of a replacement). `in_place`: `new` takes the place of `removes[0]`, as in a refresh; else
    it comes after the resources visited so far.
    """

    begin: int | None
    new: ResourceState | None
    removes: tuple[StateRef, ...] = ()
    marks_delete: tuple[StateRef, ...] = ()
    in_place: bool = False


@dataclass(frozen=True)
class Kept(JournalEntry):
    """A resource was visited and is unchanged. Not durable: resources that were not visited stay in the state too."""

    resource: StateRef
    durable: ClassVar[bool] = False


@dataclass(frozen=True)
class Failure(JournalEntry):
    """A step failed and did not change the state."""

    begin: int


@dataclass(frozen=True)
class Outputs(JournalEntry):
    """The new outputs of a component or of the stack (`RegisterResourceOutputs`)."""

    resource: StateRef
    outputs: PropertyMap


@dataclass(frozen=True)
class PendingCleared(JournalEntry):
    """The pending operations of the base are removed from the state (all of them, or those at `indices`)."""

    indices: tuple[int, ...] | None = None


@dataclass
class _Slot:
    """The place of one resource in the state. References lead to it, even after the resource changed."""

    state: ResourceState
    present: bool = True
    visited: bool = False


def replay(base: Deployment, entries: Iterable[JournalEntry]) -> Deployment:
    """Applies the entries to `base`, and returns the new state; `base` itself does not change.

    Resources are in dependency order: first those that the run visited, in its order, then the others. An operation
    that began and did not end becomes a pending operation.
    """
    slots: dict[StateRef, _Slot] = {BaseRef(i): _Slot(state) for i, state in enumerate(base.resources)}
    untouched = list(slots.values())
    visited: list[_Slot] = []
    begun: dict[int, PendingOperation] = {}
    pending = dict(enumerate(base.pending_operations))

    for entry in entries:
        if isinstance(entry, Begin):
            begun[entry.sequence] = entry.operation
        elif isinstance(entry, Failure):
            begun.pop(entry.begin, None)
        elif isinstance(entry, Kept):
            slot = slots[entry.resource]
            slots[EntryRef(entry.sequence)] = slot
            _visit(slot, visited)
        elif isinstance(entry, Success):
            if entry.begin is not None:
                begun.pop(entry.begin, None)
            _apply(entry, slots, visited)
        elif isinstance(entry, Outputs):
            slot = slots[entry.resource]
            slot.state = replace(slot.state, outputs=entry.outputs)
        elif isinstance(entry, PendingCleared):
            for index in list(pending) if entry.indices is None else entry.indices:
                pending.pop(index, None)

    kept = [slot.state for slot in visited if slot.present]
    kept += [slot.state for slot in untouched if slot.present and not slot.visited]
    return replace(
        base, resources=_with_sound_references(kept), pending_operations=[*pending.values(), *begun.values()]
    )


def _visit(slot: _Slot, visited: list[_Slot]) -> None:
    if not slot.visited:
        slot.visited = True
        visited.append(slot)


def _apply(entry: Success, slots: dict[StateRef, _Slot], visited: list[_Slot]) -> None:
    if entry.in_place and entry.new is not None:
        slot = slots[entry.removes[0]]
        slot.state = entry.new
        slots[EntryRef(entry.sequence)] = slot
        return
    for ref in entry.removes:
        slots[ref].present = False
    for ref in entry.marks_delete:
        slots[ref].state = replace(slots[ref].state, delete=True)
    if entry.new is not None:
        slot = slots[EntryRef(entry.sequence)] = _Slot(entry.new)
        _visit(slot, visited)


def _with_sound_references(resources: list[ResourceState]) -> list[ResourceState]:
    """The resources with references to the new names of renamed ones (aliases), and without dangling references."""
    renamed = {alias: state.urn for state in resources for alias in state.aliases if alias != state.urn}
    present = {state.urn for state in resources}
    for urn in present:
        renamed.pop(urn, None)
    return [_with_sound_reference(state, renamed, present) for state in resources]


def _with_sound_reference(state: ResourceState, renamed: dict[str, str], present: set[str]) -> ResourceState:
    def resolved(urns: list[str]) -> list[str]:
        return [new for new in (renamed.get(urn, urn) for urn in urns) if new in present]

    if not state.aliases and all(reference.urn in present for reference in state.references()):
        return state
    provider_urn, provider_id = split_reference(state.provider)
    return replace(
        state,
        parent="".join(resolved([state.parent])),
        provider=f"{renamed.get(provider_urn, provider_urn)}::{provider_id}" if state.provider else "",
        dependencies=resolved(state.dependencies),
        property_dependencies={key: resolved(urns) for key, urns in state.property_dependencies.items()},
        deleted_with="".join(resolved([state.deleted_with])),
        aliases=[],
    )
