"""What the account has of leads and lists, as far as the plan needs it: counts, and the rows of inline leads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from digo.lists.live.row_counts import RowCounts


@dataclass(frozen=True)
class LiveList:
    """A list from files, beside the rows that the account has of it.

    Attributes:
        counts: how many rows differ.
        calls: the requests that mend it, over all shards.
        sample: some of the rows to write: the number in E.164, then the values in the order of `ListSource.fields`.
    """

    counts: RowCounts
    calls: int
    sample: tuple[tuple[str, ...], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class LiveLeads:
    """What the account has. An entry is missing where its list could not be asked for.

    A list that is not made yet has no rows; its inline leads are missing.

    Attributes:
        lists: the lists from files, by key.
        leads: the rows with an inline lead's number, by the lead's key; each has the columns that config manages.
    """

    lists: Mapping[str, LiveList] = field(default_factory=dict)
    leads: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict, repr=False)


NOT_READ = LiveLeads()
