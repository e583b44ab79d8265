"""A review as one self-contained HTML page: totals, filters by verb, a search, and every entry in its group."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from digo.html.cells import MOST_OPEN
from digo.html.template import page_of
from digo.plan.render.groups import SIGNS
from digo.plan.render.page_groups import UNMANAGED, look_of, plan_groups, unmanaged_group
from digo.plan.render.sentences import totals
from digo.plan.review import Review
from digo.sanitize.terminal import for_terminal, one_line
from digo.text.counts import counted
from digo.text.redact import mask_numbers


def review_page(review: Review, *, numbers: bool = False) -> str:
    """The page. Its content security policy forbids loading anything. `numbers` shows phone numbers in full."""
    steps = review.steps
    groups = plan_groups(steps.steps, numbers=numbers)
    counts = [
        {"verb": verb.value, "look": look_of(verb), "sign": sign, "number": count}
        for verb, sign in SIGNS.items()
        if (count := steps.count(verb))
    ]
    if steps.unmanaged:
        groups.append(unmanaged_group(steps.unmanaged, numbers=numbers))
        counts.append({"verb": UNMANAGED, "look": UNMANAGED, "sign": "", "number": len(steps.unmanaged)})
    return page_of(
        Path(__file__).with_name("page.html.j2"),
        environment=one_line(review.environment),
        plan=review.plan,
        totals=totals(review),
        refusals=shown_problems((*review.conflicts, *([review.refusal] if review.refusal else []))),
        warnings=shown_problems(review.warnings),
        warned=counted(len(review.warnings), "warning"),
        most=MOST_OPEN,
        counts=counts,
        groups=groups,
    )


def shown_problems(problems: Iterable[object]) -> list[str]:
    """The problems as texts for a page, masked and without control codes."""
    return [for_terminal(mask_numbers(str(one))) for one in problems]
