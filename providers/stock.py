"""The base of the dynamic providers, which the state holds pickled.

Our own host (`providers/host`) never unpickles them: it finds the handler by the type in the URN. Where a project runs
without our host, Pulumi's stock host calls these methods, and they call the same handlers.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import threading
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from digo.settings.stack_settings import KEYS

T = TypeVar("T")


class SharedProvider(ResourceProvider):
    """Passes the stock host's blocking calls to the asyncio handlers. `kind` is the last word of the type token."""

    serialize_as_secret_always = False
    kind: ClassVar[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Called once by the stock host, with the stack's config."""
        config = {f"digo:{key}": value for key in KEYS if (value := req.config.get(f"digo:{key}")) is not None}
        # An attribute of the provider would be pickled, so the config is passed in the environment.
        os.environ.setdefault("DIGO_STACK_CONFIG", json.dumps(config))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """See `Kind.check`."""
        inputs, failures = self._call("check", _plain(_olds), _plain(news))
        return CheckResult(inputs, [CheckFailure(name, reason) for name, reason in failures])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """See `Kind.diff`."""
        found = self._call("diff", _found(_id, _olds), _plain(_news))
        return DiffResult(changes=bool(found.changed or found.replaces), replaces=list(found.replaces))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """See `Kind.create`."""
        found = self._call("create", self.kind, _plain(props), _no_status)
        return CreateResult(found.id, found.outputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """See `Kind.read`."""
        found = self._call("read", id_, _plain(props), _plain(props))
        return ReadResult(found.id, found.outputs) if found else ReadResult("", {})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """See `Kind.update`."""
        return UpdateResult(self._call("update", self.kind, _found(_id, _olds), _plain(_news), _no_status).outputs)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """See `Kind.delete`."""
        self._call("delete", self.kind, _found(_id, _props), _no_status)

    def _call(self, method: str, *arguments: Any) -> Any:
        async def run() -> Any:
            return await getattr(await _kind(self.kind), method)(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), _loop()).result()


def _no_status(_: str, *, lasting: bool = False) -> None:
    """The stock host has no way to show a status."""


def _found(id: str, olds: dict[str, Any]) -> Any:
    """The stock host has only the old outputs. They have the names of the inputs."""
    # Imported late, as below: the program imports this module, and needs no API client.
    from providers.host.handler import ResourceState

    return ResourceState(id, _plain(olds), _plain(olds))


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "__provider"}


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


async def _kind(name: str) -> Any:
    from providers.host.handlers import handlers_of

    config = json.loads(os.environ.get("DIGO_STACK_CONFIG", "{}"))
    return handlers_of(_session(json.dumps(config)))[name]


@functools.cache
def _session(config: str) -> Any:
    from providers.host.session import Session

    return Session.of(json.loads(config), dict(os.environ), Path.cwd(), "stock")
