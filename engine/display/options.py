"""The options of a display: the run, and the user's flags."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """The operation, as the headline names it."""

    UPDATE = "update"
    REFRESH = "refresh"
    DESTROY = "destroy"
    IMPORT = "import"

    @property
    def recorded(self) -> str:
        """The name in a history. Source: `sdk/go/common/apitype/history.go`."""
        return "resource-import" if self is Kind.IMPORT else self.value


DOING = {Kind.UPDATE: "Updating", Kind.REFRESH: "Refreshing", Kind.DESTROY: "Destroying", Kind.IMPORT: "Importing"}


@dataclass(frozen=True)
class DisplayedRun:
    """The run that is displayed. `stack_urn` is the URN of the stack's own resource."""

    kind: Kind
    stack_urn: str
    is_preview: bool


@dataclass(frozen=True)
class DisplayOptions:
    """The run and the flags. `show_secrets` shows secrets in outputs; `truncate` shortens long strings in diffs."""

    run: DisplayedRun
    show_sames: bool = False
    show_replacement_steps: bool = False
    show_config: bool = False
    show_secrets: bool = False
    show_urns: bool = False
    suppress_outputs: bool = False
    truncate: bool = True
