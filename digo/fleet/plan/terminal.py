"""A fleet's plan for a terminal or a log: what is wrong, the groups of equal changes, and a line for each stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.fleet.plan.equal_changes import ChangeGroup, equal_changes
from digo.fleet.plan.equal_problems import ProblemGroup, equal_notes, equal_problems
from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan
from digo.fleet.plan.words import (
    MASKED,
    OUTCOMES,
    counts_of,
    entry_of,
    hides_differences,
    reason_of,
    renamed,
    some_of,
    totals,
    values_text,
    where_of,
)
from digo.plan.render.groups import A_HANDFUL
from digo.plan.render.hanging import INDENT, print_hanging, print_lines
from digo.plan.render.terminal_steps import print_head
from digo.sanitize.terminal import for_terminal, one_line
from digo.text.counts import counted
from digo.text.samples import SAMPLE

_STYLES = {
    PlanOutcome.FAILED: "bold red",
    PlanOutcome.REFUSED: "red",
    PlanOutcome.STUCK: "red",
    PlanOutcome.CHANGES: "yellow",
    PlanOutcome.UNCHANGED: "dim",
}


def show_fleet_plan(
    plan: FleetPlan, console: Console, *, everything: bool = False, why: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Prints what an up of the fleet would do.

    Args:
        plan: the plans of the stacks.
        console: where to print.
        everything: whether every group, every stack of a group and every stack is listed.
        why: what has brought each stack into the plan, by the stack's name; None if nothing was asked.
    """
    console.print(totals(plan), markup=False)
    for note in equal_notes(plan.stacks):
        said = (
            f"note: {one_line(note.text)} ({some_of(note.stacks, most=len(note.stacks) if everything else A_HANDFUL)})"
        )
        console.print(said, style="dim", markup=False)
    for problem in equal_problems(plan.stacks):
        _print_problem(problem, console, everything=everything)
    groups = equal_changes(plan.stacks)
    exceptions = [one for one in groups if one.exception]
    for part in (exceptions, groups[len(exceptions) :]):
        shown = part if everything else part[:SAMPLE]
        for group in shown:
            _print_group(group, console, everything=everything)
        if rest := len(part) - len(shown):
            _print_rest(f"and {counted(rest, 'more group')} of equal changes; --all lists them", console)
    if hides_differences(groups):
        console.print(MASKED, style="dim", markup=False)
    _print_stacks(plan.stacks, console, everything=everything, why=why or {})


def _print_problem(problem: ProblemGroup, console: Console, *, everything: bool) -> None:
    style = _STYLES[problem.outcome]
    begin = Text(f"{OUTCOMES[problem.outcome]:<{INDENT}}", style)
    head = Text.assemble((f"{problem.outcome.value} in {counted(len(problem.plans), 'stack')}", style))
    print_hanging(begin, head, console)
    example = problem.reason if problem.same else f"{problem.reason} (of {problem.stacks[0]})"
    first, *others = for_terminal(example).splitlines() or [""]
    for line in (first, *others):
        print_hanging(Text(" " * INDENT), Text(line), console)
    print_lines([_stacks_line(problem.stacks, everything=everything)], console)


def _print_group(group: ChangeGroup, console: Console, *, everything: bool) -> None:
    why = ": ".join(one for one in (where_of(group), reason_of(group)) if one)
    print_head(group.verb, entry_of(group), why, console)
    lines = [("key", renamed(group))] if group.formerly else []
    lines += [(one_line(field.field), values_text(group, field)) for field in group.fields]
    if len(group.keys) > 1:
        lines.insert(0, ("entries", some_of(group.keys, most=len(group.keys) if everything else A_HANDFUL)))
    print_lines([*lines, _stacks_line(group.stacks, everything=everything)], console)


def _stacks_line(stacks: Sequence[str], *, everything: bool) -> tuple[str, str]:
    return "stacks", some_of(stacks, most=len(stacks) if everything else A_HANDFUL)


def _print_rest(text: str, console: Console) -> None:
    print_hanging(Text(" " * INDENT), Text(text, "dim"), console)


def _print_stacks(
    stacks: Sequence[StackPlan], console: Console, *, everything: bool, why: Mapping[str, Sequence[str]]
) -> None:
    """A line for each stack that is not as it should be, the worst first; with `everything` for each."""
    order = list(OUTCOMES)
    listed = [one for one in stacks if everything or one.outcome is not PlanOutcome.UNCHANGED]
    listed.sort(key=lambda one: order.index(one.outcome))
    if not listed:
        return
    shown = listed if everything else listed[:SAMPLE]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("stack", "plan", "entries", "hash", *(["because of"] if why else [])):
        table.add_column(head, overflow="fold")
    for one in shown:
        row = [Text(one_line(one.stack)), Text(one.outcome.value, _STYLES[one.outcome]), Text(counts_of(one))]
        row.append(Text(one.plan_hash or "none", no_wrap=True))
        if why:
            row.append(Text(some_of(why.get(one.stack, ()))))
        table.add_row(*row)
    console.print()
    console.print(table)
    if rest := len(listed) - len(shown):
        console.print(f"and {counted(rest, 'more stack')}; --all lists them", style="dim", markup=False)
