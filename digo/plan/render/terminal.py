"""A review for a terminal or a log: each entry with a change or a difference, with its fields, and the totals."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from digo.plan.agent_names import named_agents
from digo.plan.render.sentences import totals
from digo.plan.render.terminal_steps import print_steps
from digo.plan.review import Review
from digo.plan.steps import Verb
from digo.settings.profiles import Subject
from digo.source.problems import format_problems
from digo.text.counts import counted

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
    for conflict in review.conflicts:
        console.print(f"error: {conflict}", style="red", markup=False)
    if review.refusal:
        console.print(f"error: {review.refusal}", style="red", markup=False)
    console.print(f"Plan: {review.plan}", markup=False)


def show_drift(review: Review, console: Console, *, numbers: bool = False, everything: bool = False) -> None:
    """Prints what has drifted, which side changed, and the account's unmanaged agents.

    `everything` lists all of it, without a limit.
    """
    apart = [step for step in review.steps.steps if step.verb.changes or step.drift]
    print_steps(apart, console, numbers=numbers, everything=everything)
    for problem in (*review.conflicts, *([review.refusal] if review.refusal else [])):
        console.print(f"error: {problem}", style="red", markup=False)
    sent = [step.subject for step in review.steps.steps if step.verb is Verb.SENT]
    unread = f"; {_sent(sent)}" if sent else ""
    together = review.steps.count(Verb.IN_SYNC)
    of = counted(len(review.steps.steps), "entry")
    head = f"{len(apart):,} of {of} drifted" if apart else "no drift"
    console.print(f"{head}; {together:,} in sync{unread}", markup=False)
    if review.steps.unmanaged:
        console.print(_unmanaged(review, numbers=numbers, everything=everything), markup=False)


def _sent(subjects: Sequence[Subject]) -> str:
    were, them = ("was", "it") if len(subjects) == 1 else ("were", "them")
    kinds = " and ".join(counted(subjects.count(one), one.value) for one in Subject if one in subjects)
    return f"{kinds} {were} sent, and the API cannot be asked for {them}"


def _unmanaged(review: Review, *, numbers: bool, everything: bool) -> str:
    agents = review.steps.unmanaged
    names = named_agents(agents, numbers=numbers, most=None if everything else MOST_NAMED)
    rest = "" if everything or len(agents) <= MOST_NAMED else "; --all names them"
    return f"{len(agents):,} unmanaged, on the account and in no config, never touched: {names}{rest}"
