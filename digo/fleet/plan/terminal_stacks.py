"""The stacks of a fleet's plan for a terminal or a log: outcome, entries and hash of each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.fleet.plan.sentences import OUTCOMES, counts_of, some_of
from digo.fleet.plan.stack_plan import ChangedFiles, PlanOutcome, StackPlan
from digo.plan.render.hanging import INDENT, print_hanging
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.samples import SAMPLE

STYLES = {
    PlanOutcome.FAILED: "bold red",
    PlanOutcome.REFUSED: "red",
    PlanOutcome.STUCK: "red",
    PlanOutcome.CHANGES: "yellow",
    PlanOutcome.UNCHANGED: "dim",
}
"""The style of each outcome."""

_GAP = 2


def print_stacks(
    stacks: Sequence[StackPlan], console: Console, *, everything: bool, changed_files: ChangedFiles
) -> None:
    """A line for each stack that is not as it should be, the worst first; with `everything` for each."""
    order = list(OUTCOMES)
    listed = [one for one in stacks if everything or one.outcome is not PlanOutcome.UNCHANGED]
    listed.sort(key=lambda one: order.index(one.outcome))
    if not listed:
        return
    rows = [_cells(one, changed_files) for one in (listed if everything else listed[:SAMPLE])]
    heads = ["stack", "plan", "entries", "hash", "because of"][: len(rows[0])]
    console.print()
    if sum(max(map(cell_len, (head, *map(str, column)))) + _GAP for head, *column in zip(heads, *rows, strict=True)) > (
        console.width
    ):
        _print_narrow(rows, console)
    else:
        table = Table(*heads, box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    if rest := len(listed) - len(rows):
        console.print(f"and {counted(rest, 'more stack')}; --all lists them", style="dim", markup=False)


def _cells(plan: StackPlan, changed_files: ChangedFiles) -> list[Text]:
    cells = [
        Text(one_line(plan.stack)),
        Text(plan.outcome.value, STYLES[plan.outcome]),
        Text(counts_of(plan)),
        Text(plan.plan_hash or "none"),
    ]
    return [*cells, Text(some_of(changed_files.get(plan.stack, ())))] if changed_files else cells


def _print_narrow(rows: Sequence[Sequence[Text]], console: Console) -> None:
    """The stacks without columns, so that a hash is not cut."""
    for stack, outcome, entries, *others in rows:
        print_hanging(Text(), Text.assemble(stack, "  ", outcome, "  ", entries), console)
        for cell in others:
            if cell.plain:
                print_hanging(Text(" " * INDENT), cell, console)
