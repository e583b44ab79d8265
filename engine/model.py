"""A stack's state: the deployment, its resources, and its pending operations.

Source: Pulumi's `apitype.DeploymentV3` and `apitype.ResourceV3` (the public state format, version 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from protocol.tokens import STACK_TYPE
from protocol.urn import name_of, split_reference
from protocol.values import PropertyMap


class Op(str, Enum):
    """The operation of a step, with Pulumi's names (`apitype.OpType`)."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    REFRESH = "refresh"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


@dataclass(frozen=True)
class Reference:
    """A reference to another resource: `kind` is its name in messages."""

    kind: str
    urn: str


@dataclass
class ResourceState:
    """One resource of the state, with the fields of `ResourceV3`.

    `inputs` are the program's (after Check), `outputs` the provider's.
    `delete` marks the old side of a replacement, which is not deleted yet.
    `extra` has the fields that this engine does not use. They are written back unchanged.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    provider: str = ""  # "<provider urn>::<provider id>"
    inputs: PropertyMap = field(default_factory=dict)
    outputs: PropertyMap = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    import_id: str = ""
    protect: bool = False
    delete: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    created: str = ""  # RFC 3339
    modified: str = ""  # RFC 3339
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name in the program."""
        return name_of(self.urn)

    def references(self) -> Iterator[Reference]:
        """The resources that this one needs, its parent first. A resource may occur several times."""
        if self.parent:
            yield Reference("parent", self.parent)
        if self.provider:
            yield Reference("provider", split_reference(self.provider)[0])
        for urn in self.dependencies:
            yield Reference("dependency", urn)
        for urns in self.property_dependencies.values():
            for urn in urns:
                yield Reference("property dependency", urn)
        if self.deleted_with:
            yield Reference("deleted with dependency", self.deleted_with)


@dataclass
class PendingOperation:
    """A step that had begun and not ended when the engine died.

    `type` is `creating`, `updating`, `deleting`, `reading` or `importing`.
    """

    resource: ResourceState
    type: str


@dataclass
class Deployment:
    """A stack's whole state. `resources` are in dependency order: parents and dependencies first."""

    resources: list[ResourceState] = field(default_factory=list)
    pending_operations: list[PendingOperation] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)
    secrets_provider: dict[str, Any] | None = None  # {"type": "passphrase", "state": {"salt": ...}}
    metadata: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def stack(self) -> ResourceState | None:
        """The stack's own resource, the root of all others."""
        return next((state for state in self.resources if state.type == STACK_TYPE and not state.parent), None)
