"""A review as one self-contained HTML page: totals, filters by verb, a search, every entry."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import jinja2

from digo.plan.agent_names import named_agent
from digo.plan.render.sentences import drift_line, reason_of, totals
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import for_terminal, one_line
from digo.text.redact import mask_numbers

_TEMPLATE = "page.html.j2"
_ATTENTION = (Verb.CANNOT_CONVERGE, Verb.REPLACE, Verb.FORGET, Verb.CREATE, Verb.UPDATE, Verb.ADOPT)


def review_page(review: Review, *, numbers: bool = False) -> str:
    """The page. Its content security policy forbids loading anything. `numbers` shows phone numbers in full."""
    order = {verb: place for place, verb in enumerate((*_ATTENTION, Verb.IN_SYNC, Verb.SENT))}
    steps = sorted(review.steps.steps, key=lambda step: order[step.verb])
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(files(__package__).joinpath(_TEMPLATE).read_text(encoding="utf-8"))
    refusal = [review.refusal] if review.refusal else []
    return template.render(
        environment=one_line(review.environment),
        plan=review.plan,
        totals=totals(review),
        problems=[for_terminal(mask_numbers(str(one))) for one in (*review.conflicts, *refusal, *review.warnings)],
        counts=[
            {"verb": verb.value, "class": _class(verb), "number": count, "shown": f"{count:,}"}
            for verb in order
            if (count := review.steps.count(verb))
        ],
        rows=[_row(step, numbers=numbers) for step in steps],
        unmanaged=[named_agent(agent, numbers=numbers) for agent in review.steps.unmanaged],
    )


def _row(step: PlanStep, *, numbers: bool) -> dict[str, Any]:
    why = [reason_of(step)] if step.reason else []
    return {
        "verb": step.verb.value,
        "class": _class(step.verb),
        "subject": step.subject.value,
        "key": one_line(step.key),
        "where": one_line(str(step.position)) if step.position else "",
        "why": why + [drift_line(one, numbers=numbers, position=False) for one in step.drift],
    }


def _class(verb: Verb) -> str:
    return verb.value.split()[0]
