"""The events of a running deployment, in their order, for its displays.

The names and fields follow Pulumi's engine events (`apitype.EngineEvent`), so `--json` needs no translation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from engine.model import Op, ResourceState


class Severity(str, Enum):
    """The severity of a message. `info#err` is Pulumi's name for the program's standard error."""

    DEBUG = "debug"
    INFO = "info"
    INFO_ERROR = "info#err"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Step:
    """One step. `old` is None for a new resource, `new` for a deleted one.

    `detailed_diff` has what becomes of each input: `add`, `delete`, `update`, or one of these with `-replace`.
    `retain`: the provider's Delete is not called (`retainOnDelete`), shown as `[retain]`.
    `logical` is False for the create and the delete of a replacement. A display may show only the `replace` step.
    """

    op: Op
    urn: str
    type: str
    old: ResourceState | None
    new: ResourceState | None
    provider: str = ""
    diffs: tuple[str, ...] = ()
    replace_keys: tuple[str, ...] = ()
    detailed_diff: dict[str, str] | None = None
    retain: bool = False
    logical: bool = True

    @property
    def parent(self) -> str:
        """The URN of the resource's parent; empty if there is none."""
        state = self.new or self.old
        return state.parent if state else ""

    @property
    def custom(self) -> bool:
        """Whether a provider manages the resource: it is not a component."""
        state = self.new or self.old
        return state is not None and state.custom


@dataclass(frozen=True)
class Prelude:
    """The run begins. `config` has secrets already replaced by `[secret]`."""

    config: dict[str, str]


@dataclass(frozen=True)
class StepEvent:
    """An event of a step. `planning`: it is planned in a preview."""

    step: Step
    planning: bool


class StepBegun(StepEvent):
    """A step starts (in a preview: is planned)."""


class StepDone(StepEvent):
    """A step succeeded."""


class StepFailed(StepEvent):
    """A step failed. A `Diagnostic` with the reason precedes this event."""


@dataclass(frozen=True)
class Diagnostic:
    """A message for the user, about a resource (`urn`) or about the whole run (`urn` empty).

    `ephemeral` ones are status lines: a display shows the latest one beside its resource and does not keep it.
    """

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False
    stream_id: int = 0


@dataclass(frozen=True)
class StandardOutput:
    """A line that the program printed."""

    message: str


@dataclass(frozen=True)
class StackOutputs:
    """The stack's outputs before and after."""

    old: dict[str, object] = field(default_factory=dict)
    new: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
    """The run ended. `changes` counts steps by op; `failed`: there was an error."""

    changes: dict[Op, int]
    duration_seconds: float
    is_preview: bool
    failed: bool


Event: TypeAlias = Prelude | StepBegun | StepDone | StepFailed | Diagnostic | StandardOutput | StackOutputs | Summary
