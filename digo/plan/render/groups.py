"""Steps in groups: those that differ only in key and values are one. Pure."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from digo.plan.field_changes import Outcome
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import one_line
from digo.settings.profiles import Subject
from digo.text.counts import counted

A_HANDFUL = 10
"""A group with more steps is shown as a count and a sample."""

SAMPLE_ENTRIES = 4
"""How many steps of a large group are shown."""

SIGNS = {
    Verb.CANNOT_CONVERGE: "!",
    Verb.REPLACE: "+-",
    Verb.DELETE: "-",
    Verb.FORGET: "-",
    Verb.CREATE: "+",
    Verb.UPDATE: "~",
    Verb.ADOPT: "=",
    Verb.IN_SYNC: "",
    Verb.SENT: "",
}
"""The verbs, each with its sign. What a reviewer must see comes first."""

ORDER = tuple(SIGNS)

NEED_REVIEW = frozenset({Verb.CANNOT_CONVERGE, Verb.REPLACE, Verb.DELETE, Verb.FORGET})
"""Verbs after which the account has lost something, or config and account are not the same."""

# What differs between two reasons of one kind: an EID, a count.
_VALUE = re.compile(r"\beid \S+|\d[\d,.]*")


@dataclass(frozen=True)
class StepGroup:
    """Steps of one verb and subject that say the same about the same fields.

    `fields` has the names of the fields with their outcomes, in the order of the table of fields.
    """

    verb: Verb
    subject: Subject
    fields: tuple[tuple[str, Outcome], ...]
    steps: tuple[PlanStep, ...]

    @property
    def large(self) -> bool:
        """Whether it is shown as a count and a sample."""
        return len(self.steps) > A_HANDFUL

    @property
    def title(self) -> str:
        """`1,000 agents`."""
        return counted(len(self.steps), self.subject.value)

    @property
    def what(self) -> str:
        """`name, follow_me_number set; intercom kept`; "" without fields."""
        by_outcome: dict[Outcome, list[str]] = {}
        for name, outcome in self.fields:
            by_outcome.setdefault(outcome, []).append(one_line(name))
        return "; ".join(f"{', '.join(names)} {outcome.value}" for outcome, names in by_outcome.items())

    @property
    def stuck(self) -> bool:
        """Whether something of each step cannot converge."""
        return bool(self.steps[0].cannot_converge)


def groups_of(steps: Iterable[PlanStep]) -> tuple[StepGroup, ...]:
    """The steps in groups. Groups that need a review come first; otherwise the plan's order stays."""
    found: dict[Hashable, list[PlanStep]] = {}
    for step in steps:
        found.setdefault(_shape(step), []).append(step)
    groups = [
        StepGroup(same[0].verb, same[0].subject, tuple((one.field, one.outcome) for one in same[0].fields), tuple(same))
        for same in found.values()
    ]
    place = {verb: index for index, verb in enumerate(ORDER)}
    # An adopted agent can have fields that cannot converge, too.
    return tuple(sorted(groups, key=lambda one: (not one.stuck, place[one.verb])))


def _shape(step: PlanStep) -> Hashable:
    return (
        step.verb,
        step.subject,
        _VALUE.sub("", step.reason) if step.list is None else "",
        tuple((one.field, one.outcome) for one in step.fields),
        tuple((one.field, one.origin) for one in step.drift),
        step.kept is None,
        not step.formerly,
    )
