"""How many rows of a list differ from the account, in numbers and words. It needs no library."""

from __future__ import annotations

from dataclasses import dataclass

from digo.text.counts import counted


@dataclass(frozen=True)
class RowCounts:
    """How many rows of a list, or of a shard, differ.

    Attributes:
        rows: how many config wants.
        new: how many of them the account lacks.
        changed: how many have another value on the account.
        gone: how many the account has and config lacks.
        twice: how many of the wanted numbers the account has more than once.
    """

    rows: int
    new: int = 0
    changed: int = 0
    gone: int = 0
    twice: int = 0

    @property
    def send(self) -> int:
        """How many rows are written."""
        return self.new + self.changed

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(
            self.rows + other.rows,
            self.new + other.new,
            self.changed + other.changed,
            self.gone + other.gone,
            self.twice + other.twice,
        )

    def requests(self, bulk: int, *, deletes: bool) -> int:
        """The requests that write these rows, `bulk` in each, and delete those that are gone if `deletes`."""
        return -(-self.send // bulk) + (-(-self.gone // bulk) if deletes else 0)

    def sentence(self, *, deletes: bool) -> str:
        """`3 of 1,000 rows are new, 2 have changed; 4 that config lacks are deleted`. `deletes`: whether they are."""
        parts = []
        if self.new:
            parts.append(f"{self.new:,} of {counted(self.rows, 'row')} {_are(self.new)} not in the list")
        if self.changed:
            of = "" if self.new else f" of {counted(self.rows, 'row')}"
            parts.append(f"{self.changed:,}{of} {_are(self.changed)} there with other values")
        if self.gone:
            fate = "deleted" if deletes else "kept in the list"
            parts.append(f"{self.gone:,} that config lacks {_are(self.gone)} {fate}")
        if self.twice:
            parts.append(f"{counted(self.twice, 'number is', 'numbers are')} in the list more than once")
        return "; ".join(parts) or f"{counted(self.rows, 'row')}, as in config"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
