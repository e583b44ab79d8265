"""The outputs that components and the stack register after their children (`RegisterResourceOutputs`)."""

from __future__ import annotations

from dataclasses import replace

from engine.deployment.errors import StepError
from engine.deployment.previous_state import TrackedResource
from engine.deployment.run import Run
from engine.events import StackOutputs
from engine.journal import Outputs
from protocol.urn import is_stack
from protocol.values import PropertyMap


class ComponentOutputs:
    """Writes these outputs to the state: a component's immediately, the stack's at the end of the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._progress = run.progress
        self._of_stack: PropertyMap | None = None

    async def register(self, urn: str, outputs: PropertyMap) -> None:
        """Take the outputs of a resource.

        Raises:
            StepError: no such resource was registered.
        """
        if is_stack(urn):
            self._of_stack = outputs
            return
        if urn in self._progress.skipped or urn in self._progress.failed:
            return
        settled = self._progress.settled.get(urn)
        if settled is None:
            raise StepError(f"cannot complete a resource '{urn}' whose registration isn't pending", urn)
        await self._write(settled, outputs)

    async def finish(self) -> None:
        """Write the stack's outputs. After a failure, outputs that were not registered keep their old values."""
        urn = self._run.stack_urn
        settled = self._progress.settled.get(urn)
        if self._of_stack is None or settled is None:
            return
        old = self._run.previous.by_urn.get(urn)
        before = old.state.outputs if old is not None else {}
        outputs = {**before, **self._of_stack} if self._run.failed else self._of_stack
        await self._write(settled, outputs)
        self._run.emit(StackOutputs(old=dict(before), new=dict(outputs)))

    async def _write(self, settled: TrackedResource, outputs: PropertyMap) -> None:
        if outputs == settled.state.outputs:
            return
        await self._run.journal.write(lambda number: Outputs(number, settled.ref, outputs))
        settled.state = replace(settled.state, outputs=outputs)
