"""Decides whether the outcome of a sent lead is known.

The API cannot read leads back, so this uses the state and the journal on this machine. If they leave a doubt, the lead
is sent again, which is harmless.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

SENT = "sent"
UNKNOWN = "unknown"
"""The statuses of a lead in the state. UNKNOWN: no reply said whether it was written."""

OVERTAKEN = "a run that was cut off had begun to send other columns: it is sent again with overwrite"
_UNKNOWN = "whether it was written is not known: it is sent again with overwrite"


def unknown_write(outputs: Mapping[str, Any], superseded: Container[str] = ()) -> str:
    """Why the account's lead may differ from the state; "" if there is no reason to think so.

    Args:
        outputs: the lead's outputs in the state.
        superseded: the writes that a later write of the same resource followed; see
            `digo.state.journal.superseded_writes`.
    """
    if outputs.get("status") == UNKNOWN:
        return _UNKNOWN
    return OVERTAKEN if outputs.get("write") in superseded else ""
