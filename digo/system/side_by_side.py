"""The same work for many things, in threads of one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(
    things: Sequence[T], work: Callable[[T], R], threads: int, done: Callable[[R], None] = lambda _: None
) -> list[R]:
    """What `work` returns for each thing, in the order of the things.

    Args:
        things: what to work on.
        work: does one; several threads call it. It should raise nothing: what it raises ends all, and is raised.
        threads: how many are worked on at once; fewer, where the system has no room for so many threads.
        done: takes each result as it comes, in the thread of the caller.

    Raises:
        RuntimeError: the system has no room for one thread.
        KeyboardInterrupt: a signal came. The threads do not hold up the end of the process.
    """
    ended: SimpleQueue[tuple[int, R | None, BaseException | None]] = SimpleQueue()
    left, lock, stopped = iter(range(len(things))), Lock(), Event()

    def run() -> None:
        while not stopped.is_set():
            with lock:
                place = next(left, None)
            if place is None:
                return
            try:
                ended.put((place, work(things[place]), None))
            except BaseException as error:
                ended.put((place, None, error))

    # Threads of an executor are joined at the end of a process, however long a server does not answer.
    for number in range(min(threads, len(things))):
        try:
            Thread(target=run, name=f"side-by-side-{number}", daemon=True).start()
        except RuntimeError:
            if number == 0:
                raise
            break
    results: dict[int, R] = {}
    try:
        while len(results) < len(things):
            place, result, error = ended.get()
            if error is not None:
                raise error
            results[place] = result  # type: ignore[assignment]  # without an error there is a result
            done(results[place])
    finally:
        stopped.set()
    return [results[place] for place in range(len(things))]
