"""The same work for many stacks, in threads of one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, TypeVar

from digo.fleet.failure_text import failure_text
from digo.fleet.shared_reads import SharedReads
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
        work: does one stack; see `each_stack`.
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

    return each_stack([stack.name for stack in fleet.stacks], one, done)


def each_stack(names: Sequence[str], work: Callable[[str], R], done: Callable[[R], None] = lambda _: None) -> list[R]:
    """What `work` returns for each stack, in the order of the names.

    Args:
        names: the stacks.
        work: does one stack; several threads call it. It should raise nothing: what it raises ends all, and is raised.
        done: takes each result as it comes, in the thread of the caller.

    Raises:
        KeyboardInterrupt: a signal came. The threads do not hold up the end of the process.
    """
    ended: SimpleQueue[tuple[str, R | None, BaseException | None]] = SimpleQueue()
    left, lock, stopped = iter(names), Lock(), Event()

    def run() -> None:
        while not stopped.is_set():
            with lock:
                name = next(left, None)
            if name is None:
                return
            try:
                ended.put((name, work(name), None))
            except BaseException as error:
                ended.put((name, None, error))

    # Threads of an executor are joined at the end of a process, however long an account does not answer.
    for number in range(threads_for(len(names))):
        Thread(target=run, name=f"stack-{number}", daemon=True).start()
    results: dict[str, R] = {}
    try:
        while len(results) < len(names):
            name, result, error = ended.get()
            if error is not None:
                raise error
            results[name] = result  # type: ignore[assignment]  # without an error there is a result
            done(results[name])
    finally:
        stopped.set()
    return [results[name] for name in names]
