"""What the program asks for: one resource as it registers it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from engine.deployment.answers import Timeouts
from engine.model import ResourceState
from engine.values import PropertyMap, PropertyValue

_OWN_EXTRA = ("customTimeouts", "replaceOnChanges", "replaceWith")


@dataclass(frozen=True)
class AliasSpec:
    """Another identity the resource may have had: a whole URN, or parts of one that differ from today's."""

    urn: str = ""
    name: str = ""
    type: str = ""
    parent: str = ""
    no_parent: bool = False
    stack: str = ""
    project: str = ""


@dataclass(frozen=True)
class Goal:
    """A resource as the program wants it. `delete_before_replace` None leaves the choice to the provider."""

    type: str
    name: str
    custom: bool
    inputs: PropertyMap
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    deleted_with: str = ""
    import_id: str = ""
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    replace_with: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[AliasSpec] = field(default_factory=list)
    timeouts: Timeouts = field(default_factory=Timeouts)

    def inheriting_from(self, parent: Goal) -> Goal:
        """The goal with the options that children take over from their parents."""
        return replace(
            self,
            deleted_with=self.deleted_with or parent.deleted_with,
            protect=parent.protect if self.protect is None else self.protect,
            retain_on_delete=(parent.retain_on_delete if self.retain_on_delete is None else self.retain_on_delete),
        )

    def with_provider(self, reference: str) -> Goal:
        """The goal with its provider settled."""
        return replace(self, provider=reference)

    def with_input(self, key: str, value: PropertyValue) -> Goal:
        """The goal with one more input."""
        return replace(self, inputs={**self.inputs, key: value})

    def state(self, urn: str, old: ResourceState | None, alias: str) -> ResourceState:
        """The resource's state before anything is done: no id, no outputs."""
        extra = {} if old is None else {key: old.extra[key] for key in old.extra if key not in _OWN_EXTRA}
        return ResourceState(
            urn=urn,
            type=self.type,
            custom=self.custom,
            parent=self.parent,
            provider=self.provider,
            inputs=self.inputs,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            additional_secret_outputs=self.additional_secret_outputs,
            aliases=[alias] if alias else [],
            ignore_changes=self.ignore_changes,
            import_id=self.import_id,
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            deleted_with=self.deleted_with,
            created=old.created if old is not None else "",
            modified=old.modified if old is not None else "",
            extra={**extra, **self._extra()},
        )

    def _extra(self) -> dict[str, Any]:
        timeouts = {
            key: seconds
            for key, seconds in (
                ("create", self.timeouts.create),
                ("update", self.timeouts.update),
                ("delete", self.timeouts.delete),
                ("read", self.timeouts.read),
            )
            if seconds
        }
        extra: dict[str, Any] = {}
        if timeouts:
            extra["customTimeouts"] = timeouts
        if self.replace_on_changes:
            extra["replaceOnChanges"] = self.replace_on_changes
        if self.replace_with:
            extra["replaceWith"] = self.replace_with
        return extra


def timeouts_of(state: ResourceState) -> Timeouts:
    """The custom timeouts that the state remembers."""
    stored = state.extra.get("customTimeouts", {})
    return Timeouts(**{key: float(stored.get(key, 0.0)) for key in ("create", "update", "delete", "read")})
