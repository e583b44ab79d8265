"""The engine processes of this process: each is real, has the environment of its stack, and does not outlive us."""

from __future__ import annotations


class Engines:
    """All engines that run in this process. Made once for a process, and shared by its threads.

    `stop` lets no further up begin. `interrupt` also sends SIGINT to those that run: they end what is under way.
    """

    def stop(self) -> None:
        """From now on, `up_stack` returns SKIPPED at once. What runs goes on."""
        raise NotImplementedError

    def interrupt(self) -> None:
        """`stop`, and SIGINT to each engine that runs. A second call kills them."""
        raise NotImplementedError

    @property
    def running(self) -> int:
        """How many engines run."""
        raise NotImplementedError
