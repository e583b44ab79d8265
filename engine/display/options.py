"""What a display is told about the run and about the user's wishes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """The operation, in the word that its headline uses."""

    UPDATE = "update"
    REFRESH = "refresh"
    DESTROY = "destroy"
    IMPORT = "import"


DOING = {Kind.UPDATE: "Updating", Kind.REFRESH: "Refreshing", Kind.DESTROY: "Destroying", Kind.IMPORT: "Importing"}


@dataclass(frozen=True)
class DisplayOptions:
    """`show_secrets` opens secrets in outputs; `truncate` shortens long strings in diffs."""

    kind: Kind
    stack: str
    project: str
    is_preview: bool
    show_sames: bool = False
    show_replacement_steps: bool = False
    show_config: bool = False
    show_secrets: bool = False
    show_urns: bool = False
    suppress_outputs: bool = False
    truncate: bool = True
    debug: bool = False
