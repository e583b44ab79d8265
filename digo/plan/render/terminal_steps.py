"""Steps for a terminal or a log: a line for each entry, and below it its fields; a large group as count and sample."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from digo.plan.render.field_text import step_lines
from digo.plan.render.groups import SAMPLE_ENTRIES, SIGNS, StepGroup, groups_of
from digo.plan.render.hanging import INDENT, print_hanging, print_lines
from digo.plan.render.sentences import reason_of
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import one_line
from digo.text.shortened import shortened

STYLES = {
    Verb.CREATE: "green",
    Verb.ADOPT: "cyan",
    Verb.UPDATE: "yellow",
    Verb.REPLACE: "magenta",
    Verb.DELETE: "bold red",
    Verb.FORGET: "red",
    Verb.CANNOT_CONVERGE: "red",
    Verb.IN_SYNC: "dim",
    Verb.SENT: "dim",
}
"""The style of each verb."""

_LONGEST_KEY = 80


def print_steps(steps: Sequence[PlanStep], console: Console, *, numbers: bool, everything: bool) -> None:
    """Prints the steps in groups. A large group is a count and a sample unless `everything`."""
    for group in groups_of(steps):
        if group.large and not everything:
            _print_large(group, console, numbers=numbers)
        else:
            for step in group.steps:
                _print_step(step, console, numbers=numbers)


def _print_step(step: PlanStep, console: Console, *, numbers: bool) -> None:
    entry = f"{step.subject.value} {shortened(one_line(step.key), _LONGEST_KEY)}"
    print_head(step.verb, entry, reason_of(step), console)
    print_lines(step_lines(step, numbers=numbers), console)


def _print_large(group: StepGroup, console: Console, *, numbers: bool) -> None:
    print_head(group.verb, group.title, group.what or reason_of(group.steps[0]), console)
    lines = [(one_line(step.key), _in_one_line(step, numbers=numbers)) for step in group.steps[:SAMPLE_ENTRIES]]
    print_lines(lines, console)
    rest = Text(f"and {len(group.steps) - SAMPLE_ENTRIES:,} more; --all lists them", "dim")
    print_hanging(Text(" " * INDENT), rest, console)


def _in_one_line(step: PlanStep, *, numbers: bool) -> str:
    return ", ".join(f"{label} {text}" for label, text in step_lines(step, numbers=numbers)) or reason_of(step)


def print_head(verb: Verb, entry: str, why: str, console: Console) -> None:
    """Prints the line of an entry: its verb's sign, the entry, the verb and why."""
    style = STYLES[verb]
    begin = Text.assemble((f"{SIGNS[verb]:<{INDENT}}", style))
    rest = Text.assemble((entry, "bold"), "  ", (verb.value, style), f"  {why}" if why else "")
    print_hanging(begin, rest, console)
