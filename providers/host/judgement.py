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

from digo.plan.guard_input import counted_refusal
from digo.plan.guards import over_limits
from digo.plan.run_summary import ChangeCounts
from digo.settings.limits import GuardLimits
from digo.state.run_summary import RunSummary
from providers.host.errors import HandlerError


@dataclass(frozen=True)
class Change:
    """What a run does with one resource.

    `entry` names the config's entry, so that the shards of a list count once. `growth` is the number of rows by which a
    shard grows; it is negative for one that shrinks.
    """

    entry: str
    creates: bool = False
    updates: bool = False
    adopts: bool = False
    growth: int = 0


@dataclass(eq=False)
class Judgement:
    """The guards' judgement of this run.

    Attributes:
        guard_input: the run's guard input; empty while no guard was asked.
        had: how many entries the last run had.
        refusal: why a run in which no guard was asked may write nothing; "" while that is not known.
    """

    guard_input: Mapping[str, Any] = field(default_factory=dict)
    had: int = 0
    refusal: str = ""
    _limits: GuardLimits = field(default_factory=GuardLimits)
    _counts: ChangeCounts = field(default_factory=ChangeCounts)
    _seen: set[str] = field(default_factory=set)
    _entries: set[str] = field(default_factory=set)
    _growth: dict[str, int] = field(default_factory=dict)

    @classmethod
    def passed(cls, guard_input: Mapping[str, Any], before: Mapping[str, Any] | None) -> Judgement:
        """The judgement of a run that the guards let go on. `before` is the guard input of the last run."""
        had = RunSummary.from_dict(before.get("census") or {}).resources if before else 0
        return cls(guard_input, had, _limits=GuardLimits.model_validate(guard_input["limits"]))

    def count(self, urn: str, change: Change) -> None:
        """Counts a change. A resource counts once, whatever the engine asks about it.

        Raises:
            HandlerError: the run has more changes than the limits allow, and no approval lifts that.
        """
        if urn in self._seen:
            return
        first = change.entry not in self._entries
        growth = dict(self._growth)
        if change.growth:
            growth[change.entry] = growth.get(change.entry, 0) + change.growth
        had = self._counts
        counts = replace(
            had,
            creates=had.creates + (change.creates and first),
            updates=had.updates + (change.updates and first),
            adoptions=had.adoptions + (change.adopts and first),
            new_rows=sum(max(0, rows) for rows in growth.values()) if change.growth else had.new_rows,
        )
        if counts != had and over_limits(self._limits, self.had, counts):
            today = datetime.now(timezone.utc).date()
            if text := counted_refusal(counts, self.had, self.guard_input, today, "nothing was written for this one"):
                raise HandlerError(text)  # it is not counted: the engine may ask again, and is refused again
        self._seen.add(urn)
        self._entries.add(change.entry)
        self._counts = counts
        if change.growth:
            self._growth = growth
