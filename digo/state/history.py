"""A stack's history: the engine's updates, joined with what this machine recorded of its ups. Pure.

Source of the engine's document: pulumi/pulumi, `pkg/cmd/pulumi/stack/stack_history.go` (`updateInfoJSON`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
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
        raise UnreadableHistory("it is no list of updates")
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
    left = list(runs)
    entries: list[HistoryEntry] = []
    for update in updates:
        fitting = [one for one in left if _belongs(one, update)] if update.kind == UPDATE else []
        # A killed run, which did not settle its writes, may have begun in the same second.
        run = min(fitting, key=lambda one: (one.ended is None or not one.settled, one.at), default=None)
        if run is not None:
            left.remove(run)
        entries.append(HistoryEntry(update, run))
    for run in left:
        place = next((at for at, entry in enumerate(entries) if _is_later(entry, run)), len(entries))
        entries.insert(place, HistoryEntry(None, run))
    entries.reverse()
    return entries


def _is_later(entry: HistoryEntry, run: RecordedRun) -> bool:
    """Whether an entry began after a run. The engine writes whole seconds; in the same second it counts as later."""
    if entry.run is not None:
        return entry.run.at > run.at
    return entry.started.timestamp() >= int(run.at)


def _belongs(run: RecordedRun, update: EngineUpdate) -> bool:
    begun = _moment(run.at)
    if begun < update.started:  # in whole seconds, rounded down
        return False
    return update.ended is None or begun.timestamp() < update.ended.timestamp() + 1


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
