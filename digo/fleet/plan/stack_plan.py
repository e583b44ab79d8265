"""The plans of a fleet's stacks, masked, and as small as a summary needs them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from digo.plan.field_changes import Outcome
from digo.plan.plan_step import Verb
from digo.plan.review import CHANGES, ERROR, NOTHING, STUCK
from digo.settings.profiles import Subject

VERSION = 1

ChangedFiles = Mapping[str, Sequence[str]]
"""By stack, the changed files that brought it into the plan (`--since`)."""


class PlanOutcome(str, Enum):
    """What came out of the plan of one stack."""

    UNCHANGED = "unchanged"
    CHANGES = "changes"
    STUCK = "cannot converge"
    """Something differs that no up can correct. An up can carry out the rest."""
    REFUSED = "refused"
    """There is a plan, and an up would refuse it: by a guard, a conflict, or a strict stack."""
    FAILED = "failed"
    """There is no plan: the config, the state or the account could not be read."""

    @property
    def can_up(self) -> bool:
        """Whether an up would begin."""
        return self not in (PlanOutcome.REFUSED, PlanOutcome.FAILED)


@dataclass(frozen=True)
class FieldSummary:
    """One field that changes or cannot converge. Values are masked; None: there is no value, or it is not kept.

    `wanted` is what config wants of a field that cannot converge, and None otherwise.
    """

    field: str
    outcome: Outcome
    before: str | None = None
    after: str | None = None
    wanted: str | None = None


@dataclass(frozen=True)
class StepSummary:
    """One entry that changes or cannot converge.

    Attributes:
        verb: what an up does with the entry.
        subject: what the entry is.
        key: the entry's key in config.
        fields: the fields that change or cannot converge.
        reason: why, masked.
        position: where config has the entry, as `file:line:column`; None where config does not have it.
        formerly: the entry's key in the state if config has renamed it; "" otherwise.
    """

    verb: Verb
    subject: Subject
    key: str
    fields: tuple[FieldSummary, ...] = ()
    reason: str = ""
    position: str | None = None
    formerly: str = ""

    def pin(self) -> StepSummary:
        """The step without values and texts: verb, subject, keys, and the names of fields."""
        fields = tuple(FieldSummary(one.field, one.outcome) for one in self.fields)
        return StepSummary(self.verb, self.subject, self.key, fields, formerly=self.formerly)


@dataclass(frozen=True)
class StackPlan:
    """What an up of one stack would do.

    Attributes:
        stack: the stack's name.
        outcome: what came out.
        plan_hash: the plan's hash, for `DIGO_PLAN`; "" where there is no plan.
        parts: digests of `config`, `account`, `settings`, and the `tool`'s version, as in `digo plan --format json`.
        steps: the entries that change or cannot converge.
        counts: how many entries have each verb, `in sync` too. Verbs that no entry has are left out.
        calls: the requests that write.
        seconds: how long they take at the account's pace; None without a limit.
        reason: why the plan is refused or failed, masked; "" otherwise.
        account: the first stack, by name, that is on the same account. No two ups of one account run at once.
        notes: what the plan of one stack says on standard error, masked: that the stack is new, for example.
        last_up: the hash of the plan that the last up began, as the state has it; "" where there was none.
        last_up_rest_of: the hash of the whole plan that it was the rest of; "" if it was a whole one.
        rest_of: the hash of the reviewed plan that this one is the rest of; "" if it is a whole one.
    """

    stack: str
    outcome: PlanOutcome
    plan_hash: Annotated[str, Field(alias="plan")] = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[StepSummary, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    seconds: float | None = None
    reason: str = ""
    account: str = ""
    notes: tuple[str, ...] = ()
    last_up: Annotated[str, Field(alias="lastUp")] = ""
    last_up_rest_of: Annotated[str, Field(alias="lastUpRestOf")] = ""
    rest_of: Annotated[str, Field(alias="restOf")] = ""

    @property
    def changes(self) -> bool:
        """Whether an up would do anything: a request to the API, or a change of the state."""
        return any(one.verb.changes or one.formerly for one in self.steps)

    def pin(self) -> StackPlan:
        """The plan without values and texts, as a database may have it.

        It keeps what an up needs to prove that it carries out this plan or the rest of it: the hash and its parts, the
        account, and of each entry its verb, subject, keys, and names of fields.
        """
        steps = tuple(one.pin() for one in self.steps)
        return replace(self, steps=steps, reason="", notes=(), last_up="", last_up_rest_of="")

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data for JSON."""
        data: dict[str, Any] = _adapter().dump_python(self, mode="json", by_alias=True)
        return data

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> StackPlan:
        """The plan of `to_dict`. What another version has added is left out.

        Raises:
            ValueError: it is no such plan.
        """
        return _adapter().validate_python(data)


@dataclass(frozen=True)
class FleetPlan:
    """What an up of the fleet would do.

    Attributes:
        stacks: the plan of each stack, in the fleet's order.
        commit: the Git commit of the config; "" outside a repository.
    """

    stacks: tuple[StackPlan, ...]
    commit: str = ""

    @property
    def refused(self) -> tuple[StackPlan, ...]:
        """The plans that an up would not begin: those that are refused or have failed."""
        return tuple(one for one in self.stacks if not one.outcome.can_up)

    @property
    def changed(self) -> tuple[StackPlan, ...]:
        """The plans that an up would carry out: something changes, and nothing refuses it."""
        return tuple(one for one in self.stacks if one.outcome.can_up and one.changes)

    @property
    def exit_code(self) -> int:
        """The detailed exit code, as of `digo plan`, of the stack that is worst.

        1 a plan is refused or has failed, 3 a difference that no up can correct, 2 changes, 0 nothing to do.
        """
        outcomes = {one.outcome for one in self.stacks}
        if outcomes & {PlanOutcome.REFUSED, PlanOutcome.FAILED}:
            return ERROR
        if PlanOutcome.STUCK in outcomes:
            return STUCK
        return CHANGES if PlanOutcome.CHANGES in outcomes else NOTHING

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data for JSON. Within a version, fields are only added."""
        return {"version": VERSION, "commit": self.commit, "stacks": [one.to_dict() for one in self.stacks]}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> FleetPlan:
        """The plan of `to_dict`.

        Raises:
            ValueError: it is no such plan, or of another version.
        """
        if data.get("version") != VERSION or not isinstance(data.get("stacks"), list):
            raise ValueError(f"no plan of a fleet, or not of version {VERSION}")
        return FleetPlan(tuple(StackPlan.from_dict(one) for one in data["stacks"]), str(data.get("commit", "")))


@cache
def _adapter() -> TypeAdapter[StackPlan]:
    return TypeAdapter(StackPlan)
