"""How far a run is, for the table on the terminal and for `digo fleet status`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from digo.fleet.up.stack_result import StackResult


@dataclass(frozen=True)
class RunView:
    """A run at one moment.

    Attributes:
        run: its id.
        stacks: how many stacks it has.
        results: the results so far, in the order in which they came.
        running: the stacks whose up is under way, with the time since when, in seconds since 1970.
        wave: the name of the wave under way; "" before the first and after the last one.
        wave_number: its number, from 1.
        waves: how many waves the run has.
        waits: what the run waits for, as the end of *waits for …*: a window, the pause after a wave. "" if for nothing.
        stopped: why no further stack is begun; "" if it goes on.
        ended: whether the run has ended.
    """

    run: str
    stacks: int
    results: tuple[StackResult, ...] = ()
    running: Mapping[str, float] = field(default_factory=dict)
    wave: str = ""
    wave_number: int = 0
    waves: int = 1
    waits: str = ""
    stopped: str = ""
    ended: bool = False

    @property
    def failed(self) -> int:
        """How many stacks failed so far."""
        return sum(one.outcome.is_failure for one in self.results)
