"""The stacks whose plan is refused or failed, in groups of one reason; and their notes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from digo.fleet.plan.equal_changes import kind_in
from digo.fleet.plan.stack_plan import PlanOutcome, StackPlan

_ORDER = (PlanOutcome.FAILED, PlanOutcome.REFUSED)


@dataclass(frozen=True)
class ProblemGroup:
    """Stacks whose plans are refused, or have failed, for one kind of reason. There is at least one."""

    plans: tuple[StackPlan, ...]

    @property
    def outcome(self) -> PlanOutcome:
        """Refused or failed."""
        return self.plans[0].outcome

    @property
    def stacks(self) -> tuple[str, ...]:
        """The names of the stacks."""
        return tuple(one.stack for one in self.plans)

    @property
    def reason(self) -> str:
        """The whole reason of the first stack, as an example of its kind."""
        return self.plans[0].reason

    @property
    def same(self) -> bool:
        """Whether the reason is every stack's, word for word."""
        return all(one.reason == self.reason for one in self.plans)


@dataclass(frozen=True)
class NoteGroup:
    """What the plans of these stacks note alike: `text` is the first stack's."""

    text: str
    stacks: tuple[str, ...]


def equal_notes(plans: Iterable[StackPlan]) -> tuple[NoteGroup, ...]:
    """The notes of the plans, in groups: what most stacks have first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for plan in plans:
        for note in plan.notes:
            found.setdefault(kind_in(plan.stack, note), []).append((note, plan.stack))
    groups = (NoteGroup(same[0][0], tuple(dict.fromkeys(stack for _, stack in same))) for same in found.values())
    return tuple(sorted(groups, key=lambda one: -len(one.stacks)))


def equal_problems(plans: Iterable[StackPlan]) -> tuple[ProblemGroup, ...]:
    """The plans that no up begins, in groups: failed ones first, then what most stacks have."""
    found: dict[tuple[PlanOutcome, str], list[StackPlan]] = {}
    for plan in plans:
        if not plan.outcome.can_up:
            found.setdefault((plan.outcome, kind_in(plan.stack, plan.reason)), []).append(plan)
    groups = (ProblemGroup(tuple(same)) for same in found.values())
    return tuple(sorted(groups, key=lambda one: (_ORDER.index(one.outcome), -len(one.plans))))
