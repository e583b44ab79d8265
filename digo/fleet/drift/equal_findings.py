"""Groups of equal findings over stacks: one change that somebody made in many accounts is one line. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from digo.fleet.drift.stack_drift import Finding, StackDrift
from digo.plan.drift import DriftOrigin
from digo.text.counts import counted


@dataclass(frozen=True)
class FindingGroup:
    """The findings of one entry's field that have verb and origin in common.

    Attributes:
        findings: each stack with its finding, in the order of the stacks.
    """

    findings: tuple[tuple[str, Finding], ...]

    @property
    def first(self) -> Finding:
        """What they have in common; its values are those of the first stack."""
        return self.findings[0][1]

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks."""
        return tuple(stack for stack, _ in self.findings)

    @property
    def origin(self) -> DriftOrigin:
        """Which side has changed."""
        return self.first.origin

    def shown(self, side: str) -> str:
        """The value of `config`, `last` or `account`: the one that all have, or how many there are."""
        values = {str(getattr(finding, side)) for _, finding in self.findings}
        return values.pop() if len(values) == 1 else counted(len(values), "value")


def equal_findings(found: Iterable[tuple[str, Finding]]) -> tuple[FindingGroup, ...]:
    """All findings in groups. What no up corrects comes first, then the largest group."""
    groups: dict[tuple[object, ...], list[tuple[str, Finding]]] = {}
    for stack, one in found:
        groups.setdefault((one.verb, one.entry, one.field, one.origin, one.corrected), []).append((stack, one))
    made = [FindingGroup(tuple(same)) for same in groups.values()]
    return tuple(sorted(made, key=lambda one: (one.first.corrected, -len(one.findings), one.first.what)))


def all_findings(stacks: Iterable[StackDrift]) -> Iterable[tuple[str, Finding]]:
    """Each finding with its stack."""
    return ((one.stack, finding) for one in stacks for finding in one.findings)
