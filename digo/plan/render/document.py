"""A review as JSON: versioned and masked. Within a version, fields are only added."""

from __future__ import annotations

from typing import Any

from digo.api.models import AgentRecord
from digo.fields.agents import AGENT_FIELDS, shown_values
from digo.plan.drift import FieldDrift
from digo.plan.field_changes import FieldChange
from digo.plan.fingerprint import readable_hash
from digo.plan.list_change import ListChange
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.json import for_json
from digo.text.redact import mask_numbers

VERSION = 1


def review_json(review: Review, *, numbers: bool = False) -> str:
    """The document as text."""
    return for_json(review_document(review, numbers=numbers), indent=2) + "\n"


def review_document(review: Review, *, numbers: bool = False) -> dict[str, Any]:
    """The review as plain data. `numbers` shows phone numbers in full."""
    return {
        "version": VERSION,
        "environment": review.environment,
        "plan": review.plan,
        "parts": {
            "config": readable_hash(review.parts.config),
            "account": readable_hash(review.parts.account),
            "settings": readable_hash(review.parts.settings),
            "tool": review.parts.tool,
        },
        "exitCode": review.exit_code,
        "calls": review.calls,
        "seconds": review.seconds,
        "counts": {verb.value: review.steps.count(verb) for verb in Verb},
        "unmanaged": len(review.steps.unmanaged),
        "suppressed": review.steps.suppressed,
        "unmanagedAgents": [_agent(agent, numbers=numbers) for agent in review.steps.unmanaged],
        "steps": [_step(step, numbers=numbers) for step in review.steps.steps],
        "conflicts": [str(problem) for problem in review.conflicts],
        "warnings": [str(problem) for problem in review.warnings],
        "refusal": review.refusal,
    }


def _agent(agent: AgentRecord, *, numbers: bool) -> dict[str, Any]:
    values = shown_values(agent.value)
    if not numbers:
        values = {name: value and AGENT_FIELDS[name].masked(value) for name, value in values.items()}
    return {"eid": agent.eid, **values}


def _field(change: FieldChange, *, numbers: bool) -> dict[str, Any]:
    return {
        "field": change.field,
        "before": change.masked(change.before, numbers=numbers),
        "after": change.masked(change.after, numbers=numbers),
        "outcome": change.outcome.value,
        "wanted": change.masked(change.wanted, numbers=numbers),
        "position": str(change.position) if change.position else None,
    }


def _list(change: ListChange, *, numbers: bool) -> dict[str, Any]:
    spans = {"new": change.new, "changed": change.changed, "gone": change.gone}
    return {
        "rows": change.rows,
        "send": change.send,
        **{name: {"least": span.least, "most": span.most} for name, span in spans.items()},
        "suppressed": change.suppressed,
        "columns": list(change.columns),
        "sample": [{one.field: one.masked(one.after, numbers=numbers) for one in row} for row in change.sample],
    }


def _step(step: PlanStep, *, numbers: bool) -> dict[str, Any]:
    return {
        "verb": step.verb.value,
        "subject": step.subject.value,
        "key": step.key,
        "reason": mask_numbers(step.reason),
        "position": str(step.position) if step.position else None,
        "eid": step.eid,
        "drift": [_drift(one, numbers=numbers) for one in step.drift],
        "fields": [_field(one, numbers=numbers) for one in step.fields],
        "kept": _agent(step.kept, numbers=numbers) if step.kept else None,
        "list": _list(step.list, numbers=numbers) if step.list else None,
        "formerly": step.formerly or None,
        **({"adopted": True} if step.adopted else {}),
        **({"deletes": _agent(step.deletes, numbers=numbers)} if step.deletes else {}),
    }


def _drift(drift: FieldDrift, *, numbers: bool) -> dict[str, Any]:
    return {
        "field": drift.field,
        "origin": drift.origin.text,
        "unseen": drift.invisible or None,
        "managed": drift.managed,
        "position": str(drift.position) if drift.position else None,
        "wanted": None if drift.wanted is None else drift.shown(drift.wanted, numbers=numbers),
        "last": None if drift.last is None else drift.shown(drift.last, numbers=numbers),
        "live": None if drift.live is None else drift.shown(drift.live, numbers=numbers),
        **({"mended": True} if drift.mended else {}),
    }
