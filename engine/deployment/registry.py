"""The provider resources of a run and the hosts behind them.

A provider resource is checked, compared and created like any resource; what stands behind is a host process, which
is configured when the step that settles the resource is applied. Source of the rules: Pulumi's `providers.Registry`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from engine.deployment.answers import CheckFailure, Difference
from engine.deployment.errors import StepError
from engine.deployment.host import HostProcess
from engine.deployment.olds import Olds
from engine.deployment.provider import Provider
from engine.deployment.urn import package_of, split_reference, type_of
from engine.model import ResourceState
from engine.values import UNKNOWN_SENTINEL, PropertyMap

HostStarter = Callable[[str], Awaitable[Provider]]


class Registry:
    """Providers by (URN, id). Not thread-safe: it lives on the engine's event loop."""

    def __init__(self, start_host: HostStarter) -> None:
        self._start_host = start_host
        self._configured: dict[tuple[str, str], Provider] = {}
        self._unconfigured: dict[str, Provider] = {}
        self._loading: dict[str, asyncio.Task[Provider]] = {}
        self._started: list[Provider] = []
        self._early: dict[str, asyncio.Task[Provider]] = {}

    def start_early(self, package: str) -> None:
        """Start a host of the package now, for whoever needs one first."""
        self._early[package] = asyncio.create_task(self._start(package))

    async def _start(self, package: str) -> Provider:
        provider = await self._start_host(package)
        self._started.append(provider)
        return provider

    async def _host_of(self, package: str) -> Provider:
        early = self._early.pop(package, None)
        return await (early if early is not None else self._start(package))

    def hosts(self) -> list[HostProcess]:
        """Every host started so far."""
        return [provider.host for provider in self._started]

    async def cancel(self) -> None:
        """Send Cancel to every host."""
        await asyncio.gather(*(provider.cancel() for provider in self._started))

    async def close(self) -> None:
        """End every host."""
        early = list(self._early.values())
        for task in early:
            task.cancel()
        await asyncio.gather(*early, return_exceptions=True)
        await asyncio.gather(*(provider.close() for provider in self._started))

    def configured(self, reference: str) -> Provider | None:
        """The provider that the reference means, if it is ready."""
        return self._configured.get(split_reference(reference))

    async def ensure(self, reference: str, olds: Olds, urn: str) -> Provider:
        """The provider that the reference means, brought up from the old state if need be.

        Raises:
            StepError: neither this run nor the old state has it, or its host does not start.
        """
        ready = self.configured(reference)
        if ready is not None:
            return ready
        if reference not in self._loading:
            state = olds.providers(reference)
            if state is None:
                raise StepError(f"could not find provider {reference}", urn)
            self._loading[reference] = asyncio.create_task(self._load(state))
        return await asyncio.shield(self._loading[reference])

    async def _load(self, state: ResourceState) -> Provider:
        provider = await self._host_of(package_of(state.type))
        await provider.configure(state.urn, state.id, state.inputs)
        return self._configured.setdefault((state.urn, state.id), provider)

    async def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> tuple[PropertyMap, list[CheckFailure]]:
        """CheckConfig on a fresh host, which waits for the step that settles the resource."""
        provider = await self._host_of(package_of(type_of(urn)))
        inputs, failures = await provider.check_config(urn, olds, news)
        if "version" in news and "version" not in inputs:
            inputs = {**inputs, "version": news["version"]}
        self._unconfigured[urn] = provider
        return inputs, failures

    async def diff(self, state: ResourceState, news: PropertyMap, ignore_changes: list[str]) -> Difference:
        """DiffConfig; a provider that cannot say differs where its config does."""
        provider = self._unconfigured.get(state.urn) or self._configured[(state.urn, state.id)]
        difference = await provider.diff_config(state.urn, state.inputs, state.outputs, news, ignore_changes)
        if difference.changed is None:
            return replace(difference, changed=state.outputs != news)
        return difference

    async def same(self, state: ResourceState) -> None:
        """Settle an unchanged provider resource."""
        if (state.urn, state.id) in self._configured:
            return
        provider = self._unconfigured.pop(state.urn, None)
        if provider is None:
            provider = await self._host_of(package_of(state.type))
        await provider.configure(state.urn, state.id, state.inputs)
        self._configured[(state.urn, state.id)] = provider

    async def create(self, urn: str, inputs: PropertyMap) -> str:
        """Settle a new provider resource, and give it its id."""
        return await self._create(urn, inputs, str(uuid.uuid4()))

    async def preview_create(self, urn: str, inputs: PropertyMap) -> str:
        """As `create`, with an id that is not known yet."""
        return await self._create(urn, inputs, UNKNOWN_SENTINEL)

    async def _create(self, urn: str, inputs: PropertyMap, id_: str) -> str:
        provider = self._unconfigured.pop(urn, None)
        if provider is None:
            provider = await self._host_of(package_of(type_of(urn)))
        await provider.configure(urn, id_, inputs)
        self._configured[(urn, id_)] = provider
        return id_

    async def update(self, urn: str, id_: str, inputs: PropertyMap) -> None:
        """Settle a provider resource whose config changed: the fresh host takes the old one's place."""
        provider = self._unconfigured.pop(urn)
        await provider.configure(urn, id_, inputs)
        self._configured[(urn, id_)] = provider

    def alias(self, urn: str, old_urn: str, id_: str) -> None:
        """Let references to the old URN lead to the provider too."""
        if (urn, id_) in self._configured:
            self._configured[(old_urn, id_)] = self._configured[(urn, id_)]
