"""The journal of a run: one entry for each thing that happened to the state, and how to replay them.

The state after a run, or after a crash in the middle of it, is `replay(base, entries)`: there is no other way in
which state comes about, so what a crash leaves and what a clean end leaves cannot drift apart.
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
    """A resource of the deployment that the run started from: `index` into its `resources`."""

    index: int


@dataclass(frozen=True)
class EntryRef:
    """A resource that an earlier entry of this journal put into the state: that entry's sequence number."""

    sequence: int


StateRef: TypeAlias = BaseRef | EntryRef


@dataclass(frozen=True)
class Begin:
    """A step starts that a crash must not hide. Ended by a `Success` or `Failure` with `begin` = this sequence."""

    sequence: int
    operation: PendingOperation
    durable: ClassVar[bool] = True


@dataclass(frozen=True)
class Success:
    """A step ended well.

    `new` enters the state (None: nothing does); `removes` leave it; `marks_delete` stay, waiting to be deleted
    (the old side of a replacement); `marks_replacement` stay, deleted at the provider before their replacement exists.
    `in_place` says that `new` takes the place of `removes[0]` instead of coming after what was visited so far
    (a refresh changes what a resource is, and visits nothing).
    """

    sequence: int
    begin: int | None
    new: ResourceState | None
    removes: tuple[StateRef, ...] = ()
    marks_delete: tuple[StateRef, ...] = ()
    marks_replacement: tuple[StateRef, ...] = ()
    in_place: bool = False
    durable: ClassVar[bool] = True


@dataclass(frozen=True)
class Kept:
    """A resource was visited and is exactly what it was. Not durable: unvisited resources stay in state anyway."""

    sequence: int
    resource: StateRef
    durable: ClassVar[bool] = False


@dataclass(frozen=True)
class Failure:
    """A step ended badly and left the state as it was."""

    sequence: int
    begin: int
    durable: ClassVar[bool] = True


@dataclass(frozen=True)
class Outputs:
    """RegisterResourceOutputs: a component's or the stack's outputs are now these."""

    sequence: int
    resource: StateRef
    outputs: PropertyMap
    durable: ClassVar[bool] = True


@dataclass(frozen=True)
class PendingCleared:
    """The pending operations of the base are settled and leave the state (all of them, or those at `indices`)."""

    sequence: int
    indices: tuple[int, ...] | None = None
    durable: ClassVar[bool] = True


JournalEntry: TypeAlias = Begin | Success | Kept | Failure | Outputs | PendingCleared


@dataclass
class _Slot:
    """A place in the state that one resource holds; refs lead here, whatever happens to the resource."""

    state: ResourceState
    present: bool = True
    visited: bool = False


def replay(base: Deployment, entries: Iterable[JournalEntry]) -> Deployment:
    """The state after the entries happened to `base`, which stays untouched.

    Resources are in dependency order: those the run visited, in the order it did, then those it did not reach.
    An operation begun and never ended becomes a pending operation.
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
        elif entry.indices is None:
            pending = {}
        else:
            for index in entry.indices:
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
    for ref in entry.marks_replacement:
        slots[ref].state = replace(slots[ref].state, pending_replacement=True)
    if entry.new is not None:
        slot = slots[EntryRef(entry.sequence)] = _Slot(entry.new)
        _visit(slot, visited)


def _with_sound_references(resources: list[ResourceState]) -> list[ResourceState]:
    """The resources, with references to renamed ones (aliases) led to the new name and dangling ones dropped."""
    renamed = {alias: state.urn for state in resources for alias in state.aliases if alias != state.urn}
    present = {state.urn for state in resources}
    for urn in present:
        renamed.pop(urn, None)
    return [_with_sound_reference(state, renamed, present) for state in resources]


def _with_sound_reference(state: ResourceState, renamed: dict[str, str], present: set[str]) -> ResourceState:
    def lead(urns: list[str]) -> list[str]:
        return [new for new in (renamed.get(urn, urn) for urn in urns) if new in present]

    if not state.aliases and all(reference.urn in present for reference in state.references()):
        return state
    provider_urn, provider_id = split_reference(state.provider)
    return replace(
        state,
        parent="".join(lead([state.parent])),
        provider=f"{renamed.get(provider_urn, provider_urn)}::{provider_id}" if state.provider else "",
        dependencies=lead(state.dependencies),
        property_dependencies={key: lead(urns) for key, urns in state.property_dependencies.items()},
        deleted_with="".join(lead([state.deleted_with])),
        aliases=[],
    )
