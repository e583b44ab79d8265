"""The drift of a fleet as values: findings, stacks, all of it. Every text is masked: it goes into files and notices."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from digo.plan.drift import DriftOrigin

NONE_FOUND, UNREAD, CORRECTED, STUCK = 0, 1, 2, 3


class DriftOutcome(str, Enum):
    """What a watch found out about one stack. The order is that of a table."""

    STUCK = "no up corrects it"
    DRIFT = "an up corrects it"
    UNKNOWN = "unknown"
    NONE = "no drift"


@dataclass(frozen=True)
class Finding:
    """One difference of one stack: a field, or a whole entry, whose field is then its kind.

    Attributes:
        entry: the kind and key of the entry, `agent sales`; the EID of an agent that is in no config.
        field: the field's name.
        verb: what the plan does with the entry, or `unmanaged`.
        origin: which side has changed.
        config: what config wants.
        last: what the last up left.
        account: what the account has.
        remedy: what can be done.
        position: file, line and column of the config's entry; "" where config does not have it.
        corrected: whether an up corrects it.
        since: when a watch first found it, in UTC (ISO 8601); "" before it was compared with the last watch.
    """

    entry: str
    field: str
    verb: str
    origin: DriftOrigin
    config: str
    last: str
    account: str
    remedy: str
    position: str
    corrected: bool
    since: str = dataclasses.field(default="", compare=False)

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two findings of one stack the same one, also where values have changed."""
        return self.entry, self.field

    @property
    def values(self) -> tuple[str, str, str, str]:
        """What of it can change from watch to watch. A change of the remedy's words is none."""
        return self.verb, self.config, self.last, self.account

    @property
    def what(self) -> str:
        """Entry and field: `agent sales: name`; of a whole entry only that."""
        return self.entry if self.entry.partition(" ")[0] == self.field else f"{self.entry}: {self.field}"


@dataclass(frozen=True)
class StackDrift:
    """One stack, as a watch found it.

    Attributes:
        stack: the stack's name.
        outcome: whether there is drift, and whether an up corrects it.
        findings: the differences.
        reason: why the stack could not be read, or why the guards refuse an up; "" otherwise.
        unmanaged: how many agents of the account are in no config, and are not drift.
        notes: what `digo drift` says of the stack on standard error: that its password ends soon, for example.
    """

    stack: str
    outcome: DriftOutcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    unmanaged: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FleetDrift:
    """The stacks of a watch, those with drift first.

    Attributes:
        fleet: the project's name.
        at: when the watch began, in UTC (ISO 8601).
        commit: the commit of the config; "" outside of a repository.
        stacks: one for each stack.
    """

    fleet: str
    at: str
    commit: str
    stacks: tuple[StackDrift, ...]

    def with_outcome(self, outcome: DriftOutcome) -> tuple[StackDrift, ...]:
        """The stacks with that outcome."""
        return tuple(one for one in self.stacks if one.outcome is outcome)

    @property
    def drifted(self) -> tuple[StackDrift, ...]:
        """The stacks with drift, those that no up corrects first."""
        return (*self.with_outcome(DriftOutcome.STUCK), *self.with_outcome(DriftOutcome.DRIFT))

    @property
    def unknown(self) -> tuple[StackDrift, ...]:
        """The stacks that could not be read."""
        return self.with_outcome(DriftOutcome.UNKNOWN)

    @property
    def counts(self) -> Mapping[str, int]:
        """Stacks by outcome, all stacks, and all findings."""
        by_outcome = {outcome.name.lower(): len(self.with_outcome(outcome)) for outcome in DriftOutcome}
        return {"stacks": len(self.stacks), **by_outcome, "findings": sum(len(one.findings) for one in self.stacks)}

    @property
    def exit_code(self) -> int:
        """In detail: 0 no drift, 1 a stack could not be read, 2 an up corrects all, 3 something that no up corrects."""
        if self.unknown:
            return UNREAD
        if self.with_outcome(DriftOutcome.STUCK):
            return STUCK
        return CORRECTED if self.drifted else NONE_FOUND


def in_order(stacks: Iterable[StackDrift]) -> tuple[StackDrift, ...]:
    """The stacks in the order of a table: by outcome, then by name."""
    places = {outcome: place for place, outcome in enumerate(DriftOutcome)}
    return tuple(sorted(stacks, key=lambda one: (places[one.outcome], one.stack)))
