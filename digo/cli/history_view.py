"""How `digo history` is shown: as a table, as lines in a narrow terminal, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digo.cli.context import Context
from digo.sanitize.terminal import one_line
from digo.state.history import HistoryEntry, UpdateResult
from digo.state.record_reader import EntryResult, RecordedEntry
from digo.text.counts import counted
from digo.text.redact import mask_numbers

NOT_RECORDED = "not recorded here"
SHOWN = 20
"""Entries of one verb that `show` lists without `--all`."""

_TABLE_WIDTH = 120
_INDENT = 11
_STYLES = {
    UpdateResult.SUCCEEDED: "green",
    UpdateResult.FAILED: "red",
    UpdateResult.INTERRUPTED: "yellow",
}
_ORDER = (EntryResult.UNKNOWN, EntryResult.NOT_APPLIED, EntryResult.APPLIED, EntryResult.NO_WRITE)
_ENTRY_STYLES = {EntryResult.UNKNOWN: "yellow", EntryResult.NOT_APPLIED: "red"}


@dataclass(frozen=True)
class History:
    """A stack's history, the newest first."""

    entries: Sequence[HistoryEntry]


def show_history(
    out: Console, entries: Sequence[HistoryEntry], total: int, zone: tzinfo | None, context: Context
) -> None:
    """Prints the history. `zone` is that of the times; None for the local one."""
    if not entries:
        out.print(f"stack {context.stack} has had no up yet" if not total else "")
        return
    if out.width >= _TABLE_WIDTH:
        out.print(_table(entries, zone, numbers=context.show_numbers))
    else:
        for entry in entries:
            _show_block(out, entry, zone, numbers=context.show_numbers)
    if total > len(entries):
        out.print(f"{total - len(entries):,} older: --limit N or --all lists them", soft_wrap=True)
    if any(entry.update is None for entry in entries):
        out.print("A run with letters in place of a number is not in the engine's history.", soft_wrap=True)


def show_entry(out: Console, entry: HistoryEntry, zone: tzinfo | None, context: Context, *, everything: bool) -> None:
    """Prints one update, and what it did with each entry."""
    for name, value in _facts(entry, zone, numbers=context.show_numbers):
        out.print(Text(f"{name:<10}", "bold").append(one_line(value), "default"), soft_wrap=True)
    run = entry.run
    if run is None:
        out.print(_why_not_recorded(entry), soft_wrap=True)
        return
    if run.refused:
        out.print(Text("refused", "red").append(f": {mask_numbers(run.refused)}", "default"), soft_wrap=True)
    elif not run.entries:
        out.print("No entry was changed.", soft_wrap=True)
    for verb in dict.fromkeys(one.verb for one in run.entries):
        _show_verb(out, verb, [one for one in run.entries if one.verb == verb], everything=everything)
    if run.left_out:
        out.print(
            f"The record of this up was full: {counted(run.left_out, 'line')} more are counted, but not listed.",
            soft_wrap=True,
        )


def history_document(entry: HistoryEntry, *, numbers: bool, whole: bool = False) -> dict[str, Any]:
    """The update as JSON. `whole` adds the entries. Times are UTC."""
    update, run = entry.update, entry.run
    environment = update.environment if update is not None else {}
    document: dict[str, Any] = {
        "id": entry.id,
        "number": None if update is None else update.number,
        "kind": entry.kind,
        "result": entry.result.value,
        "started": _iso(entry.started),
        "ended": None if entry.ended is None else _iso(entry.ended),
        "author": environment.get("git.author"),
        "authorEmail": environment.get("git.author.email"),
        "committer": environment.get("git.committer"),
        "committerEmail": environment.get("git.committer.email"),
        "commit": environment.get("git.head"),
        "branch": environment.get("git.headName"),
        "dirty": {"true": True, "false": False}.get(environment.get("git.dirty", "")),
        "pipeline": environment.get("ci.system"),
        "buildUrl": environment.get("ci.build.url"),
        "message": None if update is None else _masked(update.message, numbers=numbers),
        "changes": None if update is None else dict(update.changes),
        "recorded": run is not None,
        "plan": None if run is None or not run.plan else run.plan,
        "refused": None if run is None or not run.refused else mask_numbers(run.refused),
        "applied": _count(entry, EntryResult.APPLIED),
        "notApplied": _count(entry, EntryResult.NOT_APPLIED),
        "unknown": _count(entry, EntryResult.UNKNOWN),
    }
    if whole:
        document["entries"] = None if run is None else [_entry_document(one) for one in run.entries]
        document["leftOut"] = None if run is None else run.left_out
    return document


