"""`import`: adds existing resources to the state without running the program.

Source of the rules: Pulumi's `import.go`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from engine.deployment.context import ImportRequest
from engine.deployment.default_provider import NAME, TYPE, DefaultProvider
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.goal import Goal
from engine.deployment.identities import Identities
from engine.deployment.planner import Planner
from engine.deployment.run import Run
from engine.deployment.steps import Steps
from engine.deployment.targets import Targets
from engine.deployment.unsupported import refuse_type
from engine.model import ResourceState
from protocol.tokens import STACK_TYPE


def import_resources(requests: Sequence[ImportRequest]) -> Callable[[Run], Awaitable[None]]:
    """Makes the work that imports these resources."""

    async def work(run: Run) -> None:
        await _Importer(run).run(requests)

    return work


class _Importer:
    """Imports resources, parents before their children."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._progress = run.progress
        self._identities = Identities(run)
        targets = Targets(replace(run.input.options, targets=()))
        self._planner = Planner(run, self._identities, targets)
        self._provider = DefaultProvider(run, self._identities)
        self._steps = Steps(run)

    async def run(self, requests: Sequence[ImportRequest]) -> None:
        """Import all. If one fails, the others are still imported."""
        self._run.continues_on_error = True
        # Existing resources come first in the state, because the imported ones depend on them.
        for old in self._run.previous.resources:
            if not old.state.delete:
                self._progress.settled[old.urn] = await self._steps.keep(old)
        stack_urn = await self._stack()
        waiting: dict[str, ResourceState] = {}
        for request in requests:
            state = await self._state(request, stack_urn)
            if state.urn in waiting:
                raise StepError(f"duplicate import '{state.name}' of type '{state.type}'")
            waiting[state.urn] = state
        waiting = {urn: state for urn, state in waiting.items() if not self._is_imported(state)}
        while waiting:
            ready = [state for state in waiting.values() if state.parent not in waiting]
            for state in ready:
                del waiting[state.urn]
            await asyncio.gather(*(self._import(state) for state in ready))

    async def _stack(self) -> str:
        urn = self._run.stack_urn
        if urn not in self._run.previous.by_urn:
            name = f"{self._run.input.project.name}-{self._run.input.stack.name}"
            await self._planner.register(Goal(type=STACK_TYPE, name=name, custom=False, inputs={}))
        return urn

    async def _state(self, request: ImportRequest, stack_urn: str) -> ResourceState:
        parent = request.parent or stack_urn
        urn = self._run.urn(parent, request.type, request.name)
        refuse_type(request.type, urn)
        return ResourceState(
            urn=urn,
            type=request.type,
            custom=True,
            parent=parent,
            provider=await self._reference(urn),
            import_id=request.id,
            protect=request.protect,
        )

    async def _reference(self, urn: str) -> str:
        known = self._run.previous.by_urn.get(self._run.urn("", TYPE, NAME))
        return f"{known.urn}::{known.state.id}" if known is not None else await self._provider.reference(urn)

    def _is_imported(self, state: ResourceState) -> bool:
        old = self._run.previous.by_urn.get(state.urn)
        return old is not None and (old.state.import_id or old.state.id) == state.import_id

    async def _import(self, state: ResourceState) -> None:
        try:
            self._refuse_existing(state)
            provider = await self._run.hosts.configured(self._run, state.urn)
            settled = await self._steps.import_(state, provider)
        except StepError as error:
            self._run.step_failed = True
            self._run.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            return
        else:
            self._progress.settled[state.urn] = settled

    def _refuse_existing(self, state: ResourceState) -> None:
        known = self._run.previous.by_urn
        if state.urn in known:
            raise StepError(f"resource '{state.urn}' already exists", state.urn)
        if state.parent not in known and state.parent not in self._progress.settled:
            raise StepError(f"unknown parent '{state.parent}' for resource '{state.urn}'", state.urn)
