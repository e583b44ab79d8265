"""What changed between two watches of a fleet. Pure.

A stack that could not be read, or that this watch did not select, keeps what the last watch knew of it: silence of an
account is not news.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from digo.fleet.drift.stack_drift import DriftOutcome, Finding, FleetDrift, StackDrift

StackFinding = tuple[str, Finding]


@dataclass(frozen=True)
class WatchedStack:
    """One stack, as the last watches left it.

    Attributes:
        outcome: what the last watch of it found.
        read: when it was last read, in UTC (ISO 8601); "" if it never was.
        findings: what was found when it was last read, each with the time of its first watch.
        refused: whether an up would have been refused when it was last read.
    """

    outcome: DriftOutcome
    read: str = ""
    findings: tuple[Finding, ...] = ()
    refused: bool = False


@dataclass(frozen=True)
class Watched:
    """All stacks, as the last watches left them.

    Attributes:
        at: when the last watch began, in UTC (ISO 8601).
        stacks: the stacks by name.
        untold: the notices that could not be sent; the next watch sends them, changed or not.
    """

    at: str
    stacks: Mapping[str, WatchedStack] = field(default_factory=dict)
    untold: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriftChanges:
    """What a watch says that the last one did not.

    Attributes:
        last: when the last watch began; "" if there was none: then all findings are new.
        new: findings of stacks that did not have them.
        changed: findings whose values are others than at the last watch.
        gone: findings of the last watch that no longer exist.
        still: findings that are as they were.
        kept: findings of before, of stacks that could not be read now.
        unread: stacks that could not be read, and could at the last watch.
        reread: stacks that could be read again.
        refused: stacks whose up would be refused, and would not have been at the last watch.
        allowed: stacks whose up would no longer be refused.
        left: stacks of the last watch that are no longer in the fleet.
    """

    last: str = ""
    new: tuple[StackFinding, ...] = ()
    changed: tuple[StackFinding, ...] = ()
    gone: tuple[StackFinding, ...] = ()
    still: tuple[StackFinding, ...] = ()
    kept: tuple[StackFinding, ...] = ()
    unread: tuple[str, ...] = ()
    reread: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is something to tell."""
        stacks = self.unread or self.reread or self.refused or self.allowed
        return bool(self.new or self.changed or self.gone or stacks)


def drift_changes(now: FleetDrift, last: Watched | None, fleet: Collection[str]) -> tuple[DriftChanges, Watched]:
    """What changed, and what the next watch compares with.

    Args:
        now: this watch.
        last: what the last watches left; None if there was none.
        fleet: the names of all stacks of the fleet, also of those that this watch did not select.
    """
    before = dict(last.stacks) if last else {}
    found = _Found()
    after = {name: one for name, one in before.items() if name in fleet}
    for one in now.stacks:
        after[one.stack] = found.add(one, before.get(one.stack), now.at)
    changes = DriftChanges(
        last=last.at if last else "",
        **{name: tuple(those) for name, those in found.findings.items()},
        unread=tuple(found.unread),
        reread=tuple(found.reread),
        refused=tuple(found.refused),
        allowed=tuple(found.allowed),
        left=tuple(name for name in before if name not in fleet),
    )
    return changes, Watched(now.at, after)


class _Found:
    """Collects the changes stack by stack."""

    def __init__(self) -> None:
        self.findings: dict[str, list[StackFinding]] = {
            kind: [] for kind in ("new", "changed", "gone", "still", "kept")
        }
        self.unread: list[str] = []
        self.reread: list[str] = []
        self.refused: list[str] = []
        self.allowed: list[str] = []

    def add(self, now: StackDrift, before: WatchedStack | None, at: str) -> WatchedStack:
        """Compares one stack. Returns what the next watch compares with."""
        was_unknown = before is not None and before.outcome is DriftOutcome.UNKNOWN
        was_refused = before is not None and before.refused
        known = before.findings if before else ()
        if now.outcome is DriftOutcome.UNKNOWN:
            self.findings["kept"] += [(now.stack, one) for one in known]
            if not was_unknown:
                self.unread.append(now.stack)
            return WatchedStack(DriftOutcome.UNKNOWN, before.read if before else "", known, was_refused)
        if was_unknown:
            self.reread.append(now.stack)
        refused = bool(now.reason)
        if refused is not was_refused:
            (self.refused if refused else self.allowed).append(now.stack)
        return WatchedStack(now.outcome, at, tuple(self._compared(now, known, at)), refused)

    def _compared(self, now: StackDrift, known: tuple[Finding, ...], at: str) -> list[Finding]:
        earlier = {one.identity: one for one in known}
        kept = []
        for one in now.findings:
            was = earlier.pop(one.identity, None)
            dated = replace(one, since=was.since if was else at)
            kind = "new" if was is None else "still" if was.values == one.values else "changed"
            self.findings[kind].append((now.stack, dated))
            kept.append(dated)
        self.findings["gone"] += [(now.stack, one) for one in earlier.values()]
        return kept
