"""A stack's history: the engine's updates, joined with what this machine recorded of its ups. Pure.

Source of the engine's document: pulumi/pulumi, `pkg/cmd/pulumi/stack/stack_history.go` (`updateInfoJSON`).
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from digo.state.record_reader import RecordedRun
from digo.text.formatting import as_letters

UPDATE = "update"
_IN_PROGRESS = "in-progress"
_RUN_ID = 8  # letters


class UpdateResult(str, Enum):
    """How an update ended.

    The first three are Pulumi's words. INTERRUPTED: it was killed, so the engine has no record of its end.
    NOT_IN_HISTORY: it ended on this machine, and the engine's history lacks it.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    IN_PROGRESS = _IN_PROGRESS
    INTERRUPTED = "interrupted"
    NOT_IN_HISTORY = "not in the history"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class EngineUpdate:
    """One update of the engine's history.

    Attributes:
        number: as the engine numbers it. A backend in a folder or a bucket has no numbers: then the oldest is 1.
        kind: `update`, `refresh`, `destroy`, `import`, `resource-import` …
        started: when it began.
        ended: when it ended; None while it is under way.
        result: how it ended.
        message: that of `--message`, or the title of the commit.
        environment: where it was made, by Pulumi's names, such as `git.head`.
        changes: counts of resources by operation.
    """

    number: int
    kind: str
    started: datetime
    ended: datetime | None
    result: UpdateResult
    message: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the history: an update that the engine knows, a run that this machine knows, or both."""

    update: EngineUpdate | None
    run: RecordedRun | None

    @property
    def id(self) -> str:
        """What `digo history show` takes: the update's number, or letters for a run that has none."""
        if self.update is not None:
            return str(self.update.number)
        assert self.run is not None
        letters = as_letters(hashlib.sha256(self.run.id.encode()).hexdigest()[:_RUN_ID])
        return f"{letters[:4]}-{letters[4:]}"

    @property
    def kind(self) -> str:
        """The kind of the update. Only ups are recorded on a machine."""
        return self.update.kind if self.update is not None else UPDATE

    @property
    def started(self) -> datetime:
        """When it began."""
        if self.update is not None:
            return self.update.started
        assert self.run is not None
        return _moment(self.run.at)

    @property
    def ended(self) -> datetime | None:
        """When it ended; None if it was killed, or is under way."""
        if self.update is not None:
            return self.update.ended
        return None if self.run is None or self.run.ended is None else _moment(self.run.ended)

    @property
    def result(self) -> UpdateResult:
        """How it ended."""
        if self.update is not None:
            return self.update.result
        assert self.run is not None
        if self.run.ended is None:
            return UpdateResult.IN_PROGRESS if self.run.alive else UpdateResult.INTERRUPTED
        return UpdateResult.NOT_IN_HISTORY if self.run.settled else UpdateResult.INTERRUPTED


class UnreadableHistory(ValueError):
    """The engine's document is not what Pulumi documents."""


def engine_updates(document: Any) -> list[EngineUpdate]:
    """The updates of `stack history --json`, the oldest first.

    Raises:
        UnreadableHistory: it is no such document.
    """
    if not isinstance(document, list):
        raise UnreadableHistory("it is not a list of updates")
    oldest_first = list(reversed(document))
    try:
        return [_engine_update(one, position) for position, one in enumerate(oldest_first, start=1)]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise UnreadableHistory(f"an update has no usable {problem}") from None


def joined(updates: Sequence[EngineUpdate], runs: Sequence[RecordedRun]) -> list[HistoryEntry]:
    """The history, the newest first.

    A run is that of an update if it began between the update's start and end: a stack has one up at a time.

    Args:
        updates: the engine's updates, the oldest first.
        runs: this machine's runs, the oldest first.
    """
    run_of = _runs_of([one for one in updates if one.kind == UPDATE], runs)
    entries = [HistoryEntry(update, run_of.get(id(update))) for update in updates]
    with_update = {id(run) for run in run_of.values()}
    for run in runs:
        if id(run) not in with_update:
            place = next((at for at, entry in enumerate(entries) if _is_later(entry, run)), len(entries))
            entries.insert(place, HistoryEntry(None, run))
    entries.reverse()
    return entries


