"""What suppress files leave out, in words."""

from __future__ import annotations

from collections.abc import Iterable

from digo.desired.state import Suppression

_NAMED = 5


def suppressed_text(suppressions: Iterable[Suppression]) -> str:
    """How many rows of each list are never sent, as a sentence; "" if none is suppressed."""
    found = [one for one in suppressions if one.suppressed]
    if not found:
        return ""
    total = sum(one.suppressed for one in found)
    rows = "1 row is suppressed, so it is" if total == 1 else f"{total:,} rows are suppressed, so they are"
    parts = [f"{one.suppressed:,} of {one.rows:,} of `{one.key}`" for one in found[:_NAMED]]
    more = f" and of {len(found) - _NAMED:,} more lists" if len(found) > _NAMED else ""
    return f"{rows} never sent: {', '.join(parts)}{more}"
