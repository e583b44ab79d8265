"""The provider host of a run: started once, and configured before the first call about a resource."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.deployment.errors import StepError
from engine.deployment.provider import Provider
from engine.deployment.session import Session
from protocol.tokens import DYNAMIC_PACKAGE, PROVIDER_TYPE_PREFIX
from protocol.values import PropertyMap

TYPE = f"{PROVIDER_TYPE_PREFIX}{DYNAMIC_PACKAGE}"
NAME = "default"
"""Type and name of the provider's resource in the state."""


class ProviderHosts:
    """The host, and the one before it where the config has changed since a refresh. It lives on the engine's loop."""

    def __init__(self, start: Callable[[], Awaitable[Provider]]) -> None:
        self._start = start
        self._starting: asyncio.Task[Provider] | None = None
        self._started: list[Provider] = []
        self._loading: asyncio.Task[None] | None = None

    def start_early(self) -> None:
        """Start the host now, for whoever needs it first."""
        self._starting = asyncio.create_task(self._start_one())

    async def _start_one(self) -> Provider:
        provider = await self._start()
        self._started.append(provider)
        return provider

    async def unconfigured(self) -> Provider:
        """The host, whatever it was configured with."""
        if self._starting is None:
            self.start_early()
        assert self._starting is not None
        return await asyncio.shield(self._starting)

    async def configure(self, urn: str, id_: str, config: PropertyMap) -> None:
        """Give the host its config. One that has another keeps it, and a new host takes its place."""
        provider = await self.unconfigured()
        if provider.config == config:
            return
        if provider.config is not None:
            self.start_early()
            provider = await self.unconfigured()
        await provider.configure(urn, id_, config)

    async def configured(self, session: Session, urn: str) -> Provider:
        """The host with its config: that of this run where it has registered the provider, else that of the state.

        Raises:
            StepError: the state has no provider, or the host does not start. `urn` is the resource that needs it.
        """
        if self._loading is None:
            self._loading = asyncio.create_task(self._configure_from_state(session, urn))
        await asyncio.shield(self._loading)
        return await self.unconfigured()

    async def _configure_from_state(self, session: Session, urn: str) -> None:
        provider = await self.unconfigured()
        if provider.config is not None:
            return
        old = session.previous.by_urn.get(session.urn("", TYPE, NAME))
        if old is None:
            raise StepError("could not find the resource's provider in the state", urn)
        await provider.configure(old.urn, old.state.id, old.state.inputs)

    def kill(self) -> None:
        """End every host now."""
        for provider in self._started:
            provider.host.kill()

    async def cancel(self) -> None:
        """Send Cancel to every host."""
        await asyncio.gather(*(provider.cancel() for provider in self._started))

    async def close(self) -> None:
        """End every host."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await asyncio.gather(*(provider.close() for provider in self._started))
