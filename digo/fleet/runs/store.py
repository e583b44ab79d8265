"""Reads and writes the database of the runs from outside of a run: begins, lists, follows and stops them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from digo.fleet.runs.database import Database, unusable
from digo.fleet.runs.failure import DatabaseLost, RunsError
from digo.fleet.runs.limits import POLL_SECONDS
from digo.fleet.runs.run_document import RunDocument, stop_workflow
from digo.fleet.runs.sqlite_clock import provide_sqlite_clock

if TYPE_CHECKING:
    from dbos import DBOSClient, WorkflowStatus

KEPT = 20
"""So many runs that have ended stay in the database."""
_WAITING = ("ENQUEUED", "DELAYED")
UNFINISHED = ("PENDING", *_WAITING)
FLEET_UP = "fleet_up"
FLEET_STOP = "fleet_stop"
STACK_UP = "stack_up"
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


def runs_queue(fleet: str) -> str:
    """The queue of the runs themselves."""
    return f"{fleet}-runs"


def stacks_queue(fleet: str) -> str:
    """The queue of the stacks of all runs."""
    return f"{fleet}-stacks"


class RunStore:
    """The runs of one fleet in its database. It raises where the database does not answer, and does not wait for it.

    Attributes:
        database: the database.
        fleet: the fleet's name in it (`identity.fleet_name`).
    """

    def __init__(self, database: Database, fleet: str) -> None:
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        if database.file is not None:
            provide_sqlite_clock()
        self.database = database
        self.fleet = fleet
        self._client: DBOSClient = DBOSClient(
            system_database_url=database.url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=fleet,
            lazy=True,
            retry_connection_errors=False,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._client.destroy()

    def prepare(self) -> None:
        """Makes the database's tables, or brings those of an older DBOS up to date.

        Raises:
            RunsError: the database cannot be used.
        """
        from dbos import DBOS, error

        try:
            with self._errors():
                self._client.check_connection()
                DBOS.migrate(self.database.url)
        except error.DBOSException as problem:
            raise RunsError(
                f"the database of the fleet's runs is of another kind ({self.database.place}): {problem}",
                "name another database; nothing was begun",
            ) from None

    def begin(self, document: RunDocument, limits: Mapping[str, Any]) -> None:
        """Puts a run into the queue, and removes all but the last `KEPT` that have ended.

        Args:
            document: the run.
            limits: those of the stacks' queue (`limits.queue_limits`). They hold for all workers from now on.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            self._client.register_queue(runs_queue(self.fleet), polling_interval_sec=POLL_SECONDS)
            self._client.register_queue(stacks_queue(self.fleet), **limits)
            self._client.enqueue(
                {
                    "workflow_name": FLEET_UP,
                    "queue_name": runs_queue(self.fleet),
                    "workflow_id": document.run,
                    "app_version": document.label,
                },
                document.to_dict(),
            )
            ended = [one for one in self._runs() if one.status not in UNFINISHED]
            old = [one.workflow_id for one in ended[KEPT:]]
            if old:
                self._client.delete_workflows([*old, *(stop_workflow(one) for one in old)], delete_children=True)

    def stop(self, run: str, label: str, why: str) -> None:
        """Says that no further stack of a run may begin. A second time it changes nothing.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            self._client.enqueue(
                {
                    "workflow_name": FLEET_STOP,
                    "queue_name": runs_queue(self.fleet),
                    "workflow_id": stop_workflow(run),
                    "app_version": label,
                },
                run,
                why,
            )

    def why_no_more(self, run: str) -> str | None:
        """Why no stack of a run may begin: it is to stop, or has ended or failed as a whole; None if one may.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        if (why := self.why_stopped(run)) is not None:
            return why
        return None if self.status(run) in UNFINISHED else "the run has ended without it"

    def why_stopped(self, run: str) -> str | None:
        """Why a run is to stop; None if it is not.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            found = self._client.list_workflows(workflow_ids=[stop_workflow(run)], load_output=False)
        return str(_arguments(found[0])[1]) if found else None

    def give_up(self, run: str) -> None:
        """Ends a run that no process goes on with. What a process has begun, it ends.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            self._client.cancel_workflow(run)
        self.drop_unbegun([one.workflow_id for one in self.workflows(run)])

    def runs(self, *, unfinished: bool = False) -> tuple[tuple[RunDocument, WorkflowStatus], ...]:
        """The runs, the newest first, with what DBOS says of each.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            found = self._runs(list(UNFINISHED) if unfinished else None, load_input=True)
        return tuple((_document(one), one) for one in found)

    def status(self, run: str) -> str | None:
        """What DBOS says of a run; None if the database does not have it.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            found = self._client.list_workflows(workflow_ids=[run], name=FLEET_UP, load_input=False, load_output=False)
        return found[0].status if found else None

    def workflows(self, run: str) -> Sequence[WorkflowStatus]:
        """What belongs to a run: the workflows of its stacks, and that which stops it. Without inputs and outputs.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        return [one for one in self.whole(run) if one.workflow_id != run]

    def whole(self, run: str) -> Sequence[WorkflowStatus]:
        """A run's own workflow, if the database has it, and those that belong to it. Without inputs and outputs.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            return self._client.list_workflows(workflow_id_prefix=run, load_input=False, load_output=False)

    def ended(self, workflows: Sequence[str]) -> Sequence[WorkflowStatus]:
        """Those of these workflows that have ended, with their outputs.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        if not workflows:  # DBOS takes no names for all
            return ()
        with self._errors():
            return self._client.list_workflows(
                workflow_ids=list(workflows), status=list(_ENDED), load_input=False, load_output=True
            )

    def drop_unbegun(self, workflows: Sequence[str]) -> list[str]:
        """Cancels those of these workflows that no process ever began; which these are. Once more changes nothing.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        if not workflows:  # DBOS takes no names for all
            return []
        with self._errors():
            waiting = self._client.list_workflows(
                workflow_ids=list(workflows), status=[*_WAITING, "CANCELLED"], load_input=False, load_output=False
            )
            # What a dead process has begun waits in the queue too, and must be ended.
            unbegun = [one for one in waiting if not self._client.list_workflow_steps(one.workflow_id)]
            if to_cancel := [one.workflow_id for one in unbegun if one.status in _WAITING]:
                self._client.cancel_workflows(to_cancel)
        return [one.workflow_id for one in unbegun]

    def under_way(self) -> Sequence[WorkflowStatus]:
        """The workflows that some process has begun and not ended, whether it lives or not.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            return self._client.list_workflows(
                status="PENDING", load_input=False, load_output=False, application_name=self.fleet
            )

    def requeue(self, workflow: WorkflowStatus) -> None:
        """Gives back to its queue what a dead process has begun.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        with self._errors():
            self._client.resume_workflow(workflow.workflow_id, queue_name=workflow.queue_name)

    def _runs(self, status: list[str] | None = None, *, load_input: bool = False) -> list[WorkflowStatus]:
        return self._client.list_workflows(
            name=FLEET_UP,
            status=status,
            sort_desc=True,
            load_input=load_input,
            load_output=False,
            application_name=self.fleet,
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as problem:
            found = unusable(self.database, problem)
            raise DatabaseLost(found.what, found.next_step) from None


def _document(status: WorkflowStatus) -> RunDocument:
    return RunDocument.from_dict(_arguments(status)[0])


def _arguments(status: WorkflowStatus) -> Sequence[Any]:
    inputs: Any = status.input
    return tuple(inputs["args"])
