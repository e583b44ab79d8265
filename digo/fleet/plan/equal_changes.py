"""Groups of equal changes over the stacks of a fleet: *rename of agent sales in 212 stacks*. Pure.

Two changes are equal if their verb, subject, key, fields and masked values are, and their reasons are of one kind. A
number is masked, so two equal changes of numbers may be of different ones; renderings say so.

A group must not become a list of its own. So three kinds of changes that are not equal are one group too: those of one
entry that each stack gives another value (*212 values*), those of many entries in the same stacks, and those of entries
that no other stack has, if they are more than a handful.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from digo.fleet.plan.stack_plan import FieldSummary, StackPlan, StepSummary
from digo.plan.field_changes import Outcome
from digo.plan.plan_step import Verb
from digo.plan.render.groups import A_HANDFUL, NEED_REVIEW, ORDER
from digo.settings.profiles import Subject
from digo.text.samples import kind_of
from digo.text.stack_names import variable_of_stack

FEW = 10
"""A change is in few stacks if it is in at most one of so many that change."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class StackStep:
    """One entry of one stack."""

    stack: str
    step: StepSummary


@dataclass(frozen=True)
class FieldValues:
    """One field of a group: the values that it has in the entries, each once, in the order of the stacks."""

    field: str
    outcome: Outcome
    values: tuple[FieldSummary, ...]


@dataclass(frozen=True)
class ChangeGroup:
    """Entries that an up changes alike, or that it can change in nothing alike.

    Attributes:
        entries: the entries, in the order of the stacks. They have verb, subject, fields and kind of reason in common.
        few: whether few of the stacks that change have it.
    """

    entries: tuple[StackStep, ...]
    few: bool = False

    @property
    def verb(self) -> Verb:
        """What an up does with each entry."""
        return self.entries[0].step.verb

    @property
    def subject(self) -> Subject:
        """What each entry is."""
        return self.entries[0].step.subject

    @cached_property
    def stacks(self) -> tuple[str, ...]:
        """The stacks, each once."""
        return tuple(dict.fromkeys(one.stack for one in self.entries))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the entries in config, each once."""
        return tuple(dict.fromkeys(one.step.key for one in self.entries))

    @cached_property
    def fields(self) -> tuple[FieldValues, ...]:
        """The fields that change or cannot converge, with their values."""
        columns = zip(*(one.step.fields for one in self.entries), strict=True)
        return tuple(FieldValues(one[0].field, one[0].outcome, tuple(dict.fromkeys(one))) for one in columns)

    @property
    def reason(self) -> str:
        """Why, of the first entry: the others' reasons are of its kind. "" without a reason."""
        return self.entries[0].step.reason

    @cached_property
    def same_reason(self) -> bool:
        """Whether the reason is every entry's, word for word."""
        return all(one.step.reason == self.reason for one in self.entries)

    @property
    def formerly(self) -> str:
        """The key in the state that config has renamed, of the first entry; "" if it has not."""
        return self.entries[0].step.formerly

    @property
    def stuck(self) -> bool:
        """Whether something of each entry cannot converge."""
        return is_stuck(self.entries[0].step)

    @property
    def exception(self) -> bool:
        """Whether it comes before what many stacks have."""
        return self.stuck or self.few


def is_stuck(step: StepSummary) -> bool:
    """Whether something of the entry cannot converge."""
    return step.verb is Verb.CANNOT_CONVERGE or any(one.outcome is Outcome.STUCK for one in step.fields)


def equal_changes(plans: Iterable[StackPlan]) -> tuple[ChangeGroup, ...]:
    """The changes of all plans in groups: first what cannot converge, then what few stacks have, then the rest."""
    entries = [StackStep(plan.stack, step) for plan in plans for step in plan.steps]
    changing = len({one.stack for one in entries})
    found = [ChangeGroup(tuple(one)) for shape in _by(entries, _shape) for one in _of_shape(shape)]
    groups = [ChangeGroup(one.entries, few=len(one.stacks) * FEW <= changing) for one in found]
    return tuple(sorted(groups, key=_rank))


def _rank(group: ChangeGroup) -> tuple[int, int, int, int]:
    """What a reviewer must see comes first. Few stacks are a likely mistake, so of exceptions the smallest is first."""
    place = 0 if group.stuck else 1 if group.few else 2
    count = len(group.stacks)
    return place, group.verb not in NEED_REVIEW, count if place < 2 else -count, ORDER.index(group.verb)


def _of_shape(entries: Sequence[StackStep]) -> list[list[StackStep]]:
    """The groups of entries that differ at most in stack, key and values."""
    shared: list[list[StackStep]] = []
    alone: list[StackStep] = []
    for same in _by(entries, lambda one: (_entry(one), one.step.fields)):
        if _in_several(same):
            shared.append(same)
        else:
            alone += same
    own: list[StackStep] = []
    for same in _by(alone, _entry):
        if _in_several(same):
            shared.append(same)
        else:
            own += same
    return [*_with_many_entries_together(shared), *([own] if len(own) > A_HANDFUL else [[one] for one in own])]


def _with_many_entries_together(groups: Iterable[list[StackStep]]) -> list[list[StackStep]]:
    """The groups, with those of the same stacks as one if they are many."""
    together: list[list[StackStep]] = []
    for same in _by(groups, lambda group: frozenset(one.stack for one in group)):
        together += same if len(same) <= A_HANDFUL else [[one for group in same for one in group]]
    return together


def _in_several(entries: Sequence[StackStep]) -> bool:
    return any(one.stack != entries[0].stack for one in entries)


def _entry(one: StackStep) -> Hashable:
    return one.step.key, one.step.formerly


def _shape(one: StackStep) -> Hashable:
    fields = tuple((field.field, field.outcome) for field in one.step.fields)
    return one.step.verb, one.step.subject, fields, _kind(one), not one.step.formerly


def _kind(one: StackStep) -> str:
    return kind_in(one.stack, one.step.reason)


def kind_in(stack: str, text: str) -> str:
    """A message of a stack without what differs between messages of its kind; the stack's name does, too."""
    capitals = variable_of_stack("{STACK}", stack)
    names = (
        rf"(?<![\w-]){re.escape(stack)}(?![\w-])",
        rf"(?<=_){capitals}(?![A-Za-z0-9])|(?<![A-Za-z0-9]){capitals}(?=_)",  # of a variable
    )
    return kind_of(re.sub("|".join(names), "…", text)) if text else ""


def _by(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """The items with equal keys together, in the order of their first ones."""
    found: dict[Hashable, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())
