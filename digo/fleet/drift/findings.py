"""The findings of one stack: the rows of the drift table, each with its origin and whether an up corrects it. Pure."""

from __future__ import annotations

from digo.fleet.drift.stack_drift import DriftOutcome, Finding, StackDrift
from digo.plan.drift import DriftOrigin
from digo.plan.drift_table import NONE, NOT_READABLE, NOT_SET, UNMANAGED, DriftGroup, DriftRow, drift_groups
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.settings.profiles import Subject
from digo.source.problems import format_problems
from digo.text.redact import mask_numbers
from digo.text.samples import SAMPLE

_SEE_ALL = "`digo --stack {} drift --all` lists them"


def stack_drift(stack: str, review: Review) -> StackDrift:
    """What a watch found in a stack that it could read.

    A plan that the guards refuse is drift that no up corrects: somebody must approve it first.
    """
    steps = {f"{step.subject.value} {step.key}": step for step in review.steps.steps}
    findings = tuple(
        _finding(group, row, steps.get(row.entry))
        for group in drift_groups(review)
        if group.verb != NOT_SET and (group.verb != UNMANAGED or review.unmanaged_drifts)
        for row in group.rows
    )
    problems = [*format_problems(review.conflicts, SAMPLE, _SEE_ALL.format(stack)), *filter(None, [review.refusal])]
    unmanaged = 0 if review.unmanaged_drifts else len(review.steps.unmanaged)
    outcome = DriftOutcome.DRIFT if findings or review.drift_exit_code else DriftOutcome.NONE
    if problems or any(not one.corrected for one in findings):
        outcome = DriftOutcome.STUCK
    return StackDrift(stack, outcome, findings, mask_numbers("\n".join(problems)), unmanaged)


def _finding(group: DriftGroup, row: DriftRow, step: PlanStep | None) -> Finding:
    return Finding(
        entry=row.entry,
        field=row.field,
        verb=group.verb,
        origin=_origin(group, row, step),
        config=row.config,
        last=row.last,
        account=row.account,
        remedy=group.remedy,
        position=str(row.position) if row.position else "",
        corrected=group.verb not in (Verb.CANNOT_CONVERGE.value, UNMANAGED),
    )


def _origin(group: DriftGroup, row: DriftRow, step: PlanStep | None) -> DriftOrigin:
    if group.origin is not None:
        return group.origin
    if group.verb == UNMANAGED or step is None:
        return DriftOrigin.ACCOUNT
    if found := next((one.origin for one in step.drift if one.field == row.field), None):
        return found
    if step.verb in (Verb.FORGET, Verb.DELETE) or row.account == NOT_READABLE or row.last == NONE:
        return DriftOrigin.CONFIG
    if row.account == NONE:
        return DriftOrigin.ACCOUNT
    if step.subject is Subject.LIST:
        return DriftOrigin.UNRECORDED  # its three sides are counts of rows, which say nothing of each other
    return _by_values(row)


def _by_values(row: DriftRow) -> DriftOrigin:
    """Which side has changed, by what the three sides show. A whole entry is shown as its values, with its EID last."""
    last = row.last.partition(" (eid ")[0]
    if last == row.account:
        return DriftOrigin.CONFIG
    return DriftOrigin.ACCOUNT if set(row.config.split(", ")) <= set(last.split(", ")) else DriftOrigin.BOTH
