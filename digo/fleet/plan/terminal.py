"""A fleet's plan for a terminal or a log: what is wrong, the groups of equal changes, and a line for each stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from digo.fleet.plan.equal_changes import ChangeGroup, equal_changes
from digo.fleet.plan.equal_problems import NoteGroup, ProblemGroup, equal_notes, equal_problems
from digo.fleet.plan.sentences import (
    MASKED,
    OUTCOMES,
    entry_of,
    hides_differences,
    reason_of,
    renamed,
    some_of,
    totals,
    values_text,
    where_of,
)
from digo.fleet.plan.stack_plan import ChangedFiles, FleetPlan
from digo.fleet.plan.terminal_stacks import STYLES, print_stacks
from digo.plan.render.groups import A_HANDFUL
from digo.plan.render.hanging import INDENT, print_hanging, print_lines
from digo.plan.render.terminal_steps import print_head
from digo.sanitize.terminal import for_terminal, one_line
from digo.system.command_name import pasteable
from digo.text.counts import counted
from digo.text.samples import SAMPLE

Found = TypeVar("Found")


def show_fleet_plan(
    plan: FleetPlan, console: Console, *, everything: bool = False, changed_files: ChangedFiles | None = None
) -> None:
    """Prints what an up of the fleet would do.

    Args:
        plan: the plans of the stacks.
        console: where to print.
        everything: whether every group, every stack of a group and every stack is listed.
        changed_files: by stack, the changed files that brought it into the plan; None if nobody asked.
    """
    console.print(totals(plan), markup=False)
    groups = equal_changes(plan.stacks)
    exceptions = [one for one in groups if one.exception]
    _print_some(equal_notes(plan.stacks), _print_note, "notes", console, everything=everything)
    _print_some(equal_problems(plan.stacks), _print_problem, "errors", console, everything=everything)
    _print_some(exceptions, _print_group, "equal changes", console, everything=everything)
    _print_some(groups[len(exceptions) :], _print_group, "equal changes", console, everything=everything)
    if hides_differences(groups):
        console.print(MASKED, style="dim", markup=False)
    print_stacks(plan.stacks, console, everything=everything, changed_files=changed_files or {})


def _print_some(
    found: Sequence[Found], show: Callable[..., None], of: str, console: Console, *, everything: bool
) -> None:
    """Prints the groups, or a sample of them and how many more there are."""
    shown = found if everything else found[:SAMPLE]
    for one in shown:
        show(one, console, everything=everything)
    if rest := len(found) - len(shown):
        text = Text(f"and {counted(rest, 'more group')} of {of}; --all lists them", "dim")
        print_hanging(Text(" " * INDENT), text, console)


def _print_note(note: NoteGroup, console: Console, *, everything: bool) -> None:
    stacks = some_of(note.stacks, most=len(note.stacks) if everything else A_HANDFUL)
    print_hanging(Text(), Text(f"note: {one_line(pasteable(note.text))} ({stacks})", "dim"), console)


def _print_problem(problem: ProblemGroup, console: Console, *, everything: bool) -> None:
    style = STYLES[problem.outcome]
    begin = Text(f"{OUTCOMES[problem.outcome]:<{INDENT}}", style)
    head = Text.assemble((f"{problem.outcome.value} in {counted(len(problem.plans), 'stack')}", style))
    print_hanging(begin, head, console)
    example = problem.reason if problem.same else f"{problem.reason} (of {problem.stacks[0]})"
    first, *others = for_terminal(pasteable(example)).splitlines() or [""]
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
