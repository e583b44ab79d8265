"""The limits of fleet.yaml, as the queue in the database has them for all workers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digo.fleet.file.models import FleetSettings

POLL_SECONDS = 0.2

_MORE_THAN_PROCESSORS = 1
"""An up waits for replies, and for its own processes: one more keeps the processors busy."""


def queue_limits(settings: FleetSettings, concurrency: int | None = None) -> dict[str, Any]:
    """The arguments of DBOS's `register_queue` for the stacks. No two ups of one account run at once.

    Args:
        settings: fleet.yaml.
        concurrency: how many ups run at once; by default as fleet.yaml says.
    """
    at_once = concurrency or settings.concurrency
    of_one = settings.worker_concurrency or (os.cpu_count() or 1) + _MORE_THAN_PROCESSORS
    rate = settings.rate
    return {
        "global_concurrency": at_once,
        "worker_concurrency": min(of_one, at_once),
        "partition_concurrency": 1,
        "limiter": {"limit": rate.ups, "period": rate.per.total_seconds()} if rate else None,
        "polling_interval_sec": POLL_SECONDS,
    }
