"""The account of a stack's settings, read once."""

from __future__ import annotations

from digo.api.calls import list_agents
from digo.api.client import Client
from digo.api.lists import list_broadcast_lists
from digo.api.snapshot import Snapshot
from digo.settings.stack_settings import Settings


def read_snapshot(settings: Settings, *, lists: bool = False) -> Snapshot:
    """The account's agents, read once with a read-only transport. With `lists`, its broadcast lists too.

    Raises:
        ApiError: the account could not be read.
    """
    with Client(settings.access, pace=settings.pace(), limits=settings.limits, read_only=True) as client:
        snapshot = Snapshot.of(client.send(list_agents()))
        return snapshot.with_lists(client.send(list_broadcast_lists())) if lists else snapshot
