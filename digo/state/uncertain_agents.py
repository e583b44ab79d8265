"""Decides whether the state still says what the account has in an agent's fields that no list shows.

The state has what an update of the last up sent. A run that was cut off may have sent something else, of which the
engine did not learn. This machine's journal knows: each update names the write that the state had before it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from digo.fields.agents import OTHER_FIELDS

WRITE = "write"
"""The output with the journal's id of the agent's last update."""

_NAMES = frozenset(field.name for field in OTHER_FIELDS)


def last_write(outputs: Mapping[str, Any], eid: str) -> str:
    """What the journal's line of the next update names: the last update, or the agent itself if it had none."""
    return str(outputs.get(WRITE) or eid)


def known_outputs(outputs: Mapping[str, Any], eid: str, superseded: Container[str]) -> Mapping[str, Any]:
    """The outputs, without the fields that a later update may have changed.

    Args:
        outputs: the agent's outputs in the state.
        eid: its id.
        superseded: the writes that a later write of the same resource followed; see
            `digo.state.journal.superseded_writes`.
    """
    if last_write(outputs, eid) not in superseded:
        return outputs
    return {name: value for name, value in outputs.items() if name not in _NAMES}
