"""A stack's plan from the review of its plan. Pure."""

from __future__ import annotations

from digo.fleet.plan.stack_plan import FieldSummary, PlanOutcome, StackPlan, StepSummary
from digo.plan.field_changes import FieldChange, Outcome
from digo.plan.fingerprint import readable_hash
from digo.plan.plan_step import PlanStep, Verb
from digo.plan.review import Review
from digo.source.problems import format_problems
from digo.text.redact import mask_numbers
from digo.text.samples import SAMPLE

_SEE_ALL = "`digo --stack {} plan` lists all"


def plan_of(stack: str, review: Review) -> StackPlan:
    """The plan of a stack. Its `account` is the stack itself: other stacks are not known here."""
    parts, steps = review.parts, review.steps
    before = review.applied.guard_input or {}
    counts = {verb.value: steps.count(verb) for verb in Verb}
    return StackPlan(
        stack,
        _outcome(review),
        review.plan,
        {
            "config": readable_hash(parts.config),
            "account": readable_hash(parts.account),
            "settings": readable_hash(parts.settings),
            "tool": parts.tool,
        },
        tuple(_step(step) for step in steps.steps if _matters(step)),
        {verb: count for verb, count in counts.items() if count},
        review.calls,
        review.seconds,
        _refusal(stack, review),
        account=stack,
        last_up=str(before.get("plan") or ""),
        last_up_rest_of=str(before.get("restOf") or ""),
    )


def failed_plan(stack: str, reason: str) -> StackPlan:
    """The plan of a stack that could not be planned."""
    return StackPlan(stack, PlanOutcome.FAILED, reason=reason, account=stack)


def _outcome(review: Review) -> PlanOutcome:
    if review.conflicts or review.refusal:
        return PlanOutcome.REFUSED
    if review.steps.cannot_converge:
        return PlanOutcome.STUCK
    return PlanOutcome.CHANGES if any(map(_changes, review.steps.steps)) else PlanOutcome.UNCHANGED


def _refusal(stack: str, review: Review) -> str:
    conflicts = format_problems(review.conflicts, SAMPLE, _SEE_ALL.format(stack))
    return mask_numbers("\n".join([*conflicts, *filter(None, [review.refusal])]))


def _matters(step: PlanStep) -> bool:
    return _changes(step) or bool(step.cannot_converge)


def _changes(step: PlanStep) -> bool:
    # An up that gives an entry its new key in the state writes nothing to the account. Without it, the entry would be
    # forgotten and made again as soon as config no longer says what it was called.
    return step.verb.changes or bool(step.formerly)


def _step(step: PlanStep) -> StepSummary:
    return StepSummary(
        step.verb,
        step.subject,
        step.key,
        tuple(_field(one) for one in step.fields if one.outcome is not Outcome.KEPT),
        mask_numbers(step.reason),
        str(step.position) if step.position else None,
        step.formerly,
    )


def _field(change: FieldChange) -> FieldSummary:
    before, after, wanted = (change.masked(value) for value in (change.before, change.after, change.wanted))
    return FieldSummary(change.field, change.outcome, before, after, wanted)
