"""How far a run is, by what the database has of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from digo.fleet.runs.failure import RunsError
from digo.fleet.runs.results_without_up import WAITS, skipped_result, unknown_result
from digo.fleet.runs.run_document import RunDocument, RunWave, stack_of, stop_workflow
from digo.fleet.runs.store import UNFINISHED, RunStore
from digo.fleet.up.run_view import RunView
from digo.fleet.up.stack_result import StackResult
from digo.sanitize.terminal import one_line

if TYPE_CHECKING:
    from dbos import WorkflowStatus


@dataclass
class Follower:
    """Looks at one run again and again. The result of each stack is read once.

    Attributes:
        store: the runs.
        document: the run.
    """

    store: RunStore
    document: RunDocument
    _results: dict[str, StackResult] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def look(self) -> RunView:
        """The run as it is now.

        Raises:
            DatabaseLost: the database cannot be used.
            RunsError: the run is not in the database any more.
        """
        run = self.document.run
        found = {one.workflow_id: one for one in self.store.whole(run)}
        if run not in found:
            raise RunsError(f"there is no run {run} any more", "`digo fleet status` lists the runs")
        status = found[run].status
        rows = _latest(found.values())
        self._read_results(rows.values())
        if status == "SUCCESS":
            return self._ended()
        stopped = (self.store.why_stopped(run) or "") if stop_workflow(run) in found else ""
        if status not in UNFINISHED:
            stopped = stopped or self._why_failed(status)
            if not any(one.status in UNFINISHED for one in rows.values()):
                return self._ended_early(rows, stopped)
        wave, number = self._wave(rows)
        return RunView(
            run=run,
            stacks=len(self.document.stacks),
            results=tuple(self._results.values()),
            running={
                stack: (one.dequeued_at or 0) / 1000
                for stack, one in rows.items()
                if one.status == "PENDING" and stack not in self._results
            },
            wave=wave.name if wave else "",
            wave_number=number,
            waves=len(self.document.waves),
            waits=self._waits(rows, wave),
            stopped=stopped,
        )

    def _read_results(self, rows: Iterable[WorkflowStatus]) -> None:
        new = [one.workflow_id for one in rows if one.status == "SUCCESS" and one.workflow_id not in self._read]
        for one in self.store.ended(new):
            self._read.add(one.workflow_id)
            if one.output and one.output["outcome"] != WAITS:
                result = StackResult.from_dict(one.output)
                self._results[result.stack] = result

    def _why_failed(self, status: str) -> str:
        """Why a run that nobody stopped has ended before its end."""
        ended = self.store.ended([self.document.run])
        error = next((one.error for one in ended if one.error), status.lower())
        return f"the run has failed as a whole: {one_line(str(error))}; .digo/fleet/dbos.log says more"

    def _ended_early(self, rows: Mapping[str, WorkflowStatus], why: str) -> RunView:
        """The end of a run that was given up, or that has failed as a whole: no workflow has put its results together.

        What its stacks have begun is ended, and no other one begins (`RunStore.why_no_more`).
        """
        results = dict(self._results)
        for stack in self.document.stacks:
            if stack not in results:
                failed = stack in rows and rows[stack].status not in ("SUCCESS", "CANCELLED")
                results[stack] = StackResult.from_dict((unknown_result if failed else skipped_result)(stack, why))
        return self._end(results, why)

    def _ended(self) -> RunView:
        ended = self.store.ended([self.document.run])[0]
        output: Any = ended.output
        results = {stack: StackResult.from_dict(one) for stack, one in output["results"].items()}
        in_order = {**{stack: results[stack] for stack in self._results if stack in results}, **results}
        return self._end(in_order, output["stopped"])

    def _end(self, results: Mapping[str, StackResult], stopped: str) -> RunView:
        return RunView(
            run=self.document.run,
            stacks=len(self.document.stacks),
            results=tuple(results.values()),
            waves=len(self.document.waves),
            stopped=stopped,
            ended=True,
        )

    def _wave(self, rows: Mapping[str, WorkflowStatus]) -> tuple[RunWave | None, int]:
        """The last wave of which a stack is in the queue or has left it."""
        for number, wave in reversed(list(enumerate(self.document.waves, 1))):
            if not rows.keys().isdisjoint(wave.stacks):
                return wave, number
        return None, 0

    def _waits(self, rows: Mapping[str, WorkflowStatus], wave: RunWave | None) -> str:
        states = {one.status for one in rows.values()}
        if not states & {"PENDING", "ENQUEUED"} and "DELAYED" in states:
            opens = min(one.delay_until_epoch_ms or 0 for one in rows.values() if one.status == "DELAYED")
            return f"a window, which opens at {_moment(opens)}"
        if wave and wave.wait and all(stack in self._results for stack in wave.stacks):
            ended = max(rows[stack].completed_at or 0 for stack in wave.stacks)
            return f"the pause after wave {wave.name}, which ends at {_moment(ended + wave.wait * 1000)}"
        return ""


def _latest(rows: Iterable[WorkflowStatus]) -> dict[str, WorkflowStatus]:
    """The last workflow of each stack: one that met a closed window has a successor."""
    found: dict[str, tuple[int, WorkflowStatus]] = {}
    for row in rows:
        named = stack_of(row.workflow_id)
        if named and named[1] > found.get(named[0], (0, row))[0]:
            found[named[0]] = (named[1], row)
    return {stack: row for stack, (_, row) in found.items()}


def _moment(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
