"""The account of a stack's settings, read once."""

from __future__ import annotations

from digo.api.agent_calls import ReadOptions
from digo.api.client import Client
from digo.api.conversation import converse
from digo.api.snapshot import Snapshot
from digo.settings.stack_settings import Settings


def read_snapshot(settings: Settings, options: ReadOptions | None = None) -> Snapshot:
    """The account's agents, read once with a read-only transport. `options` says what else to read.

    Raises:
        ApiError: the account could not be read.
    """
    with Client(settings.access, pace=settings.pace(), limits=settings.limits, read_only=True) as client:
        return converse(client, settings.profile.agents.read(options or ReadOptions()))
