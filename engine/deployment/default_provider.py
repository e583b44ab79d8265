"""The default provider of the run: its resource in the state, and its host.

As with the pulumi CLI, the provider is a resource. It is registered for the first resource that needs it, and has the
stack's config as inputs. Source of names and inputs: Pulumi's `default_providers.go` and `target.go`.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from engine.deployment.errors import AlreadyReported, StepError
from engine.deployment.goal import Goal
from engine.deployment.identities import Identities
from engine.deployment.previous_state import TrackedResource
from engine.deployment.provider import Provider
from engine.deployment.run import Run
from engine.deployment.step_runner import StepRunner, make_step
from engine.deployment.unsupported import refusal
from engine.model import Op
from protocol.tokens import DYNAMIC_PACKAGE, PROVIDER_TYPE_PREFIX
from protocol.values import UNKNOWN_SENTINEL, PropertyMap, Secret

TYPE = f"{PROVIDER_TYPE_PREFIX}{DYNAMIC_PACKAGE}"
NAME = "default"
"""Type and name of the provider's resource in the state."""

_DISABLE_KEY = "pulumi:disable-default-providers"


class ProviderHosts:
    """The running host. There is a second one if the config has changed since the state was written.

    The class is used on the engine's event loop only.
    """

    def __init__(self, start: Callable[[], Awaitable[Provider]]) -> None:
        self._start = start
        self._starting: asyncio.Task[Provider] | None = None
        self._started: list[Provider] = []
        self._loading: asyncio.Task[None] | None = None
        self._ready: Provider | None = None

    def start_early(self) -> None:
        """Start the host now, before a resource needs it."""
        self._starting = asyncio.create_task(self._start_one())

    async def _start_one(self) -> Provider:
        provider = await self._start()
        self._started.append(provider)
        return provider

    async def unconfigured(self) -> Provider:
        """The host, whether or not it is configured."""
        if self._starting is None:
            self.start_early()
        assert self._starting is not None
        return await asyncio.shield(self._starting)

    async def configure(self, urn: str, id_: str, config: PropertyMap) -> None:
        """Configure the host. If it has another config already, a new host is started and takes its place."""
        if self._ready is not None:
            if self._ready.config == config:
                return
            self.start_early()
        provider = await self.unconfigured()
        await provider.configure(urn, id_, config)
        self._ready = provider

    async def configured(self, run: Run, urn: str) -> Provider:
        """The configured host. Its config is that of this run if the provider is registered, else that of the state.

        Raises:
            StepError: the state has no provider, or the host does not start. `urn` is the resource that needs it.
        """
        if self._ready is None:
            if self._loading is None:
                self._loading = asyncio.create_task(self._configure_from_state(run, urn))
            await asyncio.shield(self._loading)
        assert self._ready is not None
        return self._ready

    async def _configure_from_state(self, run: Run, urn: str) -> None:
        old = run.previous.by_urn.get(run.urn("", TYPE, NAME))
        if old is None:
            raise StepError("could not find the resource's provider in the state", urn)
        await self.configure(old.urn, old.state.id, old.state.inputs)

    def kill(self) -> None:
        """Kill every host."""
        for provider in self._started:
            provider.host.child.kill()

    async def cancel(self) -> None:
        """Send Cancel to every host."""
        await asyncio.gather(*(provider.cancel() for provider in self._started))

    async def close(self) -> None:
        """Close every host."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await asyncio.gather(*(provider.close() for provider in self._started))


class DefaultProvider(StepRunner):
    """Registers the provider's resource for the first resource that needs it."""

    def __init__(self, run: Run, identities: Identities) -> None:
        super().__init__(run)
        self._progress = run.progress
        self._identities = identities
        self._urn = run.urn("", TYPE, NAME)
        self._registering: asyncio.Task[str] | None = None

    async def reference(self, urn: str) -> str:
        """The reference (URN and id) to the provider, for the resource `urn`.

        Raises:
            StepError: the stack's config forbids it.
            AlreadyReported: it could not be registered.
            Stopped: the run is ending.
        """
        if self._is_disabled():
            raise StepError(
                f"Default provider for '{DYNAMIC_PACKAGE}' disabled. '{urn}' must use an explicit provider. "
                "The embedded engine has none; use the pulumi CLI",
                urn,
            )
        if self._registering is None:
            self._registering = asyncio.create_task(self._register())
        return await asyncio.shield(self._registering)

    async def _register(self) -> str:
        try:
            self.run.check_running()
            self._identities.claim(self._urn)
            settled = await self._settle(self.run.previous.by_urn.get(self._urn))
        except StepError as error:
            self.run.error(str(error), error.urn or self._urn)
            self.run.stop()
            raise AlreadyReported from error
        self._progress.settled[self._urn] = settled
        return f"{self._urn}::{settled.state.id}"

    async def _settle(self, old: TrackedResource | None) -> TrackedResource:
        if self._urn in self.run.input.options.replace or (old is not None and old.state.extra.get("taint")):
            raise refusal("the replacement of providers", self._urn)
        await self.run.hosts.unconfigured()  # a host that does not start is no failed step
        before, config = old.state if old is not None else None, self._config()
        goal = Goal(type=TYPE, name=NAME, custom=True, inputs=config)
        new = replace(goal.state(self._urn, before, ""), outputs=config)
        (self._progress.created if before is None else self._progress.registered).add(self._urn)
        if before is None:
            id_ = UNKNOWN_SENTINEL if self.run.planning else str(uuid.uuid4())
            op, new = Op.CREATE, replace(new, id=id_, created=self.time(), modified=self.time())
        elif before.inputs == config:
            op, new = Op.SAME, replace(new, id=before.id, outputs=before.outputs)
        else:
            op, new = Op.UPDATE, replace(new, id=before.id, modified=self.time() or new.modified)
        with self.reporting(make_step(op, before, new)):
            await self.run.hosts.configure(self._urn, new.id, config)
            return await self.write_same(old, new)

    def _config(self) -> PropertyMap:
        """The stack's whole config. Dynamic providers get the full keys."""
        config = self.run.input.stack.config
        return {key: Secret(value.text) if value.secret else value.text for key, value in config.items()}

    def _is_disabled(self) -> bool:
        value = self.run.input.stack.config.get(_DISABLE_KEY)
        disabled = json.loads(value.text) if value is not None and value.text else []
        return "*" in disabled or DYNAMIC_PACKAGE in disabled
