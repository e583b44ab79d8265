"""`digo fleet worker`: a process that takes stacks of runs."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import click

from digo.cli.context import Context, pass_context
from digo.fleet.fleet import Fleet
from digo.fleet.runs.ending import end_now
from digo.fleet.runs.runs import Runs, open_runs
from digo.fleet.runs.worker import Worker
from digo.fleet.up.stopping import counted_signals
from digo.sanitize.terminal import one_line

_FILES_SECONDS = 5.0


@click.command(epilog="Example: DIGO_FLEET_DATABASE=postgresql://digo@db.example.com/fleet digo fleet worker")
@pass_context
def worker(context: Context) -> int:
    """Takes stacks of runs until it is stopped.

    It takes only runs of its own version of tool and config. If the files of the config change, it ends: start it
    again for the new ones. SIGTERM or Ctrl-C: it takes nothing new, ends the ups that it has begun, and leaves. A
    second one interrupts these ups, and other workers go on with them.

    Exit code: 0 it was stopped, 1 an error, 2 the files of the config have changed.
    """
    fleet = Fleet.load(context.root, context.environ)
    with open_runs(fleet) as runs:
        serving = _Serving(runs, runs.worker())
        with counted_signals(serving.on_signal):
            label = runs.label
            serving.worker.serve(serving.ends, _say, lambda name: _say(f"takes stacks as {name}, of runs of {label}"))
        code = 2 if serving.changed else 0
        if serving.worker.lost:
            end_now(code)
    return code


class _Serving:
    """A worker that serves, until a signal or a change of the files ends it."""

    def __init__(self, runs: Runs, worker: Worker) -> None:
        self._runs = runs
        self._leaves = threading.Event()
        self._due = time.monotonic() + _FILES_SECONDS
        self.worker = worker
        self.changed = False

    def ends(self) -> bool:
        """Whether the worker is to leave."""
        if not self._leaves.is_set() and time.monotonic() >= self._due:
            self._due = time.monotonic() + _FILES_SECONDS
            if not self._runs.is_current:
                self.changed = True
                self._leaves.set()
                _say("the files of the config have changed: takes nothing new, and leaves. Next: start it again")
        return self._leaves.is_set()

    def on_signal(self, count: int, name: str) -> None:
        """The first signal ends it in order, the second one interrupts its ups, and the third one kills them."""
        if count == 1:
            _say(f"{name}: takes nothing new, and ends the ups that it has begun; {name} again interrupts them")
            self._leaves.set()
        else:
            _say(f"{name}: its ups are interrupted, and other workers go on with them")
            self.worker.interrupt(give_up=True)


def _say(text: str) -> None:
    stamp = datetime.now().astimezone().isoformat(timespec="seconds")
    click.echo(f"{stamp} {one_line(text)}", err=True)
