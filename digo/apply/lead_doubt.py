"""What is known of a lead that was sent. The API cannot be asked, so the state and this machine's journal have to say
it; where they leave a doubt, the lead is sent again, which is harmless."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

SENT = "sent"
UNKNOWN = "unknown"
"""The statuses of a lead in the state. UNKNOWN: a reply did not say whether it was written."""

OVERTAKEN = "a run that was cut off had begun to send other columns: it is sent again with overwrite"
_UNKNOWN = "whether it was written is not known: it is sent again with overwrite"


def doubt_of(outputs: Mapping[str, Any], overtaken: Container[str] = ()) -> str:
    """Why the account may have something else of a lead than the state says; "" where nothing tells so.

    Args:
        outputs: the lead's in the state.
        overtaken: the writes that others have overtaken since; see `digo.apply.journal.overtaken`.
    """
    if outputs.get("status") == UNKNOWN:
        return _UNKNOWN
    return OVERTAKEN if outputs.get("write") in overtaken else ""
