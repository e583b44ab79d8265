"""`import`: takes existing resources into the state, without running the program.

Source of the rules: Pulumi's `import.go`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from engine.deployment.context import ImportRequest
from engine.deployment.default_providers import DefaultProviders
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.execution import Run
from engine.deployment.goal import Goal
from engine.deployment.identities import Identities
from engine.deployment.import_steps import ImportSteps
from engine.deployment.planner import Planner
from engine.deployment.progress import Progress
from engine.deployment.session import Session
from engine.deployment.targets import Targets
from engine.deployment.urn import is_provider_type, package_of
from engine.model import STACK_TYPE, ResourceState


def importing(requests: Sequence[ImportRequest]) -> Callable[[Run], Awaitable[None]]:
    """The work of importing these resources."""

    async def work(run: Run) -> None:
        await _Importer(run.session).run(requests)

    return work


class _Importer:
    """Imports in the order of the requests' parents."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._progress = Progress()
        self._identities = Identities(session)
        planner = Planner(session, self._progress, self._identities, Targets(replace(session.options, targets=())))
        self._planner = planner
        self._defaults = DefaultProviders(session, planner)
        self._steps = ImportSteps(session)

    async def run(self, requests: Sequence[ImportRequest]) -> None:
        """Import them all; one that fails keeps no other from being imported."""
        self._session.goes_on = True
        # What is there comes first in the state: the imported depend on it.
        for old in self._session.olds.resources:
            if not old.state.delete:
                self._progress.settled[old.urn] = await self._steps.keep(old)
        stack_urn = await self._stack()
        states = [await self._state(request, stack_urn) for request in requests]
        self._refuse_duplicates(states)
        waiting = {state.urn: state for state in states if not self._is_imported(state)}
        while waiting:
            ready = [state for state in waiting.values() if state.parent not in waiting]
            for state in ready:
                del waiting[state.urn]
            await asyncio.gather(*(self._import(state) for state in ready))

    async def _stack(self) -> str:
        urn = self._session.stack_urn
        if urn not in self._session.olds.by_urn:
            name = f"{self._session.project.name}-{self._session.stack.name}"
            await self._planner.register(Goal(type=STACK_TYPE, name=name, custom=False, inputs={}))
        return urn

    async def _state(self, request: ImportRequest, stack_urn: str) -> ResourceState:
        if is_provider_type(request.type):
            raise StepError(f"cannot import {request.name}: provider resources are not imported by an id")
        parent = request.parent or stack_urn
        urn = self._session.urn(parent, request.type, request.name)
        return ResourceState(
            urn=urn,
            type=request.type,
            custom=True,
            parent=parent,
            provider=await self._provider(request, urn),
            inputs=request.inputs or {},
            import_id=request.id,
            protect=request.protect,
        )

    async def _provider(self, request: ImportRequest, urn: str) -> str:
        olds = self._session.olds.by_urn
        if request.provider:
            if request.provider not in olds:
                raise StepError(f"could not find provider {request.provider}", urn)
            return f"{request.provider}::{olds[request.provider].state.id}"
        goal = self._defaults.goal(package_of(request.type), "")
        known = olds.get(self._session.urn("", goal.type, goal.name))
        if known is not None:
            return f"{known.urn}::{known.state.id}"
        return await self._defaults.reference(package_of(request.type), "", urn)

    def _refuse_duplicates(self, states: list[ResourceState]) -> None:
        seen: set[str] = set()
        for state in states:
            if state.urn in seen:
                raise StepError(f"duplicate import '{state.name}' of type '{state.type}'")
            seen.add(state.urn)

    def _is_imported(self, state: ResourceState) -> bool:
        old = self._session.olds.by_urn.get(state.urn)
        return old is not None and (old.state.import_id or old.state.id) == state.import_id

    async def _import(self, state: ResourceState) -> None:
        try:
            self._refuse_existing(state)
            provider = await self._session.registry.ensure(state.provider, self._session.olds, state.urn)
            settled = await self._steps.import_(state, provider)
        except StepError as error:
            self._session.step_failed = True
            self._session.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            return
        else:
            self._progress.settled[state.urn] = settled

    def _refuse_existing(self, state: ResourceState) -> None:
        known = self._session.olds.by_urn
        if state.urn in known:
            raise StepError(f"resource '{state.urn}' already exists", state.urn)
        if state.parent not in known and state.parent not in self._progress.settled:
            raise StepError(f"unknown parent '{state.parent}' for resource '{state.urn}'", state.urn)
