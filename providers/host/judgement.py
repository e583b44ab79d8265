"""Whether the guards judged this run, and what the run has changed since, by the state's own word.

The guards judge the plan against the summary of the last up. That up may have had targets, or may have been cut off:
then the state has less than its summary says. The engine gives the state's inputs in each Check. So the changes are
counted here once more, as they come, and the same limits apply to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from digo.desired.renames import Renames
from digo.plan.guard_input import counted_refusal
from digo.plan.guards import over_limits
from digo.plan.run_summary import ChangeCounts
from digo.settings.limits import GuardLimits
from digo.state.run_summary import RunSummary
from protocol.urn import name_of
from providers.host.errors import HandlerError


@dataclass(frozen=True)
class Change:
    """What a run does with one resource.

    Attributes:
        entry: the config's entry, which all shards of a list share.
        creates: whether something new is made. Of a new list, only the first shard says so.
        updates: whether an agent of the account is changed, or a lead is sent again.
        deletes: whether something of the account is deleted.
        deleted_rows: the rows of a list that are deleted.
        adopts: whether an agent of the account is adopted.
        rows: the rows of a shard.
        growth: the rows by which a shard grows; negative if it shrinks.
        resharded: whether the list had another number of shards. Then rows come from other shards, which the engine
            shows to nobody if they are gone.
    """

    entry: str
    creates: bool = False
    updates: bool = False
    deletes: bool = False
    deleted_rows: int = 0
    adopts: bool = False
    rows: int = 0
    growth: int = 0
    resharded: bool = False


@dataclass(eq=False)
class Judgement:
    """The guards' judgement of this run.

    Attributes:
        guard_input: the run's guard input; empty while no guard was asked.
        had: how many entries the last run had.
        begun: keys of agents that the last run was to create. Such an agent is ours, if that run was cut off.
        lists: the rows of each list in the last run, by the list's key.
        refusal: why a run in which no guard was asked may write nothing; "" while that is not known.
    """

    guard_input: Mapping[str, Any] = field(default_factory=dict)
    had: int = 0
    begun: frozenset[str] = frozenset()
    lists: Mapping[str, int] = field(default_factory=dict)
    refusal: str = ""
    _limits: GuardLimits = field(default_factory=GuardLimits)
    _counts: ChangeCounts = field(default_factory=ChangeCounts)
    _seen: set[str] = field(default_factory=set)
    _growth: dict[str, int] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)
    _resharded: set[str] = field(default_factory=set)
    _deleted_rows: dict[str, int] = field(default_factory=dict)

    @classmethod
    def passed(cls, guard_input: Mapping[str, Any], before: Mapping[str, Any] | None) -> Judgement:
        """The judgement of a run that the guards let go on. `before` is the guard input of the last run."""
        last = RunSummary.from_dict((before or {}).get("census") or {})
        last = last.renamed(Renames.from_dict(guard_input.get("renames") or {}))
        lists = {list_entry(key): rows for key, rows in last.lists.items()}
        return cls(
            guard_input, last.resources, last.begun, lists, _limits=GuardLimits.model_validate(guard_input["limits"])
        )

    def is_of(self, guard_input: Mapping[str, Any]) -> bool:
        """Whether the guards have judged this plan already, in this run."""
        return bool(self.guard_input) and self.guard_input["plan"] == guard_input["plan"]

    def expect(self, change: Change) -> None:
        """Notes that a list is in the state with another number of shards, before its new shards are counted."""
        if change.resharded:
            self._resharded.add(change.entry)

    def count(self, urn: str, change: Change) -> None:
        """Counts a change. A resource counts once, whatever the engine asks about it; its deletion counts apart.

        Raises:
            HandlerError: the run has more changes than the limits allow, and no approval lifts that.
        """
        counted = f"{urn} deleted" if change.deletes else urn
        if counted in self._seen:
            return
        growth = {**self._growth, change.entry: self._growth.get(change.entry, 0) + change.growth}
        rows = {**self._rows, change.entry: self._rows.get(change.entry, 0) + change.rows}
        had = self._counts
        counts = replace(
            had,
            creates=had.creates + change.creates,
            updates=had.updates + change.updates,
            deletes=had.deletes + change.deletes,
            deleted_rows=had.deleted_rows + change.deleted_rows,
            adoptions=had.adoptions + (change.adopts and name_of(urn) not in self.begun),
            new_rows=self._new_rows(growth, rows) if change.rows or change.growth else had.new_rows,
        )
        if counts != had and over_limits(self._limits, self.had, counts):
            today = datetime.now(timezone.utc).date()
            if text := counted_refusal(
                counts, self.had, self.guard_input, today, "nothing was written for this one (counted up to here)"
            ):
                raise HandlerError(text)  # it is not counted: the engine may ask again, and is refused again
        self._seen.add(counted)
        self._counts = counts
        if change.rows or change.growth:
            self._growth, self._rows = growth, rows

    def count_deleted_rows(self, shard: str, rows: int) -> None:
        """Counts the rows that a shard deletes. They can become more: a run may read a list again.

        Raises:
            HandlerError: the run deletes more rows than the limits allow, and no approval lifts that.
        """
        if (more := rows - self._deleted_rows.get(shard, 0)) > 0:
            self.count(f"{shard}: {rows} deleted rows", Change(shard, deleted_rows=more))
            self._deleted_rows[shard] = rows

    def _new_rows(self, growth: Mapping[str, int], rows: Mapping[str, int]) -> int:
        """The rows by which the lists grow. One whose shards are others than before is compared with the last run."""
        return sum(
            max(0, rows[entry] - self.lists.get(entry, 0) if entry in self._resharded else more)
            for entry, more in growth.items()
        )


def list_entry(key: str) -> str:
    """How a list from files is named among the entries, which are URNs otherwise."""
    return f"list {key}"
