"""The step of `pulumi import`: unlike an import that a program asks for, nothing is compared afterwards."""

from __future__ import annotations

import os
from dataclasses import replace

from engine.deployment.answers import Live
from engine.deployment.provider import Provider
from engine.deployment.step_runner import Settled, Supersedes, make_step
from engine.deployment.steps import Steps
from engine.deployment.wire import as_secret
from engine.events import Severity
from engine.model import Op, ResourceState
from engine.values import PropertyMap, Secret

_SEED_BYTES = 32


class ImportSteps(Steps):
    """Carries out such imports."""

    async def import_(self, new: ResourceState, provider: Provider) -> Settled:
        """Take the resource into the state as the provider reports it, and warn where its inputs do not check."""
        settled = await self.settle(
            make_step(Op.IMPORT, None, new),
            new,
            "importing",
            lambda: self._call_adopt(new, provider),
            self._as_imported,
            Supersedes(),
        )
        await self._warn_of_invalid(settled.state, provider)
        return settled

    def _as_imported(self, new: ResourceState, live: Live) -> ResourceState:
        state = self._as_adopted(new, live)
        return replace(state, import_id="", inputs=_with_supplied(state.inputs, new.inputs))

    async def _warn_of_invalid(self, state: ResourceState, provider: Provider) -> None:
        _, failures = await provider.check(state.urn, state.inputs, state.inputs, os.urandom(_SEED_BYTES))
        for failure in failures:
            where = f"property {failure.property} " if failure.property else ""
            self.session.diagnose(
                Severity.WARNING,
                f"{state.type} resource '{state.name}': {where}has a problem: {failure.reason}\n"
                "It was imported as it is; write the program so that it checks.",
                state.urn,
            )


def _with_supplied(read: PropertyMap, supplied: PropertyMap) -> PropertyMap:
    """The inputs as read, with what the provider did not tell taken from the user, secret where the user's are."""
    merged = dict(read)
    for key, value in supplied.items():
        if read.get(key) is None:
            merged[key] = value
        elif isinstance(value, Secret):
            merged[key] = as_secret(read[key])
    return merged
