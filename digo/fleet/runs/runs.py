"""The durable runs of one fleet: begins, goes on with, follows, stops and lists them."""

from __future__ import annotations

import getpass
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from digo.fleet.runs.database import database_of
from digo.fleet.runs.dbos_log import log_to_file
from digo.fleet.runs.failure import RunsError
from digo.fleet.runs.follower import Follower
from digo.fleet.runs.identity import fleet_name, inputs_digest, same_tool, version_label
from digo.fleet.runs.limits import queue_limits
from digo.fleet.runs.run_document import RunDocument, RunWave
from digo.fleet.runs.store import UNFINISHED, RunStore
from digo.system.extras import need
from digo.text.formatting import as_letters

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.plan.stack_plan import FleetPlan
    from digo.fleet.runs.worker import Worker


@dataclass(frozen=True)
class FoundRun:
    """A run in the database.

    Attributes:
        document: what it is.
        ended: whether it has ended.
        stopped: why it is to stop, or was stopped; None if not.
        same: whether it was begun with the config, the tool and the stacks that this process has.
    """

    document: RunDocument
    ended: bool
    stopped: str | None
    same: bool


@contextmanager
def open_runs(fleet: Fleet) -> Iterator[Runs]:
    """The runs of a fleet. The database is made where it is missing.

    Raises:
        ExtraMissing: DBOS is not installed.
        RunsError: the database cannot be used.
        OSError: a file of the config cannot be read.
    """
    need("fleet", "a run of a fleet", "dbos", "psycopg")
    database = database_of(fleet.root, fleet.settings.database, fleet.environ)
    log_to_file(fleet.root)
    store = RunStore(database, fleet_name(fleet.project.name))
    try:
        store.prepare()
        yield Runs(fleet, store, version_label(fleet.root))
    finally:
        store.close()


class Runs:
    """The runs of a fleet, seen from this process.

    Attributes:
        label: the version of tool and config that this process has.
    """

    def __init__(self, fleet: Fleet, store: RunStore, label: str) -> None:
        self._fleet = fleet
        self._store = store
        self.label = label

    @property
    def is_current(self) -> bool:
        """Whether the files of tool and config are still those of the label."""
        try:
            return version_label(self._fleet.root) == self.label
        except OSError:  # a file that is replaced just now
            return False

    def unfinished(self) -> tuple[FoundRun, ...]:
        """The runs that have not ended, the newest first.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        return tuple(self._found(one, status.status) for one, status in self._store.runs(unfinished=True))

    def all(self) -> tuple[FoundRun, ...]:
        """The runs that the database has, the newest first: all that have not ended, and the last that have.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        return tuple(self._found(one, status.status) for one, status in self._store.runs())

    def begin(
        self, plan: FleetPlan, *, left_out: Mapping[str, str] | None = None, concurrency: int | None = None
    ) -> RunDocument:
        """Puts a run into the queue: each stack of the plan that changes, and that is not left out.

        Args:
            plan: the plan, whose hashes are pinned.
            left_out: by stack, why it is not run.
            concurrency: how many ups run at once; by default as fleet.yaml says.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        out = dict(left_out or {})
        pins = {one.stack: one.pin().to_dict() for one in plan.changed if one.stack not in out}
        document = RunDocument(
            run=_new_id(),
            label=self.label,
            inputs=self._inputs(),
            waves=self._waves(pins),
            pins=pins,
            left_out=out,
            begun=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            who=_who(),
            commit=plan.commit,
        )
        self._store.begin(document, queue_limits(self._fleet.settings, concurrency))
        return document

    def stop(self, document: RunDocument, why: str) -> None:
        """Lets no further stack of a run begin, wherever. What runs, ends. A second time it changes nothing.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        self._store.stop(document.run, document.label, why)

    def restart(self, document: RunDocument, why: str) -> None:
        """Stops a run in favour of another one. If no process of this version can end it, it is given up.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        self.stop(document, why)
        if document.label != self.label:
            self._store.give_up(document.run)

    def worker(self, document: RunDocument | None = None) -> Worker:
        """This process as a worker: of all runs of its version, or of that of one run.

        Args:
            document: the run to go on with, although the config has changed since.

        Raises:
            RunsError: the run was begun by another version of the tool.
        """
        from digo.fleet.runs.worker import Worker  # imported late: it loads the whole of DBOS

        label = document.label if document else self.label
        if not same_tool(label):
            raise RunsError(
                f"run {document.run if document else ''} was begun by digo {label.partition('+')[0]}",
                "go on with that version, or begin anew with --restart",
            )
        # All of the fleet, not only what was selected: a worker takes stacks of each run.
        return Worker(type(self._fleet).load(self._fleet.root, self._fleet.environ), self._store, label)

    def follower(self, document: RunDocument) -> Follower:
        """Looks at a run, as often as its `look` is called."""
        return Follower(self._store, document)

    def _waves(self, pins: Mapping[str, object]) -> tuple[RunWave, ...]:
        found = []
        limit = self._fleet.settings.failures.stop
        for wave in self._fleet.waves():
            stacks = tuple(stack for stack in wave.stacks if stack in pins)
            if stacks:
                least = next(failed for failed in range(1, len(stacks) + 1) if limit.reached(failed, len(stacks)))
                found.append(RunWave(wave.name, stacks, least, wave.wait.total_seconds()))
        return tuple(found)

    def _inputs(self) -> str:
        return inputs_digest(self.label, (one.name for one in self._fleet.stacks))

    def _found(self, document: RunDocument, status: str) -> FoundRun:
        return FoundRun(
            document,
            status not in UNFINISHED,
            self._store.why_stopped(document.run),
            document.inputs == self._inputs(),
        )


def _new_id() -> str:
    """An id that sorts by time, and that no redactor takes for a phone number: `2026-11-29-170436-kbdfgh`."""
    return f"{datetime.now(timezone.utc):%Y-%m-%d-%H%M%S}-{as_letters(secrets.token_hex(3))}"


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