def _runs_of(updates: Sequence[EngineUpdate], runs: Sequence[RecordedRun]) -> dict[int, RecordedRun]:
    """The run of each update, by the `id` of the update. An update of another machine has none.

    The engine writes whole seconds, so a run can fit several updates. Both are in the order of time, and so are the
    pairs: as many as there can be, and of these the most likely.
    """
    times = [run.at for run in runs]
    best: dict[tuple[int, int], _Chain] = {}
    place = [bisect_left(times, update.started.timestamp()) for update in updates]
    end = [bisect_left(times, _end_of(update)) for update in updates]

    def rest(u: int, r: int) -> _Chain:
        """The best pairs of the updates from `u` on with the runs from `r` on."""
        while u < len(updates) and max(r, place[u]) >= end[u]:
            u += 1
        return best[u, max(r, place[u])] if u < len(updates) else _Chain()

    for u in range(len(updates) - 1, -1, -1):
        for r in range(end[u] - 1, place[u] - 1, -1):
            paired = rest(u + 1, r + 1).after(updates[u], runs[r])
            best[u, r] = max(paired, rest(u, r + 1), rest(u + 1, r), key=lambda chain: (chain.pairs, chain.likely))
    return dict(rest(0, 0))


@dataclass(frozen=True)
class _Chain:
    """Pairs of updates and runs in the order of time: how many, how many of them are likely, the first, the others."""

    pairs: int = 0
    likely: int = 0
    first: tuple[EngineUpdate, RecordedRun] | None = None
    others: _Chain | None = None

    def after(self, update: EngineUpdate, run: RecordedRun) -> _Chain:
        """The pairs with one more before them."""
        return _Chain(self.pairs + 1, self.likely + _is_likely(run, update), (update, run), self)

    def __iter__(self) -> Iterator[tuple[int, RecordedRun]]:
        chain: _Chain | None = self
        while chain is not None and chain.first is not None:
            update, run = chain.first
            yield id(update), run
            chain = chain.others


def _is_likely(run: RecordedRun, update: EngineUpdate) -> bool:
    """Whether the two ends fit. A run that did not settle its writes was killed: no success, and often no update."""
    settled = run.ended is not None and run.settled
    return settled or update.result is not UpdateResult.SUCCEEDED


def _end_of(update: EngineUpdate) -> float:
    """When the update had ended for certain, in seconds since 1970. The engine rounds down to whole seconds."""
    return math.inf if update.ended is None else update.ended.timestamp() + 1


def _is_later(entry: HistoryEntry, run: RecordedRun) -> bool:
    """Whether an entry began after a run. The engine writes whole seconds; in the same second it counts as later."""
    if entry.run is not None:
        return entry.run.at > run.at
    return entry.started.timestamp() >= int(run.at)


def _engine_update(one: Mapping[str, Any], position: int) -> EngineUpdate:
    result = str(one["result"])
    known = result in {word.value for word in UpdateResult}
    return EngineUpdate(
        number=int(one.get("version") or 0) or position,
        kind=str(one["kind"]),
        started=_time(one["startTime"]),
        ended=None if result == _IN_PROGRESS or not one.get("endTime") else _time(one["endTime"]),
        result=UpdateResult(result) if known else UpdateResult.UNKNOWN,
        message=str(one.get("message") or ""),
        environment={str(name): str(value) for name, value in (one.get("environment") or {}).items()},
        changes={str(op): int(count) for op, count in (one.get("resourceChanges") or {}).items() if int(count)},
    )


def _time(text: object) -> datetime:
    """A time as the engine prints it: `2026-07-30T14:02:11.000Z`."""
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
