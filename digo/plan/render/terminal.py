"""A review for a terminal or a log: a line for each entry with a change or a difference, and the totals."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digo.plan.agent_names import named_agents
from digo.plan.render.sentences import drift_line, reason_of, totals
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import one_line
from digo.source.problems import format_problems
from digo.text.samples import SAMPLE

SHOWN = 200
MOST_NAMED = 5
SIGNS = {
    Verb.CREATE: ("+", "green"),
    Verb.ADOPT: ("=", "cyan"),
    Verb.UPDATE: ("~", "yellow"),
    Verb.REPLACE: ("+-", "magenta"),
    Verb.FORGET: ("-", "red"),
    Verb.CANNOT_CONVERGE: ("!", "red"),
    Verb.IN_SYNC: (" ", "dim"),
    Verb.SENT: (" ", "dim"),
}


def show_review(review: Review, console: Console, *, numbers: bool = False, everything: bool = False) -> None:
    """Prints what an up would do.

    `everything` also lists entries that are in sync. `numbers` shows phone numbers in full.
    """
    for warning in format_problems(review.warnings):
        console.print(f"warning: {warning}", style="yellow", markup=False)
    listed = [step for step in review.steps.steps if everything or step.verb.changes or step.drift]
    _print_steps(listed, console, numbers=numbers, everything=everything)
    console.print(totals(review), markup=False)
    if review.steps.unmanaged:
        console.print(_unmanaged(review, numbers=numbers, everything=everything), markup=False)
    for conflict in format_problems(review.conflicts, None if everything else SAMPLE, "--all lists them"):
        console.print(f"error: {conflict}", style="red", markup=False)
    if review.refusal:
        console.print(f"error: {review.refusal}", style="red", markup=False)
    console.print(f"Plan: {review.plan}", markup=False)


def _print_steps(steps: list[PlanStep], console: Console, *, numbers: bool, everything: bool) -> None:
    """Prints every entry that no up can fix, and the others up to a limit."""
    if not steps:
        return
    stuck = [step for step in steps if step.cannot_converge]
    others = [step for step in steps if not step.cannot_converge]
    shown = [*stuck, *(others if everything else others[: max(0, SHOWN - len(stuck))])]
    console.print(_table(shown, numbers=numbers))
    if len(shown) < len(steps):
        console.print(f"and {len(steps) - len(shown):,} more; --all lists them", markup=False)


def _table(steps: Iterable[PlanStep], *, numbers: bool) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column("entry", overflow="fold")
    table.add_column("verb", no_wrap=True)
    table.add_column("why", overflow="fold")
    for step in steps:
        sign, style = SIGNS[step.verb]
        table.add_row(
            Text(sign, style),
            Text(f"{step.subject.value} {one_line(step.key)}"),
            Text(step.verb.value, style),
            _why(step, numbers=numbers),
        )
    return table


def _why(step: PlanStep, *, numbers: bool) -> RenderableType:
    lines = [Text(reason_of(step))] if step.reason else []
    lines += [Text(drift_line(one, numbers=numbers)) for one in step.drift]
    return Group(*lines)


def _unmanaged(review: Review, *, numbers: bool, everything: bool) -> str:
    agents = review.steps.unmanaged
    names = named_agents(agents, numbers=numbers, most=None if everything else MOST_NAMED)
    rest = "" if everything or len(agents) <= MOST_NAMED else "; --all names them"
    return f"{len(agents):,} unmanaged, on the account and in no config, never touched: {names}{rest}"