def _entry_document(one: RecordedEntry) -> dict[str, Any]:
    return {
        "key": mask_numbers(one.key),
        "type": one.kind or None,
        "verb": one.verb,
        "number": one.number or None,
        "eid": one.eid or None,
        "result": one.result.value,
        "problem": mask_numbers(one.problem) or None,
        "settled": one.settled,
    }


def _table(entries: Sequence[HistoryEntry], zone: tzinfo | None, *, numbers: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("update", justify="right", no_wrap=True)
    for name in ("started", "kind", "result", "commit", "plan"):
        table.add_column(name, no_wrap=True)
    for name in ("who", "changes", "writes"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        who = _who(entry, numbers=numbers)
        table.add_row(
            *(Text(one_line(text)) for text in (entry.id, _local(entry.started, zone), entry.kind)),
            Text(entry.result.value, _STYLES.get(entry.result, "")),
            *(Text(one_line(text)) for text in (_commit(entry), _plan(entry), who, _changes(entry), _writes(entry))),
        )
    return table


def _show_block(out: Console, entry: HistoryEntry, zone: tzinfo | None, *, numbers: bool) -> None:
    """Prints an update in two or three short lines, for a terminal that is too narrow for the table."""
    head = Text(f"{entry.id:>9}  {_local(entry.started, zone)}  {entry.kind}  ")
    head.append(entry.result.value, _STYLES.get(entry.result, ""))
    out.print(head, soft_wrap=True)
    for parts in (
        (_who(entry, numbers=numbers), _commit(entry), _plan(entry)),
        (_changes(entry), _writes(entry)),
    ):
        if line := " · ".join(one_line(part) for part in parts if part != "-"):
            out.print(Padding(line, (0, 0, 0, _INDENT)))


def _facts(entry: HistoryEntry, zone: tzinfo | None, *, numbers: bool) -> list[tuple[str, str]]:
    document = history_document(entry, numbers=numbers)
    took = "" if entry.ended is None else f", {max(0, round((entry.ended - entry.started).total_seconds()))} s"
    commit = document["commit"]
    dirty = " (with changes that are not committed)" if document["dirty"] else ""
    facts = [
        ("update", f"{entry.id}: {entry.kind}, {entry.result.value}"),
        ("started", f"{_local(entry.started, zone, seconds=True)}{took}"),
        ("who", _who(entry, numbers=numbers, whole=True)),
        ("commit", f"{commit}{dirty}" if commit else ""),
        ("message", document["message"] or ""),
        ("pipeline", " ".join(part for part in (document["pipeline"], document["buildUrl"]) if part)),
        ("plan", document["plan"] or ""),
        ("changes", _changes(entry)),
        ("writes", _writes(entry)),
    ]
    return [(name, value) for name, value in facts if value and value != "-"]


def _show_verb(out: Console, verb: str, entries: list[RecordedEntry], *, everything: bool) -> None:
    ordered = sorted(entries, key=lambda one: _ORDER.index(one.result))
    counts = Counter(one.result for one in entries)
    words = ", ".join(f"{counts[result]:,} {result.value}" for result in _ORDER if counts[result])
    out.print(Text(f"{verb}", "bold").append(f" ({len(entries):,}): {words}", "default"), soft_wrap=True)
    for one in ordered if everything else ordered[:SHOWN]:
        line = Text("  ").append(one.result.value, _ENTRY_STYLES.get(one.result, ""))
        parts = [_named(one), one.number, f"eid {one.eid}" if one.eid else ""]
        line.append(one_line("  ".join(["", *(part for part in parts if part)])), "default")
        if one.settled:
            line.append("  (a later up has settled it)", "default")
        if one.problem:
            line.append(one_line(f": {mask_numbers(one.problem.partition(chr(10))[0])}"), "default")
        out.print(line, soft_wrap=True)
    if not everything and len(ordered) > SHOWN:
        out.print(f"  and {len(ordered) - SHOWN:,} more: --all lists them", soft_wrap=True)


_SUBJECTS = {
    "Agent": "agent",
    "AbsentAgent": "absent agent",
    "BroadcastList": "broadcast list",
    "Lead": "lead",
    "LeadShard": "list",
}


def _named(one: RecordedEntry) -> str:
    """The entry by what it is and its key: `agent sales`."""
    return f"{_SUBJECTS.get(one.kind, '')} {mask_numbers(one.key)}".strip()


def _why_not_recorded(entry: HistoryEntry) -> str:
    if entry.kind != "update":
        return f"A {entry.kind} writes nothing to the account, so no entries are recorded."
    return (
        f"What it wrote is {NOT_RECORDED}: it ran on another machine or in another folder, with an older version, "
        "or under another name of the stack; or its record is gone. The counts are the engine's."
    )


def _who(entry: HistoryEntry, *, numbers: bool, whole: bool = False) -> str:
    if entry.update is None:
        return "-"
    environment = entry.update.environment
    author, committer = environment.get("git.author", ""), environment.get("git.committer", "")
    who = author or committer
    if whole and committer and committer != author:
        who = f"{author}, committed by {committer}" if author else committer
    if not whole and not who:
        who = environment.get("ci.system", "")
    return _masked(who, numbers=numbers) or "-"


def _commit(entry: HistoryEntry) -> str:
    environment = entry.update.environment if entry.update is not None else {}
    head = environment.get("git.head", "")
    return f"{head[:8]}{'+' if environment.get('git.dirty') == 'true' else ''}" if head else "-"


def _plan(entry: HistoryEntry) -> str:
    """The beginning of the plan's hash. `show` and JSON have all of it."""
    return f"{entry.run.plan[:9]}…" if entry.run is not None and entry.run.plan else "-"


def _changes(entry: HistoryEntry) -> str:
    """The engine's counts, without what stayed as it was."""
    if entry.update is None:
        return "-"
    changes = {op: count for op, count in entry.update.changes.items() if op != "same"}
    return ", ".join(f"{count:,} {op}" for op, count in sorted(changes.items())) or "no changes"


def _writes(entry: HistoryEntry) -> str:
    if entry.run is None:
        return NOT_RECORDED if entry.kind == "update" else "-"
    if entry.run.refused and not any(entry.run.totals.get(one) for one in _ORDER[:3]):
        return "refused, nothing written"
    words = [f"{entry.run.totals[one]:,} {one.value}" for one in reversed(_ORDER[:3]) if entry.run.totals.get(one)]
    return ", ".join(words) or "none"


def _count(entry: HistoryEntry, result: EntryResult) -> int | None:
    return None if entry.run is None else entry.run.totals.get(result, 0)


def _masked(text: str, *, numbers: bool) -> str:
    return text if numbers else mask_numbers(text)


def _local(moment: datetime, zone: tzinfo | None, *, seconds: bool = False) -> str:
    shown = moment.astimezone(zone)
    if not seconds:
        return f"{shown:%Y-%m-%d %H:%M}"
    return f"{shown:%Y-%m-%d %H:%M:%S} {shown.tzname() or ''}".rstrip()


def _iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
