"""A review for a terminal or a log: each entry with a change or a difference, with its fields, and the totals."""

from __future__ import annotations

from rich.console import Console

from digo.plan.agent_names import named_agents
from digo.plan.render.sentences import totals
from digo.plan.render.terminal_steps import print_steps
from digo.plan.review import Review
from digo.source.problems import format_problems
from digo.system.command_name import pasteable
from digo.text.samples import SAMPLE

MOST_NAMED = 5


def show_review(review: Review, console: Console, *, numbers: bool = False, everything: bool = False) -> None:
    """Prints what an up would do.

    `everything` lists each entry of a large group, and entries that are in sync. `numbers` shows phone numbers in full.
    """
    for warning in format_problems(review.warnings):
        console.print(f"warning: {warning}", style="yellow", markup=False)
    listed = [step for step in review.steps.steps if everything or step.noteworthy]
    print_steps(listed, console, numbers=numbers, everything=everything)
    console.print(totals(review), markup=False)
    if review.steps.unmanaged:
        console.print(_unmanaged(review, numbers=numbers, everything=everything), markup=False)
    for conflict in format_problems(review.conflicts, None if everything else SAMPLE, "--all lists them"):
        console.print(f"error: {conflict}", style="red", markup=False)
    if review.refusal:
        console.print(f"error: {pasteable(review.refusal)}", style="red", markup=False)
    console.print(f"Plan: {review.plan}", markup=False)


def _unmanaged(review: Review, *, numbers: bool, everything: bool) -> str:
    agents = review.steps.unmanaged
    names = named_agents(agents, numbers=numbers, most=None if everything else MOST_NAMED)
    rest = "" if everything or len(agents) <= MOST_NAMED else "; --all names them"
    return f"{len(agents):,} unmanaged, on the account and in no config, never touched: {names}{rest}"
