"""What a running deployment tells its displays. One stream, in order; displays never ask back.

The names and fields follow Pulumi's engine events (`apitype.EngineEvent`), so that `--json` is a plain mapping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from engine.model import Op, ResourceState


class Severity(str, Enum):
    """How grave a message is; `info#err` is for the program's standard error, as Pulumi names it."""

    DEBUG = "debug"
    INFO = "info"
    INFO_ERROR = "info#err"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class PropertyChange:
    """One property's part in a step: `kind` is `add`, `delete`, `update`, or each with `-replace`."""

    kind: str
    input_diff: bool = True


@dataclass(frozen=True)
class Step:
    """One step of the plan. `old` or `new` is None where there is no such side.

    `retain` says that the provider's Delete is not called (`retainOnDelete`): shown as `[retain]`.
    `logical` is False for the physical halves of a replacement, which a display may fold into the `replace` step.
    """

    op: Op
    urn: str
    type: str
    old: ResourceState | None
    new: ResourceState | None
    provider: str = ""
    diffs: tuple[str, ...] = ()
    replace_keys: tuple[str, ...] = ()
    detailed_diff: dict[str, PropertyChange] | None = None
    retain: bool = False
    logical: bool = True


@dataclass(frozen=True)
class Prelude:
    """The run begins. `config` has secrets already replaced by `[secret]`."""

    config: dict[str, str]


@dataclass(frozen=True)
class StepBegun:
    """A step starts (in a preview: is planned)."""

    step: Step
    planning: bool


@dataclass(frozen=True)
class StepDone:
    """A step ended well."""

    step: Step
    planning: bool


@dataclass(frozen=True)
class StepFailed:
    """A step ended badly; a `Diagnostic` with the reason precedes it."""

    step: Step
    planning: bool


@dataclass(frozen=True)
class Diagnostic:
    """A message for the user, about a resource (`urn`) or about the whole run (`urn` empty).

    `ephemeral` ones are status lines: a live display shows the last one beside its resource, others drop it.
    """

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False
    stream_id: int = 0


@dataclass(frozen=True)
class StandardOutput:
    """A line the program or the provider printed."""

    message: str


@dataclass(frozen=True)
class StackOutputs:
    """The stack's outputs before and after."""

    old: dict[str, object] = field(default_factory=dict)
    new: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
    """The run ended. `changes` counts steps by op; `failed` says whether anything went wrong."""

    changes: dict[Op, int]
    duration_seconds: float
    is_preview: bool
    failed: bool


Event: TypeAlias = Prelude | StepBegun | StepDone | StepFailed | Diagnostic | StandardOutput | StackOutputs | Summary
