"""Reads what a machine has kept of its ups: the records, and the journals of runs that have no record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from digo.api.agent_calls import USER_CALLS
from digo.api.lists import CREATE_LIST_CALL, DELETE_LIST_CALL, RENAME_LIST_CALL
from digo.state.journal import JournalEntry, Outcome, read_run, runs
from digo.state.run_record import is_held, records
from digo.text.json_text import loads

_MAX_BYTES = 8_000_000
_AGENT = "Agent"
_BROADCAST_LIST = "BroadcastList"
_KIND_OF_CALL = {
    **dict.fromkeys(USER_CALLS.names, _AGENT),
    **dict.fromkeys((CREATE_LIST_CALL, RENAME_LIST_CALL, DELETE_LIST_CALL), _BROADCAST_LIST),
}
_SHARES_CALLS = {"AbsentAgent": _AGENT}
"""The kinds whose writes have the calls of another kind."""

_OWN_CALLS = frozenset(_KIND_OF_CALL.values())
"""The kinds whose writes have calls of their own. All others are sent as leads."""


class EntryResult(str, Enum):
    """What an up did with one entry. NO_WRITE: the agent was there already, so nothing was to be sent."""

    APPLIED = "applied"
    NOT_APPLIED = "not applied"
    UNKNOWN = "unknown"
    NO_WRITE = "no write"


@dataclass(frozen=True)
class RecordedEntry:
    """One entry of an up.

    Attributes:
        key: the resource's name.
        kind: its type, such as `Agent`; "" where only the journal knows the run.
        verb: `create`, `update`, `replace`, `adopt`, `delete`, or `write` where only the journal knows the run.
        number: its masked number; "" where it has none, or where only the journal knows the run.
        eid: the agent's EID, as far as the run knew it.
        result: what became of it.
        problem: why it failed; "" if it did not.
        settled: whether a later up has settled an unknown write.
    """

    key: str
    kind: str
    verb: str
    number: str
    eid: str
    result: EntryResult
    problem: str = ""
    settled: bool = False


@dataclass(frozen=True)
class RecordedRun:
    """One up, as this machine recorded it.

    Attributes:
        id: the name of its file.
        at: when it began, in seconds since 1970.
        plan: the plan's hash; "" where it is not known.
        refused: why it was refused; "" if it was not.
        ended: when it ended; None if it was killed, or is under way.
        settled: whether the engine had all results.
        alive: whether its processes run still.
        entries: its entries, in the order in which it came to them.
        left_out: entries and writes that were too many for the record.
        totals: counts by result, also of what was left out.
    """

    id: str
    at: float
    plan: str = ""
    refused: str = ""
    ended: float | None = None
    settled: bool = False
    alive: bool = False
    entries: tuple[RecordedEntry, ...] = ()
    left_out: int = 0
    totals: Mapping[EntryResult, int] = field(default_factory=dict)


def recorded_runs(history: Path, journals: Path, since: int = 0) -> tuple[list[RecordedRun], list[str]]:
    """The ups that this machine has kept, the oldest first, and the files that could not be read.

    Args:
        history: the stack's folder of records.
        journals: the stack's folder of journals.
        since: only those that began then or later, in nanoseconds since 1970.
    """
    written = {path.stem: read_run(path) for path in runs(journals) if _began(path) >= since}
    settled = {one.write for entries in written.values() for one in entries if one.outcome is Outcome.SETTLED}
    found, unreadable, known = [], [], set()
    for path in records(history):
        if _began(path) < since:
            continue
        lines = _lines(path)
        head = lines[0] if lines else {}
        if head.get("record") != 1 or not isinstance(head.get("at"), (int, float)):
            unreadable.append(path.name)
            continue
        named = [str(line["journal"]) for line in lines if line.get("journal")]
        known.update(named)
        journal = [entry for name in named for entry in written.get(name, ())]
        found.append(_from_record(path.stem, lines, journal, settled, alive=is_held(path)))
    found += [
        _from_journal(name, entries, settled) for name, entries in written.items() if entries and name not in known
    ]
    return _with_later_runs(sorted(found, key=lambda run: run.at)), unreadable


def _began(path: Path) -> int:
    """When the run of a record or a journal began, by the file's name; 0 if that does not say it."""
    first = path.stem.partition("-")[0]
    return int(first) if first.isdecimal() else 0


def _with_later_runs(found: list[RecordedRun]) -> list[RecordedRun]:
    """The runs, the oldest first. An unknown write is settled if a later run found the entry there, or applied it."""
    known: set[tuple[str, str]] = set()
    newest_first = []
    for run in reversed(found):
        entries = tuple(
            replace(one, settled=one.settled or _resource(one) in known) if one.result is EntryResult.UNKNOWN else one
            for one in run.entries
        )
        known.update(_resource(one) for one in entries if one.result in (EntryResult.APPLIED, EntryResult.NO_WRITE))
        newest_first.append(replace(run, entries=entries))
    return newest_first[::-1]


def _resource(entry: RecordedEntry) -> tuple[str, str]:
    kind = _SHARES_CALLS.get(entry.kind, entry.kind)
    return kind if kind in _OWN_CALLS else "", entry.key


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines that are whole. A killed run or a full disk may have cut one short."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError:
        return []
    found = []
    for line in data.split(b"\n"):
        try:
            content = loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            found.append(content)
    return found


