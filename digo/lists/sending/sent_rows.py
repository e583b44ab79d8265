"""What became of the rows that were sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from digo.api.errors import Refused
from digo.lists.digests.known_rows import KnownRows

KEPT_REFUSALS = 10_000
HOPELESS = 50  # after so many refusals without a success, the rest is not tried


@dataclass(frozen=True)
class RefusedRow:
    """A row that the API refused.

    Attributes:
        row: its index in `Rows`.
        reason: the API's text, redacted.
        field: the API's field that it complained of; "" if it named none, or several.
    """

    row: int
    reason: str
    field: str = ""


@dataclass
class SendResult:
    """The result of sending a shard.

    Attributes:
        known: the rows that the account certainly has now.
        rows: how many rows were confirmed.
        refused: the first refused rows.
        refusals: how many rows were refused.
        stop: why the rest was not tried; None if all was.
        unknown: whether the outcome of a row is unknown.
        unproven: how many rows the API took, or may have taken, that no reading of the list has proven.
        deleted: how many rows that config lacks were deleted.
        undeleted: how many of them are in the list still.
    """

    known: KnownRows
    rows: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    refusals: int = 0
    stop: Exception | None = None
    unknown: bool = False
    unproven: int = 0
    deleted: int = 0
    undeleted: int = 0

    @property
    def touched(self) -> bool:
        """Whether any row reached the account, or may have."""
        return bool(self.rows or self.refusals or self.unknown or self.deleted or self.undeleted)


def refusal_reason(problem: Refused) -> str:
    """The API's reasons for a refusal, as one text."""
    return "; ".join(text if not name else f"{name}: {text}" for name, text in problem.reasons) or problem.what


def refused_field(problem: Refused) -> str:
    """The field that all of the API's reasons are about, by its own name; "" if there is no such field."""
    fields = {name.rpartition(".")[2] for name, _ in problem.reasons}
    return fields.pop() if len(fields) == 1 else ""
