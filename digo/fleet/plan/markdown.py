"""A fleet's plan as Markdown for a pull request's comment: what is wrong, the groups, and each stack with its hash.

Hosting services limit a comment's length (GitHub: 65,536 characters). Each part has a share of the room, so that none
hides another one. What does not fit is counted, and the comment says where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digo.fleet.plan.equal_changes import ChangeGroup, equal_changes
from digo.fleet.plan.equal_problems import NoteGroup, ProblemGroup, equal_notes, equal_problems
from digo.fleet.plan.sentences import (
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
    verdict,
    where_of,
)
from digo.fleet.plan.stack_plan import ChangedFiles, FleetPlan, PlanOutcome, StackPlan
from digo.plan.render.markdown import LIMIT
from digo.plan.render.shares import count_that_fit, fair_shares
from digo.sanitize.markdown import clipped, code, fenced, prose
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.redact import mask_numbers

MARKER = "<!-- digo-fleet-plan -->"
"""The hidden first line that lets a pipeline find and update its own comment."""

FULL_PLAN = "the full plan, `fleet-plan.json` of the job's artefact"
_LONGEST = 2_000  # characters of a reason
_LONGEST_VALUE = 300
_LONGEST_NOTE = 600
_RESERVED = 300  # characters of a part's last line, which counts what does not fit
_USEFUL = 2_000  # characters of a part; with less it says nothing


def fleet_plan_markdown(plan: FleetPlan, changed_files: ChangedFiles | None = None, *, limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters long.

    Args:
        plan: the plans of the stacks.
        changed_files: by stack, the changed files that brought it into the plan; None if nobody asked.
        limit: the most characters, at least 10,000.
    """
    head = f"{MARKER}\n### digo fleet plan: {verdict(plan)}\n"
    if not plan.stacks:
        return head
    head += f"\n{totals(plan)}.\n"
    groups = equal_changes(plan.stacks)
    exceptions = [one for one in groups if one.exception]
    parts = [
        part
        for part in (
            _problems(equal_problems(plan.stacks)),
            _notes(equal_notes(plan.stacks)),
            _groups("Exceptions", exceptions),
            _groups("Changes", groups[len(exceptions) :]),
            _stacks(plan, changed_files),
        )
        if part.rows
    ]
    note = f"\n{MASKED}\n" if hides_differences(groups) else ""
    room = limit - len(head) - len(note) - sum(part.frame for part in parts)
    shares = fair_shares([part.need for part in parts], room, _USEFUL)
    return head + "".join(part.text(share) for part, share in zip(parts, shares, strict=True)) + note


@dataclass(frozen=True)
class _Part:
    """Rows that share a room. Each is shown whole, or counted in the last line.

    Attributes:
        begin: the text before the rows.
        rows: the rows, the most important first.
        end: the text after them.
        thing: what a row is.
        rest: the rest of the last line, which counts the rows that do not fit.
    """

    begin: str
    rows: tuple[str, ...]
    end: str
    thing: str
    rest: str

    @property
    def need(self) -> int:
        """The characters of all rows."""
        return sum(map(len, self.rows))

    @property
    def frame(self) -> int:
        """The characters of all but the rows."""
        return len(self.begin) + len(self.end) + _RESERVED

    def text(self, room: int) -> str:
        """As many rows as fit, and the count of the others."""
        shown = count_that_fit(map(len, self.rows), room)
        more = len(self.rows) - shown
        said = f"\n{counted(more, f'more {self.thing}')}{self.rest}\n" if more else ""
        return self.begin + "".join(self.rows[:shown]) + self.end + said


def _problems(problems: Sequence[ProblemGroup]) -> _Part:
    rows = tuple(_problem(one) for one in problems)
    return _Part("", rows, "", "group", f" of errors: see {FULL_PLAN}.")


def _problem(problem: ProblemGroup) -> str:
    of = "" if problem.same else f", such as {_value(problem.stacks[0])}"
    reason = fenced(clipped(mask_numbers(problem.reason), _LONGEST))
    stacks = some_of(problem.stacks, _value)
    return f"\n**{problem.outcome.value}** in {counted(len(problem.plans), 'stack')} ({stacks}){of}\n{reason}\n"


def _notes(notes: Sequence[NoteGroup]) -> _Part:
    rows = tuple(f"\n{_note(one)}\n" for one in notes)
    return _Part("", rows, "", "group", f" of notes: see {FULL_PLAN}.")


def _note(note: NoteGroup) -> str:
    text = prose(clipped(one_line(note.text), _LONGEST_NOTE))
    return f"note: {text} ({some_of(note.stacks, _value)})"


def _groups(title: str, groups: Sequence[ChangeGroup]) -> _Part:
    begin = f"\n#### {title}\n\n| | what | fields | why | stacks |\n| --- | --- | --- | --- | --- |\n"
    return _Part(begin, tuple(_group(one) for one in groups), "", "group", f" of equal changes: see {FULL_PLAN}.")


def _group(group: ChangeGroup) -> str:
    fields = "<br>".join(f"{_value(one.field)} {values_text(group, one, _value)}" for one in group.fields)
    what = entry_of(group, _value)
    if len(group.keys) > 1:
        what += f": {some_of(group.keys, _value)}"
    if group.formerly:
        fields = "<br>".join(one for one in (renamed(group, _value), fields) if one)
    why = prose(clipped(reason_of(group), _LONGEST_VALUE)) if group.reason else ""
    stacks = f"{where_of(group)}: {some_of(group.stacks, _value)}"
    return f"| **{group.verb.value}** | {what} | {fields} | {why} | {stacks} |\n"


def _stacks(plan: FleetPlan, changed_files: ChangedFiles | None) -> _Part:
    """A row with the hash of each stack that an up would run or refuse. Those that stay as they are have the last."""
    order = list(OUTCOMES)
    stacks = sorted(plan.stacks, key=lambda one: order.index(one.outcome))
    calm = sum(one.outcome is PlanOutcome.UNCHANGED for one in stacks)
    said = f"{counted(len(stacks), 'stack')}, {calm:,} of them unchanged" if calm else counted(len(stacks), "stack")
    heads = ["stack", "plan", "entries", "hash", *([] if changed_files is None else ["because of"])]
    begin = (
        f"\n<details><summary><b>stacks</b>: {said}</summary>\n\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n"
    )
    rows = tuple(_stack(one, changed_files) for one in stacks)
    return _Part(begin, rows, "\n</details>\n", "stack", f": their hashes are in {FULL_PLAN}.")


def _stack(one: StackPlan, changed_files: ChangedFiles | None) -> str:
    cells = [_value(one.stack), one.outcome.value, counts_of(one), f"`{one.plan_hash}`" if one.plan_hash else "none"]
    if changed_files is not None:
        cells.append(some_of(changed_files.get(one.stack, ()), _value))
    return f"| {' | '.join(cells)} |\n"


def _value(text: str) -> str:
    """A name, a position or a value. A long one must not take the room of other rows."""
    return code(clipped(text, _LONGEST_VALUE))
