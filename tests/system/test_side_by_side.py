"""The same work for many things: in order, and ended by a signal without a wait."""

from __future__ import annotations

import subprocess
import sys
import threading
from threading import Event

import pytest

from digo.system.side_by_side import side_by_side

NAMES = [f"branch-{number}" for number in range(200)]

# Room for the stacks of two threads, which work until a third one could not begin.
LITTLE_ROOM = """
import resource, threading
from digo.system.side_by_side import side_by_side
refused, start = threading.Event(), threading.Thread.start
def watched(thread):
    try:
        start(thread)
    except RuntimeError:
        refused.set()
        raise
threading.Thread.start = watched
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2 * 2**30 + 2**29, resource.RLIM_INFINITY))
threading.stack_size(2**30)
print(side_by_side(range(6), lambda number: (number * 2, refused.wait(30)), 6))
"""


def test_results_have_the_order_of_the_names() -> None:
    later = Event()
    ended: list[str] = []

    def work(name: str) -> str:
        if name == NAMES[0]:
            assert later.wait(30)  # the first stack ends last of those that began with it
        elif name == NAMES[1]:
            later.set()
        return name.upper()

    assert side_by_side(NAMES, work, 8, ended.append) == [name.upper() for name in NAMES]
    assert sorted(ended) == sorted(name.upper() for name in NAMES)
    assert side_by_side([], work, 8) == []


def test_a_signal_ends_it_without_a_wait() -> None:
    begun: list[str] = []
    released = Event()

    def work(name: str) -> str:
        begun.append(name)
        if name != NAMES[0]:
            assert released.wait(30)
        return name

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side(NAMES, work, 8, interrupted)
    finally:
        released.set()
    for thread in [one for one in threading.enumerate() if one.name.startswith("side-by-side-")]:
        thread.join(30)
    assert len(begun) <= 2 * 8


def test_what_the_work_raises_ends_all() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(NAMES, lambda name: str(1 // (name != NAMES[3])), 8)


@pytest.mark.needs("linux")
def test_fewer_threads_do_where_there_is_no_room_for_all() -> None:
    done = subprocess.run([sys.executable, "-c", LITTLE_ROOM], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{[(number * 2, True) for number in range(6)]}\n", "")
