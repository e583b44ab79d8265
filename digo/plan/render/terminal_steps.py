"""Steps for a terminal or a log: a line for each entry, and below it its fields; a large group as count and sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from digo.plan.render.field_text import Line, step_lines
from digo.plan.render.groups import SAMPLE, SIGNS, StepGroup, groups_of
from digo.plan.render.sentences import reason_of
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import one_line
from digo.text.shortened import shortened

_STYLES = {
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
_INDENT = 3  # as wide as a sign and the space after it
_WIDEST_LABEL = 24
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
    _print_head(step.verb, entry, reason_of(step), console)
    _print_lines(step_lines(step, numbers=numbers), console)


def _print_large(group: StepGroup, console: Console, *, numbers: bool) -> None:
    _print_head(group.verb, group.title, group.what or reason_of(group.steps[0]), console)
    lines = [(one_line(step.key), _in_one_line(step, numbers=numbers)) for step in group.steps[:SAMPLE]]
    _print_lines(lines, console)
    rest = Text(f"and {len(group.steps) - SAMPLE:,} more; --all lists them", "dim")
    _print_hanging(Text(" " * _INDENT), rest, console)


def _in_one_line(step: PlanStep, *, numbers: bool) -> str:
    return ", ".join(f"{label} {text}" for label, text in step_lines(step, numbers=numbers)) or reason_of(step)


def _print_head(verb: Verb, entry: str, why: str, console: Console) -> None:
    style = _STYLES[verb]
    begin = Text.assemble((f"{SIGNS[verb]:<{_INDENT}}", style))
    rest = Text.assemble((entry, "bold"), "  ", (verb.value, style), f"  {why}" if why else "")
    _print_hanging(begin, rest, console)


def _print_lines(lines: Iterable[Line], console: Console) -> None:
    lines = list(lines)
    width = min(_WIDEST_LABEL, max((len(label) for label, _ in lines), default=0))
    for label, text in lines:
        shown = shortened(label, _WIDEST_LABEL) + ":"
        _print_hanging(Text.assemble(" " * _INDENT, (f"{shown:<{width + 1}} ", "dim")), Text(text), console)


def _print_hanging(begin: Text, rest: Text, console: Console) -> None:
    """Prints a line that continues below the beginning of `rest`; in a narrow terminal nearer to the margin."""
    if begin.cell_len + rest.cell_len <= console.width:
        console.print(Text.assemble(begin, rest), soft_wrap=True)
        return
    indent = begin.cell_len if begin.cell_len * 3 <= console.width else _INDENT * 2
    first, *others = _wrapped(rest, console, begin.cell_len)
    console.print(Text.assemble(begin, first), soft_wrap=True)
    if others and indent != begin.cell_len:
        others = _wrapped(Text(" ").join(others), console, indent)
    for line in others:
        console.print(Text.assemble(" " * indent, line), soft_wrap=True)


def _wrapped(text: Text, console: Console, indent: int) -> list[Text]:
    lines = list(text.wrap(console, max(1, console.width - indent)))
    for line in lines:
        line.rstrip()
    return lines
