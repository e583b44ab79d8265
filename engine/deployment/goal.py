"""A resource as the program registers it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.model import ResourceState
from protocol import wire
from protocol.messages import alias_pb2, resource_pb2
from protocol.values import PropertyMap


@dataclass(frozen=True)
class Goal:
    """A resource as the program wants it."""

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
    import_id: str = ""
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[alias_pb2.Alias] = field(default_factory=list)

    def inheriting_from(self, parent: Goal) -> Goal:
        """The goal with the options that it inherits from its parent."""
        return replace(
            self,
            protect=parent.protect if self.protect is None else self.protect,
            retain_on_delete=parent.retain_on_delete if self.retain_on_delete is None else self.retain_on_delete,
        )

    def state(self, urn: str, old: ResourceState | None, alias: str) -> ResourceState:
        """The resource's state before its step: without id and outputs."""
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
            import_id=self.import_id,
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            created=old.created if old is not None else "",
            modified=old.modified if old is not None else "",
            extra=dict(old.extra) if old is not None else {},
        )


def goal_of(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """The goal of a registration, without its provider."""
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=wire.decode(request.object),
        parent=request.parent,
        dependencies=sorted(request.dependencies),
        property_dependencies={key: sorted(value.urns) for key, value in request.propertyDependencies.items()},
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        import_id=request.importId,
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=list(request.aliases),
    )
