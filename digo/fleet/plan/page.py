"""A fleet's plan as one self-contained HTML page: the groups of equal changes, and the entries of each stack.

A browser opens a page of some megabytes at once. So the page has at most `MOST_ROWS` entries, of which each stack has
its share. A stack whose entries do not fit says how many are left out, and where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from digo.fleet.plan.equal_changes import equal_changes
from digo.fleet.plan.equal_problems import equal_problems
from digo.fleet.plan.page_groups import LOOKS, calm_group, change_sections, problem_sections
from digo.fleet.plan.sentences import MASKED, OUTCOMES, change_text, counts_of, hides_differences, totals, verdict
from digo.fleet.plan.stack_plan import ChangedFiles, FleetPlan, PlanOutcome, StackPlan, StepSummary
from digo.html.cells import isolated, prose
from digo.html.template import page_of
from digo.plan.render.groups import ORDER
from digo.plan.render.page_groups import look_of
from digo.plan.render.shares import fair_shares
from digo.sanitize.terminal import for_terminal, one_line
from digo.text.counts import counted

MOST_ROWS = 20_000
"""The entries of a page. They take some six megabytes."""
_FEWEST = 10  # entries of a stack
_MANY = 2_000  # entries that a browser lays out at once
_ROW_HEIGHT = 40  # pixels, until the browser knows better


class StepView(NamedTuple):
    """One entry of a stack, each text fit for a page. `look` is the class of its verb's colour."""

    subject: str
    key: Markup
    formerly: Markup
    verb: str
    look: str
    fields: tuple[Markup, ...]
    why: Markup
    where: Markup


@dataclass(frozen=True)
class StackView:
    """One stack of the page.

    Attributes:
        verb: what the filters call it: its outcome.
        look: the class of its colour.
        sign: a sign for those who see no colour.
        name: its name.
        counts: how many entries have each verb.
        hash: the plan's hash.
        notes: why it is refused or failed, and what else is to say.
        steps: its entries.
        rest: how many entries are left out, and where they are; "" for none.
    """

    verb: str
    look: str
    sign: str
    name: Markup
    counts: str
    hash: str
    notes: tuple[str, ...]
    steps: tuple[StepView, ...]
    rest: Markup

    @property
    def height(self) -> int:
        """Pixels that the rows take, as a guess for the browser."""
        return _ROW_HEIGHT * (len(self.steps) + 1)


def fleet_plan_page(plan: FleetPlan, changed_files: ChangedFiles | None = None) -> str:
    """The page. It loads nothing. `changed_files`: see `show_fleet_plan`."""
    groups = equal_changes(plan.stacks)
    found = [one.outcome for one in plan.stacks]
    calm = [one for one in plan.stacks if one.outcome is PlanOutcome.UNCHANGED]
    return page_of(
        Path(__file__).with_name("page.html.j2"),
        verdict=verdict(plan),
        totals=totals(plan),
        commit=plan.commit,
        counts=[
            {"verb": one.value, "look": LOOKS[one], "sign": sign, "number": found.count(one)}
            for one, sign in OUTCOMES.items()
            if one in found
        ],
        problems=problem_sections(equal_problems(plan.stacks)),
        groups=change_sections(groups),
        masked=MASKED if hides_differences(groups) else "",
        stacks=(stacks := _stack_views(plan, changed_files or {})),
        many=sum(len(one.steps) for one in stacks) > _MANY,
        calm=calm_group(calm) if calm else None,
    )


def _stack_views(plan: FleetPlan, changed_files: ChangedFiles) -> list[StackView]:
    """The stacks that are not as they should be, the worst first."""
    order = list(OUTCOMES)
    stacks = [one for one in plan.stacks if one.outcome is not PlanOutcome.UNCHANGED]
    stacks.sort(key=lambda one: order.index(one.outcome))
    shares = fair_shares([len(one.steps) for one in stacks], MOST_ROWS, _FEWEST)
    pairs = zip(stacks, shares, strict=True)
    return [_stack_view(one, share, changed_files.get(one.stack, ())) for one, share in pairs]


def _stack_view(plan: StackPlan, most: int, files: Sequence[str]) -> StackView:
    steps = sorted(plan.steps, key=lambda one: ORDER.index(one.verb))
    left = len(steps) - most
    rest = f"{counted(left, 'more entry')}: see `steps` of `{plan.stack}` in the plan as JSON" if left > 0 else ""
    notes = [plan.reason] if plan.reason else []
    because = [f"planned because of {', '.join(files)}"] if files else []
    return StackView(
        verb=plan.outcome.value,
        look=LOOKS[plan.outcome],
        sign=OUTCOMES[plan.outcome],
        name=isolated(plan.stack),
        counts=counts_of(plan),
        hash=plan.plan_hash or "no plan",
        notes=tuple(for_terminal(one) for one in (*notes, *plan.notes, *because)),
        steps=tuple(_step_view(one) for one in steps[:most]),
        rest=prose(one_line(rest)),
    )


def _step_view(step: StepSummary) -> StepView:
    fields = (f"{one.field} {change_text(step.subject, one)}" for one in step.fields)
    return StepView(
        step.subject.value,
        isolated(step.key),
        isolated(step.formerly),
        step.verb.value,
        look_of(step.verb),
        tuple(map(isolated, fields)),
        isolated(step.reason),
        isolated(step.position or ""),
    )
