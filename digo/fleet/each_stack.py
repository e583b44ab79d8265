"""The same work for many stacks, in threads of one process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from digo.fleet.failure_text import failure_text
from digo.fleet.shared_reads import SharedReads
from digo.system.side_by_side import side_by_side
from digo.text.redact import mask_numbers

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.open_stack import OpenStack

R = TypeVar("R")

_MORE_THAN_PROCESSORS = 6
"""The work of a stack is to wait for its account, and to compute. Each stack under way needs memory."""


def threads_for(stacks: int) -> int:
    """How many stacks are worked on at once."""
    return min(stacks, (os.cpu_count() or 1) + _MORE_THAN_PROCESSORS)


def each_open_stack(
    fleet: Fleet, work: Callable[[OpenStack], R], failed: Callable[[str, str], R], done: Callable[[R], None]
) -> list[R]:
    """What `work` returns for each stack of a fleet. Stacks of one account read it once.

    Args:
        fleet: the stacks.
        work: does one stack; see `side_by_side`.
        failed: the result of a stack that cannot be opened, by its name and the reason, masked.
        done: takes each result as it comes, in the thread of the caller.
    """
    reads = SharedReads(fleet.stacks)

    def one(name: str) -> R:
        try:
            stack = replace(fleet.open(name), reads=reads)
        except Exception as error:  # the stack's variables cannot be read
            return failed(name, mask_numbers(failure_text(error)))
        return work(stack)

    names = [stack.name for stack in fleet.stacks]
    return side_by_side(names, one, threads_for(len(names)), done)
