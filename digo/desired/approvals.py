"""`approvals.yaml`: each entry lifts one guard for exactly one plan, until a date. It is reviewed with the change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from digo.desired.models import Written, require_text, shape
from digo.source.positions import Position
from digo.source.problems import Problem

_HASH = r"[b-t]{4}(-[b-t]{4}){7}"
_SHORT_HASH = r"[b-t]{4}(-[b-t]{4}){3}"
EXAMPLE_HASH = "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst"


class GuardName(str, Enum):
    """Each guard by the name that an approval gives it."""

    CREATES = "creates"
    UPDATES = "updates"
    DELETES = "deletes"
    ADOPTIONS = "adoptions"
    UNBLOCKED = "unblocked"
    SHRUNK = "shrunk"
    EMPTIED = "emptied"
    ENDPOINT = "endpoint"
    ROWS = "rows"
    SUPPRESSED = "suppressed"
    LEDGER_KEY = "ledgerKey"
    TARGETS = "targets"


def is_plan_hash(text: str) -> bool:
    """Whether the text has the form of a plan's hash."""
    return re.fullmatch(_HASH, text) is not None


def short_hash_problem(text: str) -> str | None:
    """Why a hash of version 0.1.0 stands for no plan, and the next step; None for any other text."""
    if re.fullmatch(_SHORT_HASH, text) is None:
        return None
    return (
        f"{text} is a hash of 64 bits, as version 0.1.0 made them. Two plans with one such hash can be found in "
        "minutes, so it stands for no plan. Next: `digo plan` again, have it reviewed, and use its new hash of 128 bits"
    )


def _hash(text: str) -> str:
    if problem := short_hash_problem(text):
        raise ValueError(problem)
    if not is_plan_hash(text):
        raise ValueError(f"a plan's hash is like {EXAMPLE_HASH}; a refused preview and `digo plan` print it")
    return text


def _guard(text: str) -> GuardName:
    try:
        return GuardName(text)
    except ValueError:
        raise ValueError(f"a guard is one of: {', '.join(guard.value for guard in GuardName)}") from None


def _date(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, flags=re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None
    raise ValueError("a day is written YYYY-MM-DD")


def _reason(text: str) -> str:
    if not text.strip():
        raise ValueError("an approval says why")
    return text


class ApprovalEntry(BaseModel):
    """One entry of the list `approvals`."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    guard: Annotated[
        GuardName,
        PlainValidator(lambda value: _guard(require_text(value))),
        WithJsonSchema({"enum": [guard.value for guard in GuardName]}),
    ] = Field(description="The guard whose refusal is lifted.")
    reason: Annotated[Written, AfterValidator(_reason), shape(r"(?=.*\S).*")] = Field(
        description="The reason, for the reviewer."
    )
    plan: Annotated[Written, AfterValidator(_hash), shape(_HASH)] = Field(
        description="The hash of the only plan that it applies to. A refused preview and `digo plan` print it."
    )
    expires: Annotated[
        date,
        PlainValidator(lambda value: _date(require_text(value))),
        WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}),
    ] = Field(description="The last day on which it applies, as YYYY-MM-DD.")


@dataclass(frozen=True)
class Approval:
    """An approval and its position in the file."""

    guard: GuardName
    reason: str
    plan: str
    expires: date
    position: Position

    def reason_not_to_lift(self, plan: str, today: date) -> str | None:
        """Why the approval does not apply to that plan on that day; None if it applies."""
        if today > self.expires:
            return f"the approval at {self.position} expired on {self.expires}"
        if self.plan != plan:
            return f"the approval at {self.position} is for the plan {self.plan}, and this one is {plan}"
        return None


def approval_of(entry: Any, position: Position) -> Approval:
    """The approval of a checked entry."""
    return Approval(entry.guard, entry.reason, entry.plan, entry.expires, position)


def useless_approvals(approvals: Iterable[Approval], today: date) -> Iterator[Problem]:
    """A warning for each approval that can lift nothing any more, or that another one repeats."""
    first: dict[tuple[GuardName, str], Approval] = {}
    for approval in approvals:
        if today > approval.expires:
            message = f"it expired on {approval.expires} and lifts nothing; delete it"
            yield Problem(approval.position, "approvals", message)
            continue
        other = first.setdefault((approval.guard, approval.plan), approval)
        if other is not approval:
            message = f"the approval at {other.position} lifts the same guard for the same plan; delete one of them"
            yield Problem(approval.position, "approvals", message)
