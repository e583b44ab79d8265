"""The sign, the colour and the texts of each operation, and what precedes a message.

Source: pulumi/pulumi, `pkg/resource/deploy/step.go` and `sdk/go/common/diag/colors/colors.go`.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import Severity
from engine.model import Op

HEADLINE = "bold bright_magenta"
ERROR = "red"
WARNING = "yellow"
INFO = "magenta"
PROMPT = "bold cyan"
ATTENTION = "bright_red"
RESOURCE_HEADER = "bright_blue"


@dataclass(frozen=True)
class OperationWords:
    """The texts of an operation: planned (`plan`), running (`now`), and done (`done`).

    `part` is the planned text if the steps of a replacement have rows of their own.
    """

    sign: str
    style: str
    plan: str
    now: str
    done: str
    part: str = ""

    @property
    def failed(self) -> str:
        """The text after a failure, such as `creating failed`."""
        return f"{self.now.partition(' ')[0]} failed".lstrip()


WORDS: dict[Op, OperationWords] = {
    Op.SAME: OperationWords("  ", "", "", "", ""),
    Op.CREATE: OperationWords("+ ", "green", "create", "creating", "created"),
    Op.UPDATE: OperationWords("~ ", "yellow", "update", "updating", "updated"),
    Op.DELETE: OperationWords("- ", "red", "delete", "deleting", "deleted"),
    Op.REPLACE: OperationWords("+-", "bright_magenta", "replace", "replacing", "replaced"),
    Op.CREATE_REPLACEMENT: OperationWords(
        "++", "bright_green", "replace", "creating replacement", "created replacement", part="create replacement"
    ),
    Op.DELETE_REPLACED: OperationWords(
        "--", "bright_red", "replace", "deleting original", "deleted original", part="delete original"
    ),
    Op.REFRESH: OperationWords("~ ", "yellow", "refresh", "refreshing", "refresh"),
    Op.IMPORT: OperationWords("= ", "green", "import", "importing", "imported"),
    Op.IMPORT_REPLACEMENT: OperationWords(
        "=>", "bright_magenta", "import", "importing replacement", "imported replacement", part="import replacement"
    ),
}
"""In the order of the summary."""

REPLACEMENT_OPS = frozenset({Op.REPLACE, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.IMPORT_REPLACEMENT})

RETAINING_OPS = frozenset({Op.DELETE, Op.REPLACE, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED})
"""The operations that show `[retain]` if the provider's Delete is not called."""


def message_prefix(severity: Severity) -> tuple[str, str]:
    """What precedes a message of this severity, and its colour."""
    styles = {Severity.ERROR: ERROR, Severity.WARNING: WARNING, Severity.DEBUG: ""}
    return (f"{severity.value}: ", styles[severity]) if severity in styles else ("", "")
