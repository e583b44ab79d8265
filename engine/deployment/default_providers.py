"""The providers of resources that name none: one per package and version, registered when first needed.

Source of names and inputs: Pulumi's `default_providers.go` and `target.go`.
"""

from __future__ import annotations

import asyncio
import json
import re

from engine.deployment.errors import AlreadyReported, StepError
from engine.deployment.goal import Goal
from engine.deployment.planner import Planner
from engine.deployment.session import Session
from engine.model import PROVIDER_TYPE_PREFIX
from engine.values import PropertyMap, Secret

_DYNAMIC_PACKAGES = ("pulumi-python", "pulumi-nodejs")
_DENY_KEY = "pulumi:disable-default-providers"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(.*)")


class DefaultProviders:
    """References to default providers, registering them as need be."""

    def __init__(self, session: Session, planner: Planner) -> None:
        self._session = session
        self._planner = planner
        self._registering: dict[tuple[str, str], asyncio.Task[str]] = {}

    async def reference(self, package: str, version: str, urn: str) -> str:
        """The reference to the package's default provider.

        Raises:
            StepError: the stack's config forbids it.
            AlreadyReported: it could not be registered.
            Stopped: the run is ending.
        """
        if self._is_denied(package):
            raise StepError(f"Default provider for '{package}' disabled. '{urn}' must use an explicit provider.", urn)
        key = (package, version)
        if key not in self._registering:
            self._registering[key] = asyncio.create_task(self._register(package, version))
        return await asyncio.shield(self._registering[key])

    async def _register(self, package: str, version: str) -> str:
        try:
            registered = await self._planner.register(self.goal(package, version))
        except StepError as error:
            self._session.error(str(error), error.urn)
            self._session.stop()
            raise AlreadyReported from error
        return f"{registered.state.urn}::{registered.state.id}"

    def goal(self, package: str, version: str) -> Goal:
        """The provider resource."""
        inputs = self._config(package)
        if version:
            inputs["version"] = version
        return Goal(
            type=f"{PROVIDER_TYPE_PREFIX}{package}",
            name=_default_name(version),
            custom=True,
            inputs=inputs,
        )

    def _config(self, package: str) -> PropertyMap:
        """The package's part of the stack's config; dynamic providers get the whole of it, with namespaces."""
        inputs: PropertyMap = {}
        for key, value in self._session.stack.config.items():
            namespace, _, name = key.partition(":")
            if package in _DYNAMIC_PACKAGES:
                name = key
            elif namespace != package:
                continue
            inputs[name] = Secret(value.text) if value.secret else value.text
        return inputs

    def _is_denied(self, package: str) -> bool:
        value = self._session.stack.config.get(_DENY_KEY)
        if value is None or not value.text or package == "pulumi":
            return False
        denied = json.loads(value.text)
        return "*" in denied or package in denied


def _default_name(version: str) -> str:
    match = _VERSION.fullmatch(version)
    if match is None:
        return "default"
    major, minor, patch, rest = match.groups()
    suffix = re.sub(r"[^A-Za-z0-9_]", "_", rest)
    return f"default_{major}_{minor}_{patch}{suffix}"
