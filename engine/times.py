"""Times as states, histories and JSON documents have them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

_TIME = re.compile(r"(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)")


def now() -> str:
    """The present time in the state file's form (RFC 3339, UTC)."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def parse_time(text: str) -> datetime | None:
    """Parses a time as Go writes it (up to nanoseconds); None if there is none."""
    match = _TIME.fullmatch(text)
    if match is None or text.startswith("0001-"):
        return None
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    zone = "+00:00" if match["zone"] == "Z" else match["zone"]
    return datetime.fromisoformat(f"{match['moment']}.{fraction}{zone}")


def json_time(moment: datetime) -> str:
    """A time to the second, as the documents of `--json` have it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
