"""Runs a step: waits for a slot, emits its events, and writes it to the journal.

A step that changes a real resource is written to the journal before it begins and after it ended. A crash in between
leaves a pending operation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

from engine.deployment.errors import AlreadyReported, StepError
from engine.deployment.previous_state import TrackedResource
from engine.deployment.provider_responses import Difference, ReadResult
from engine.deployment.run import Run
from engine.events import Step
from engine.journal import Begin, Failure, Kept, StateRef, Success
from engine.model import Op, PendingOperation, ResourceState
from engine.times import now
from protocol.wire import with_secret_keys


@dataclass(frozen=True)
class Superseded:
    """The older resource that a new one supersedes.

    `removes` leaves the state. `marks_delete` stays in it, marked for deletion at the end of the run.
    """

    removes: TrackedResource | None = None
    marks_delete: TrackedResource | None = None


class StepRunner:
    """The base of the classes that take steps."""

    def __init__(self, run: Run) -> None:
        self.run = run

    async def settle(
        self,
        step: Step,
        new: ResourceState,
        operation: str,
        call: Callable[[], Awaitable[ReadResult]],
        finish: Callable[[ResourceState, ReadResult], ResourceState],
        supersedes: Superseded,
    ) -> TrackedResource:
        """Make the provider's `call`, and write the state that `finish` makes of its reply.

        A partly done resource is written too, and the step fails.
        """
        async with self.slot(step):
            with self.reporting(step):
                begin = await self.begin(new, operation)
                async with self.failing(begin):
                    live = await call()
                state = with_secrets(finish(new, live))
                settled = await self._write(begin, state, supersedes)
                if live.failure is not None:
                    raise live.failure
            self.run.done(replace(step, new=state))
            return settled

    async def _write(self, begin: int | None, state: ResourceState, supersedes: Superseded) -> TrackedResource:
        replaced = supersedes.marks_delete
        removes, marks = _refs(supersedes.removes), _refs(replaced)
        ref = await self.run.journal.write(lambda number: Success(number, begin, state, removes, marks))
        if replaced is not None:
            replaced.state = replace(replaced.state, delete=True)
        return TrackedResource(state, ref)

    async def write_same(self, old: TrackedResource | None, new: ResourceState) -> TrackedResource:
        """Write a resource that needs no call. If its state is unchanged, the journal only notes that it is kept."""
        if old is not None and new == old.state:
            return await self.write_kept(old)
        return await self._write(None, new, Superseded(removes=old))

    async def write_kept(self, old: TrackedResource) -> TrackedResource:
        """Write to the journal that a resource stays as it is."""
        await self.run.journal.write(lambda number: Kept(number, old.ref))
        return old

    def time(self) -> str:
        """The present time for `created` and `modified`; empty in a preview."""
        return "" if self.run.planning else now()

    async def begin(self, state: ResourceState, operation: str) -> int | None:
        """Write to the journal that the operation begins. Previews and components need no entry."""
        if self.run.planning or not state.custom:
            return None
        ref = await self.run.journal.write(lambda number: Begin(number, PendingOperation(state, operation)))
        return ref.sequence

    @asynccontextmanager
    async def failing(self, begin: int | None) -> AsyncIterator[None]:
        """Write to the journal if the operation fails."""
        try:
            yield
        except StepError:
            # It is unknown whether a killed host has done the work, so the operation stays pending.
            if begin is not None and not self.run.terminated:
                number_begun = begin
                await self.run.journal.write(lambda number: Failure(number, number_begun))
            raise

    @asynccontextmanager
    async def slot(self, step: Step) -> AsyncIterator[None]:
        """Wait for one of the run's slots, then begin the step.

        Raises:
            Stopped: nothing new may begin.
        """
        async with self.run.slots:
            self.run.check_running()
            self.run.begun(step)
            yield

    @contextmanager
    def reporting(self, step: Step) -> Iterator[None]:
        """Report a failure of the step.

        Raises:
            AlreadyReported: the step failed, and that was reported.
        """
        try:
            yield
        except StepError as error:
            self.run.step_error(step, error)
            raise AlreadyReported from error


def _refs(old: TrackedResource | None) -> tuple[StateRef, ...]:
    return (old.ref,) if old is not None else ()


def make_step(op: Op, old: ResourceState | None, new: ResourceState | None) -> Step:
    """The step for the events."""
    state = new or old
    assert state is not None
    deletes = op in (Op.DELETE, Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT)
    return Step(
        op=op,
        urn=state.urn,
        type=state.type,
        old=old,
        new=new,
        provider=state.provider,
        retain=deletes and old is not None and old.retain_on_delete,
    )


def with_difference(step: Step, difference: Difference) -> Step:
    """The step with the reply of Diff."""
    return replace(
        step, diffs=difference.changed_keys, replace_keys=difference.replace_keys, detailed_diff=difference.detailed
    )


def with_secrets(state: ResourceState) -> ResourceState:
    """The state with outputs made secret if the input of that name is, or if the program requires it."""
    outputs = with_secret_keys(state.outputs, state.inputs, state.additional_secret_outputs)
    return state if outputs is state.outputs else replace(state, outputs=outputs)
