"""A watch for a terminal or a log: stacks that could not be read, stacks with drift, and what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from digo.fleet.drift.changes import DriftChanges, StackFinding
from digo.fleet.drift.columns import print_columns
from digo.fleet.drift.equal_findings import FindingGroup, all_findings, equal_findings
from digo.fleet.drift.sentences import by_reason, change_totals, drift_totals, notes_of, remedy_of
from digo.fleet.drift.stack_drift import DriftOutcome, FleetDrift, StackDrift
from digo.sanitize.terminal import one_line
from digo.system.command_name import pasteable
from digo.text.counts import counted
from digo.text.samples import SAMPLE, sample

SEE_ALL = "--all lists them"
_NARROW = 100  # columns; below it, values have no column
_NAMED = 3


def show_fleet_drift(drift: FleetDrift, changes: DriftChanges, console: Console, *, everything: bool = False) -> None:
    """Prints the watch. `everything` lists all findings, and the stacks without drift."""
    most = None if everything else SAMPLE
    _show_reasons(drift, console, most)
    _show_stacks(drift.drifted, console, most)
    groups = equal_findings(all_findings(drift.stacks))
    for remedy in dict.fromkeys(remedy_of(one.first) for one in groups):
        same = [one for one in groups if remedy_of(one.first) == remedy]
        count = counted(sum(len(one.findings) for one in same), "difference")
        style = "yellow" if same[0].first.corrected else "red"
        console.print(Text(count, f"bold {style}").append(f" ({remedy})", "not bold"))
        _show_groups(same, console, most)
        _say_more(console, len(same), most)
    _show_changes(changes, console, most)
    if everything and (sound := drift.with_outcome(DriftOutcome.NONE)):
        console.print(f"no drift: {', '.join(one.stack for one in sound)}", markup=False)
    _show_notes(drift, console, most)
    console.print(f"{drift_totals(drift)}; {change_totals(changes)}", markup=False, soft_wrap=True)


def _show_reasons(drift: FleetDrift, console: Console, most: int | None) -> None:
    kinds = (
        ("unknown, could not be read", drift.unknown),
        ("an up would be refused", drift.with_outcome(DriftOutcome.STUCK)),
    )
    for title, stacks in kinds:
        lines = [f"  {_where(names)}: {_indented(reason)}" for reason, names in by_reason(stacks)]
        if lines:
            console.print(Text(title, "bold red"))
            console.print("\n".join(sample(lines, SEE_ALL, most)), markup=False, soft_wrap=True)
            console.print()


def _show_notes(drift: FleetDrift, console: Console, most: int | None) -> None:
    lines = [f"note: {_where(names)}: {_indented(text)}" for text, names in notes_of(drift.stacks)]
    if lines:
        console.print("\n".join(sample(lines, SEE_ALL, most)), markup=False, soft_wrap=True)


def _indented(reason: str) -> str:
    return pasteable(reason).replace("\n", "\n    ")


def _show_stacks(stacks: Sequence[StackDrift], console: Console, most: int | None) -> None:
    """A line for each stack with drift, those that no up corrects first."""
    if not stacks:
        return
    styles = {DriftOutcome.STUCK: "red"}
    rows = [
        (one.stack, Text(one.outcome.value, styles.get(one.outcome, "yellow")), f"{len(one.findings):,}")
        for one in stacks[:most]
    ]
    print_columns(console, ("stack", "drift", "differences"), rows)
    _say_more(console, len(stacks), most)


def _show_groups(groups: Sequence[FindingGroup], console: Console, most: int | None) -> None:
    wide = console.width >= _NARROW
    rows = []
    for group in groups[:most]:
        values = [group.shown(side) for side in ("config", "last", "account")] if wide else []
        what = f"  {group.first.what} ({group.first.verb})"
        rows.append((what, _where(group.stacks), *values, group.origin.text))
    print_columns(console, ("  what", "stack", *(("config", "last up", "account") if wide else ()), "origin"), rows)


def _show_changes(changes: DriftChanges, console: Console, most: int | None) -> None:
    """What is new since the last watch. At the first one everything is, and was shown already."""
    if not changes.last or not changes.any:
        return
    console.print(Text("since the last watch", "bold"))
    lines = [
        *_changed("+ new", changes.new),
        *_changed("~ changed", changes.changed),
        *_changed("- gone", changes.gone),
        *([f"  ! can no longer be read: {_where(changes.unread)}"] if changes.unread else []),
        *([f"  can be read again: {_where(changes.reread)}"] if changes.reread else []),
        *([f"  ! an up would now be refused: {_where(changes.refused)}"] if changes.refused else []),
        *([f"  an up is no longer refused: {_where(changes.allowed)}"] if changes.allowed else []),
    ]
    console.print("\n".join(sample(lines, SEE_ALL, most)), markup=False, soft_wrap=True)
    console.print()


def _changed(sign: str, found: Iterable[StackFinding]) -> Iterator[str]:
    for group in equal_findings(found):
        account = one_line(group.shown("account"))
        yield f"  {sign}: {one_line(group.first.what)} in {_where(group.stacks)} (account {account})"


def _where(stacks: Sequence[str]) -> str:
    named = ", ".join(stacks[:_NAMED])
    more = len(stacks) - _NAMED
    return f"{named} and {counted(more, 'more stack')}" if more > 0 else named


def _say_more(console: Console, count: int, most: int | None) -> None:
    if most is not None and count > most:
        console.print(f"  and {count - most:,} more; {SEE_ALL}", markup=False)
    console.print()
