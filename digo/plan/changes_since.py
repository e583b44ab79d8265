"""The differences between an earlier plan and the current one. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from digo.desired.approvals import short_hash_problem

SHOWN = 50
_NOTHING = "nothing planned"


class PlannedParts(BaseModel):
    """`digo.plan.fingerprint.PlanParts` in a document. Version 0.1.0 had no `settings`."""

    config: str
    account: str
    tool: str
    settings: str = ""


class PlannedStep(BaseModel):
    """An entry in a document."""

    subject: str
    key: str
    verb: str


class PlanDocument(BaseModel):
    """The fields of a `digo plan --format json` document that are read; others are ignored."""

    plan: str
    parts: PlannedParts
    steps: list[PlannedStep]

    @property
    def verbs(self) -> dict[str, str]:
        """Each entry's verb."""
        return {f"{step.subject} {step.key}": step.verb for step in self.steps}


def is_same(earlier: PlanDocument, now: PlanDocument) -> bool:
    """Whether an up would do now what it would have done then.

    A plan's hash does not cover the state, which decides what is forgotten and what is sent again. The verbs do.
    """
    return earlier.plan == now.plan and earlier.verbs == now.verbs and not short_hash_problem(earlier.plan)


def changes_since(earlier: PlanDocument, now: PlanDocument) -> Iterator[str]:
    """Lines for people: the parts of the plan that changed, and each entry with another verb."""
    if is_same(earlier, now):
        yield f"since then: nothing has changed, the plan is still {now.plan}"
        return
    yield f"since then: the plan was {earlier.plan}, and is {now.plan}"
    if old := short_hash_problem(earlier.plan):
        yield f"  {old}"
    if earlier.plan == now.plan:
        yield "  the state has changed: there was another up"
    if earlier.parts.config != now.parts.config:
        yield "  the config has changed"
    if earlier.parts.account != now.parts.account:
        yield "  the account has changed"
    if earlier.parts.settings and earlier.parts.settings != now.parts.settings:
        yield "  a setting has changed that decides where or how a run writes"
    if earlier.parts.tool != now.parts.tool:
        yield f"  digo was {earlier.parts.tool}, and is {now.parts.tool}"
    was, is_ = earlier.verbs, now.verbs
    moved = [entry for entry in sorted(was.keys() | is_.keys()) if was.get(entry) != is_.get(entry)]
    for entry in moved[:SHOWN]:
        yield f"  {entry}: {was.get(entry, _NOTHING)} → {is_.get(entry, _NOTHING)}"
    if len(moved) > SHOWN:
        yield f"  and {len(moved) - SHOWN:,} more"
