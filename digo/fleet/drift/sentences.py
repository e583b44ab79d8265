"""What all renderings of a watch say in the same words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from digo.fleet.drift.changes import DriftChanges
from digo.fleet.drift.stack_drift import DriftOutcome, Finding, FleetDrift, StackDrift
from digo.fleet.plan.equal_changes import kind_in
from digo.text.counts import counted


def drift_totals(drift: FleetDrift) -> str:
    """How many stacks have drift: `3 of 500 stacks drifted, 1 so that no up corrects it; 2 could not be read`."""
    read = len(drift.stacks) - len(drift.unknown)
    apart = len(drift.drifted)
    if drift.unknown and not read:
        return f"{counted(len(drift.unknown), 'stack')} could not be read"
    text = f"{apart:,} of {counted(read, 'stack')} drifted" if apart else f"no drift in {counted(read, 'stack')}"
    if stuck := len(drift.with_outcome(DriftOutcome.STUCK)):
        text += f", {stuck:,} so that no up corrects it"
    return f"{text}; {len(drift.unknown):,} could not be read" if drift.unknown else text


def change_totals(changes: DriftChanges) -> str:
    """How much is new: `since 2026-11-28T02:00:00Z: 2 new, 1 gone, 40 as before`; "" if there was no last watch."""
    if not changes.last:
        return "no last watch to compare with"
    counts = (
        (changes.new, "new"),
        (changes.changed, "changed"),
        (changes.gone, "gone"),
        ((*changes.still, *changes.kept), "as before"),
    )
    said = [f"{len(found):,} {word}" for found, word in counts if found]
    if changes.unread:
        said.append(f"{counted(len(changes.unread), 'stack')} that can no longer be read")
    if changes.reread:
        said.append(f"{counted(len(changes.reread), 'stack')} that can be read again")
    if changes.refused:
        said.append(f"{counted(len(changes.refused), 'stack')} whose up would now be refused")
    if changes.allowed:
        said.append(f"{counted(len(changes.allowed), 'stack')} whose up is no longer refused")
    if changes.left:
        said.append(f"{counted(len(changes.left), 'stack')} that left the fleet")
    return f"since the watch of {changes.last}: {', '.join(said) or 'nothing changed'}"


def remedy_of(finding: Finding) -> str:
    """Whether an up corrects it, or what else can be done."""
    return "an up corrects it" if finding.corrected else finding.remedy


def by_reason(stacks: Iterable[StackDrift]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each kind of reason with the stacks that have it, the most frequent first; see `by_kind`."""
    return by_kind((one.stack, one.reason) for one in stacks if one.reason)


def notes_of(stacks: Iterable[StackDrift]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each kind of note with the stacks that have it, the most frequent first; see `by_kind`."""
    return by_kind((one.stack, note) for one in stacks for note in one.notes)


def by_kind(said: Iterable[tuple[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Texts of stacks in groups of one kind, each with its first text and its stacks.

    Texts are of one kind if they differ in the stack's name, in numbers and in quoted values alone.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for stack, text in said:
        found.setdefault(kind_in(stack, text), []).append((stack, text))
    groups = sorted(found.values(), key=lambda same: -len(same))
    return tuple((same[0][1], tuple(dict.fromkeys(stack for stack, _ in same))) for same in groups)
