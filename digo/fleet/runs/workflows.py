"""The workflows of a run. DBOS records each step, so another process goes on where one has died.

What a workflow decides by the clock, by files or by results is a step, so that a second execution decides the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOS, EnqueueOptions

from digo.fleet.runs.results_without_up import WAITS, skipped_result
from digo.fleet.runs.run_document import RunDocument, RunWave, stack_workflow
from digo.fleet.runs.stack_steps import StackSteps
from digo.fleet.runs.store import FLEET_STOP, FLEET_UP, STACK_UP, stacks_queue
from digo.fleet.up.stack_result import ResultOutcome
from digo.text.counts import counted


@dataclass
class _Wave:
    """What the coordinator knows of the wave under way."""

    run: RunDocument
    wave: RunWave
    results: dict[str, dict[str, Any]]
    open: dict[str, str] = field(default_factory=dict)  # the workflows that have not ended, with their stacks
    failed: int = 0
    stopped: str = ""


def register_workflows(fleet: str, steps: StackSteps) -> None:
    """Makes the workflows known to DBOS. It is called before DBOS is launched.

    Args:
        fleet: the fleet's name in the database.
        steps: what this process does.
    """

    @DBOS.workflow(name=FLEET_UP)
    async def fleet_up(document: dict[str, Any]) -> dict[str, Any]:
        with steps.recorded():
            return await _fleet_up(fleet, RunDocument.from_dict(document), steps)

    @DBOS.workflow(name=STACK_UP)
    def stack_up(run: str, pin: dict[str, Any], shares_account: bool) -> dict[str, Any]:  # noqa: FBT001 - DBOS's inputs
        with steps.recorded():
            begun = DBOS.run_step({"name": "begin"}, steps.begin, run, pin["stack"])
            if "outcome" in begun:
                return begun
            return DBOS.run_step({"name": "up"}, steps.up, run, pin, begun["process"], shares_account=shares_account)

    @DBOS.workflow(name=FLEET_STOP)
    def fleet_stop(run: str, why: str) -> str:  # noqa: ARG001 - that this workflow exists stops the run
        return why


async def _fleet_up(fleet: str, run: RunDocument, steps: StackSteps) -> dict[str, Any]:
    results: dict[str, dict[str, Any]] = {}
    stopped = ""
    for number, wave in enumerate(run.waves, 1):
        stopped = await _wave_up(fleet, _Wave(run, wave, results), steps)
        if not stopped and wave.wait and number < len(run.waves):
            begun = await DBOS.run_step_async({"name": "now"}, steps.now)
            stopped = await DBOS.run_step_async({"name": "wait"}, steps.wait_until, run.run, begun + wave.wait)
        if stopped:
            break
    for stack in run.stacks:
        results.setdefault(stack, skipped_result(stack, stopped))
    return {"stopped": stopped, "results": results}


async def _wave_up(fleet: str, wave: _Wave, steps: StackSteps) -> str:
    """Ups one wave; why the run stops, or "" if it goes on."""
    await _enqueue(fleet, wave, dict.fromkeys(wave.wave.stacks, 1), steps)
    while wave.open:
        found = await DBOS.run_step_async(
            {"name": "results"}, steps.wait_for_results, wave.run.run, dict(wave.open), wave.stopped
        )
        again = _take(wave, found["results"])
        stopped = found["stopped"]
        if not stopped and wave.failed >= wave.wave.failures:
            why = f"{counted(wave.failed, 'failed stack')} in wave {wave.wave.name}"
            stopped = await DBOS.run_step_async({"name": "stop"}, steps.stop, wave.run.run, wave.run.label, why)
        if stopped and not wave.stopped:
            wave.stopped = stopped
            await _drop_unbegun(wave, steps)
        if stopped:
            wave.results.update((stack, skipped_result(stack, stopped)) for stack in again)
        elif again:
            await _enqueue(fleet, wave, again, steps)
    return wave.stopped


def _take(wave: _Wave, results: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """Takes results; the stacks whose window had closed, with the numbers of their next workflows."""
    again: dict[str, int] = {}
    for workflow, result in results.items():
        stack = wave.open.pop(workflow)
        if result["outcome"] == WAITS:
            again[stack] = result["number"] + 1
            continue
        wave.results[stack] = result
        wave.failed += ResultOutcome(result["outcome"]).is_failure
    return again


async def _enqueue(fleet: str, wave: _Wave, stacks: Mapping[str, int], steps: StackSteps) -> None:
    """Enqueues stacks, each with the number of its workflow; those whose window is closed from its opening on."""
    delays = await DBOS.run_step_async({"name": "windows"}, steps.seconds_to_windows, list(stacks))
    for stack, number in stacks.items():
        pin = dict(wave.run.pins[stack])
        options: EnqueueOptions = {
            "workflow_name": STACK_UP,
            "queue_name": stacks_queue(fleet),
            "workflow_id": stack_workflow(wave.run.run, stack, number),
            "queue_partition_key": pin.get("account") or stack,
            "app_version": wave.run.label,
        }
        if stack in delays:
            options["delay_seconds"] = delays[stack]
        shares = wave.run.shares_account(stack)
        await DBOS.enqueue_workflow_with_options_async(options, wave.run.run, pin, shares)
        wave.open[options["workflow_id"]] = stack


async def _drop_unbegun(wave: _Wave, steps: StackSteps) -> None:
    dropped = await DBOS.run_step_async({"name": "drop"}, steps.drop_unbegun, list(wave.open))
    for workflow in dropped:
        stack = wave.open.pop(workflow)
        wave.results[stack] = skipped_result(stack, wave.stopped)
