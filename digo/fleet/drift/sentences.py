"""What all renderings of a watch say in the same words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digo.fleet.drift.changes import DriftChanges
from digo.fleet.drift.stack_drift import DriftOutcome, Finding, FleetDrift, Origin, StackDrift
from digo.text.counts import counted

ORIGINS = {
    Origin.CONFIG: "changed in config",
    Origin.ACCOUNT: "changed on the account",
    Origin.BOTH: "changed on both sides",
    Origin.STANDING: "as it was after the last up",
    Origin.UNRECORDED: "not in the state",
}


def drift_totals(drift: FleetDrift) -> str:
    """How many stacks have drift: `3 of 500 stacks drifted, 1 so that no up corrects it; 2 could not be read`."""
    read = len(drift.stacks) - len(drift.unknown)
    apart = len(drift.drifted)
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
    if changes.left:
        said.append(f"{counted(len(changes.left), 'stack')} that left the fleet")
    return f"since the watch of {changes.last}: {', '.join(said) or 'nothing changed'}"


def remedy_of(finding: Finding) -> str:
    """Whether an up corrects it, or what else can be done."""
    return "an up corrects it" if finding.corrected else finding.remedy


def by_reason(stacks: Iterable[StackDrift]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each reason with the stacks that have it, the most frequent first."""
    found: dict[str, list[str]] = {}
    for one in stacks:
        if one.reason:
            found.setdefault(one.reason, []).append(one.stack)
    return ((reason, tuple(names)) for reason, names in sorted(found.items(), key=lambda pair: -len(pair[1])))
