"""Waits while another run holds a stack's lock: somebody's own up, or an engine that ends after its worker died."""

from __future__ import annotations

import time

from digo.fleet.up.engine_output import holders_in
from digo.fleet.up.engine_process import Engines
from digo.project.locks import is_gone
from digo.workspace.engine import EngineCommands, EngineError

LOCK_SECONDS = 600.0
"""So long another run of a stack is waited for. It is longer than the grace of an engine whose worker died."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 15.0


class LockWait:
    """How long one up waits for its stack's lock. A new one is made for each up."""

    def __init__(self, engines: Engines, seconds: float = LOCK_SECONDS) -> None:
        self._engines = engines
        self._until = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE

    def wait_a_little(self, engine: EngineCommands, output: str) -> str:
        """Waits a little. Returns "" if the engine is to try again, and otherwise why not.

        A lock of a process of this machine that is gone is taken away, as the embedded engine does itself.

        Args:
            engine: the engine's commands on the stack.
            output: what the engine printed as it refused.
        """
        holders = holders_in(output)
        if holders and all(is_gone(one.host, one.process) for one in holders) and _cancelled(engine):
            return ""
        who = f" by {', '.join(map(str, holders))}" if holders else ""
        next_step = f"`pulumi cancel --stack {engine.stack}` if that run has died, then `digo fleet up` again"
        if time.monotonic() >= self._until:
            return f"the stack is locked{who}, and was for too long. Next: {next_step}"
        if self._engines.pause(self._pause):
            return f"stopped while the stack was locked{who}"
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return ""


def _cancelled(engine: EngineCommands) -> bool:
    """Runs the engine's `cancel`; whether it took the lock away."""
    try:
        engine.cancel()
    except EngineError:
        return False
    return True
