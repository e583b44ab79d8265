"""Whether the plan of a stack is the pinned one still, or what a cut-off up of it has left. Pure."""

from __future__ import annotations

from digo.fleet.plan.stack_plan import StackPlan, StepSummary
from digo.plan.field_changes import Outcome
from digo.plan.plan_step import Verb
from digo.text.samples import sample

_AFTERWARDS: dict[Verb, frozenset[Verb]] = {
    Verb.CREATE: frozenset({Verb.CREATE, Verb.ADOPT, Verb.UPDATE}),
    Verb.ADOPT: frozenset({Verb.ADOPT}),
    Verb.UPDATE: frozenset({Verb.UPDATE, Verb.ADOPT}),
    Verb.REPLACE: frozenset({Verb.REPLACE, Verb.CREATE, Verb.ADOPT, Verb.UPDATE}),
    Verb.FORGET: frozenset({Verb.FORGET}),
    Verb.DELETE: frozenset({Verb.DELETE, Verb.FORGET}),
}
"""The verbs that an entry may have once its up was cut off.

What a create has made is adopted. If the create was cut off before its last call, the agent is changed as well. A
replacement has made the new one, or lost the old one. What is deleted is only forgotten.
"""

_SAMPLE = 5


def difference_from_pin(pin: StackPlan, now: StackPlan, *, begun_before: bool, shares_account: bool = False) -> str:
    """Why `now` may not be carried out in place of the pinned plan; "" if it may.

    Args:
        pin: the pinned plan; see `StackPlan.pin`.
        now: the stack's plan now. It has a hash.
        begun_before: whether an up of the pinned plan may have done a part of it.
        shares_account: whether the same run has ups of other stacks on the account.
    """
    # The account is another one once a part of the plan is done, by us or, as far as nothing is left, by anybody; and
    # once another stack of the run has changed it. That one was planned and shown, too.
    account_may_differ = begun_before or shares_account or not now.changes
    if parts := _other_parts(pin, now, account=not account_may_differ):
        return f"the plan has changed since it was pinned: {' and '.join(parts)}"
    pinned = {(one.subject, one.key): one for one in pin.steps}
    continues = _continues if begun_before else _is_same
    new = [one for one in now.steps if one.verb.changes and not continues(pinned.get((one.subject, one.key)), one)]
    if new:
        names = sample(
            [f"{one.verb.value} {one.subject.value} {one.key}" for one in new], "`digo plan` has all", _SAMPLE
        )
        return f"the plan has more than the pinned one: {', '.join(names)}"
    if now.plan_hash != pin.plan_hash and not account_may_differ:
        return "the plan has changed since it was pinned"
    return ""


def _other_parts(pin: StackPlan, now: StackPlan, *, account: bool) -> list[str]:
    """What differs of the parts of the hash. `account`: that part counts, too."""
    words = {"config": "the config", "account": "the account", "settings": "a setting", "tool": "the version of digo"}
    if not account:
        del words["account"]
    names = [name for name in words if pin.parts.get(name) != now.parts.get(name)]
    return [words[name] for name in names]


def _continues(pinned: StepSummary | None, now: StepSummary) -> bool:
    """Whether a step does what the pinned step of the entry does, or the rest of it."""
    if pinned is None or now.verb not in _AFTERWARDS.get(pinned.verb, frozenset()):
        return False
    if now.formerly not in ("", pinned.formerly):
        return False
    return now.verb is not Verb.UPDATE or _changed(now) <= {one.field for one in pinned.fields}


def _is_same(pinned: StepSummary | None, now: StepSummary) -> bool:
    """Whether a step does what the pinned step of the entry does."""
    return pinned is not None and now.verb is pinned.verb and _continues(pinned, now)


def _changed(step: StepSummary) -> set[str]:
    return {one.field for one in step.fields if one.outcome not in (Outcome.KEPT, Outcome.STUCK)}