def _from_record(
    id_: str, lines: list[dict[str, Any]], journal: Iterable[JournalEntry], settled: set[str], *, alive: bool
) -> RecordedRun:
    head = lines[0]
    planned = {_name(line): line for line in reversed(lines) if "verb" in line and "key" in line}
    order = list(dict.fromkeys(_name(line) for line in lines if "verb" in line and "key" in line))
    done = {_name(line): line for line in lines if line.get("done")}
    errors = {_name(line): str(line["error"]) for line in lines if "error" in line}
    writes = _by_resource(_writes(lines, journal))
    entries = tuple(
        _entry(planned[name], done.get(name), errors.get(name, ""), _of(name, writes), settled) for name in order
    )
    hosts = {line["host"] for line in lines if "host" in line}
    ends = {line["host"]: line for line in lines if "end" in line and "host" in line}
    # A run that was refused before a host joined it has ended with its program.
    over = hosts <= set(ends) and (bool(hosts) or any("refused" in line for line in lines))
    left_out = sum(_count(one.get("leftOut")) for one in ends.values())
    return RecordedRun(
        id=id_,
        at=float(head["at"]),
        plan=str(head.get("plan") or ""),
        refused=next((str(line["refused"]) for line in lines if "refused" in line), ""),
        ended=max((float(one["end"]) for one in ends.values()), default=float(head["at"])) if over else None,
        settled=all(one.get("settled") is True for one in ends.values()),
        alive=alive,
        entries=entries,
        left_out=left_out,
        totals=_totals(entries, list(ends.values()) if left_out else []),
    )


def _from_journal(name: str, entries: list[JournalEntry], settled: set[str]) -> RecordedRun:
    writes = _by_resource(one for one in entries if one.outcome is not Outcome.SETTLED)
    found = tuple(
        _entry({"key": key, "type": kind, "verb": "write"}, None, "", own, settled)
        for (kind, key), own in writes.items()
    )
    return RecordedRun(name, entries[0].at, entries=found, totals=_totals(found, []))


def _writes(lines: Iterable[Mapping[str, Any]], journal: Iterable[JournalEntry]) -> list[JournalEntry]:
    """The last word on each write. The journal has them all while it is kept; the record has them afterwards."""
    last: dict[str, JournalEntry] = {}
    for line in lines:
        if "write" in line:
            try:
                outcome = Outcome(line["outcome"])
            except (ValueError, KeyError):
                continue
            key, call, note = (str(line.get(name) or "") for name in ("key", "call", "note"))
            last[str(line["write"])] = JournalEntry(0, str(line["write"]), key, call, outcome, note)
    last.update({entry.write: entry for entry in journal})
    return list(last.values())


def _entry(
    planned: Mapping[str, Any],
    done: Mapping[str, Any] | None,
    error: str,
    writes: list[JournalEntry],
    settled: set[str],
) -> RecordedEntry:
    own = [one for one in writes if one.outcome is not Outcome.SETTLED]
    result = _result(str(planned["verb"]), own, done=done is not None)
    note = next((one.note for one in reversed(own) if one.outcome is not Outcome.APPLIED and one.note), "")
    eid = str((done or {}).get("eid") or planned.get("eid") or "")
    return RecordedEntry(
        key=str(planned["key"]),
        kind=str(planned.get("type") or ""),
        verb=str(planned["verb"]),
        number=str(planned.get("number") or ""),
        eid=eid,
        result=result,
        problem=error or (note if result is not EntryResult.APPLIED else ""),
        settled=result is EntryResult.UNKNOWN and any(one.write in settled for one in own),
    )


def _result(verb: str, writes: list[JournalEntry], *, done: bool) -> EntryResult:
    """No request leaves before its intent is in the journal. So an entry without a write was not applied."""
    outcomes = [one.outcome for one in writes]
    if Outcome.APPLIED in outcomes[-1:]:
        return EntryResult.APPLIED
    if any(one in (Outcome.INTENT, Outcome.UNKNOWN) for one in outcomes):
        return EntryResult.UNKNOWN
    if outcomes:
        return EntryResult.NOT_APPLIED
    return EntryResult.NO_WRITE if verb == "adopt" or done else EntryResult.NOT_APPLIED


def _by_resource(writes: Iterable[JournalEntry]) -> dict[tuple[str, str], list[JournalEntry]]:
    """The writes of each resource. An agent and a lead may have the same name."""
    found: dict[tuple[str, str], list[JournalEntry]] = {}
    for one in writes:
        found.setdefault((_KIND_OF_CALL.get(one.call, ""), one.key), []).append(one)
    return found


def _of(name: tuple[str, str], writes: Mapping[tuple[str, str], list[JournalEntry]]) -> list[JournalEntry]:
    kind, key = _SHARES_CALLS.get(name[0], name[0]), name[1]
    return writes.get((kind if kind in _OWN_CALLS else "", key), [])


def _totals(entries: Iterable[RecordedEntry], ends: list[Mapping[str, Any]]) -> dict[EntryResult, int]:
    """Counts by result. Where the record left some out, its end has the counts of the writes."""
    counts = Counter(entry.result for entry in entries)
    words = {Outcome.INTENT.value: EntryResult.UNKNOWN}
    for end in ends:
        outcomes = end.get("outcomes")
        whole: Counter[EntryResult] = Counter()
        for word, count in outcomes.items() if isinstance(outcomes, dict) else ():
            try:
                whole[words.get(word) or EntryResult(word)] += _count(count)
            except ValueError:
                continue  # a settled write of an earlier run
        counts |= whole
    return dict(counts)


def _name(line: Mapping[str, Any]) -> tuple[str, str]:
    return str(line.get("type") or ""), str(line.get("key") or "")


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
