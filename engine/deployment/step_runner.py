"""The frame that every step runs in: a slot, the events about it, and the journal around it.

A step that changes something beyond the state is written down before it begins and after it ended, so that a crash
in between leaves a pending operation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from engine.deployment.answers import Difference, Live
from engine.deployment.errors import AlreadyReported, StepError
from engine.deployment.previous_state import OldResource
from engine.deployment.session import Session
from engine.events import Step
from engine.journal import Begin, Failure, Kept, StateRef, Success
from engine.model import Op, PendingOperation, ResourceState
from protocol.wire import with_secret_keys


@dataclass(frozen=True)
class Settled:
    """A resource after its step: what it is now, and where the journal has it."""

    state: ResourceState
    ref: StateRef


@dataclass(frozen=True)
class Supersedes:
    """What a resource does to older ones: `removes` leave the state, `condemns` stay until their own deletion."""

    removes: OldResource | None = None
    condemns: OldResource | None = None


class StepRunner:
    """Runs the work of steps; the kinds of steps build on it."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def settle(
        self,
        step: Step,
        new: ResourceState,
        operation: str,
        call: Callable[[], Awaitable[Live]],
        finish: Callable[[ResourceState, Live], ResourceState],
        supersedes: Supersedes,
    ) -> Settled:
        """Make the provider's `call`, and put into the state what `finish` makes of its answer.

        A half-done resource enters the state too, and the step fails.
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
            self.session.done(replace(step, new=state))
            return settled

    async def _write(self, begin: int | None, state: ResourceState, supersedes: Supersedes) -> Settled:
        condemned = supersedes.condemns
        removes, marks = _refs(supersedes.removes), _refs(condemned)
        ref = await self.session.journal.write(lambda number: Success(number, begin, state, removes, marks))
        if condemned is not None:
            condemned.state = replace(condemned.state, delete=True)
        return Settled(state, ref)

    async def write_same(self, old: OldResource | None, new: ResourceState) -> Settled:
        """Put a resource into the state about which nothing is left to do; what is in there already is only kept."""
        if old is not None and new == old.state:
            return await self.write_kept(old)
        return await self._write(None, new, Supersedes(removes=old))

    async def write_kept(self, old: OldResource) -> Settled:
        """Note in the journal that a resource was visited and stays as it is."""
        await self.session.journal.write(lambda number: Kept(number, old.ref))
        return Settled(old.state, old.ref)

    def time(self) -> str:
        """When a resource was created or modified: now, and empty in a preview."""
        return "" if self.session.planning else now()

    async def begin(self, state: ResourceState, operation: str) -> int | None:
        """Write down that the operation begins, where it is one on something real."""
        if self.session.planning or not state.custom:
            return None
        ref = await self.session.journal.write(lambda number: Begin(number, PendingOperation(state, operation)))
        return ref.sequence

    @asynccontextmanager
    async def failing(self, begin: int | None) -> AsyncIterator[None]:
        """Write down that the operation failed, if it does."""
        try:
            yield
        except StepError:
            # A host that was killed may have done its work or not: the operation stays pending.
            if begin is not None and not self.session.terminated:
                number_begun = begin
                await self.session.journal.write(lambda number: Failure(number, number_begun))
            raise

    @asynccontextmanager
    async def slot(self, step: Step) -> AsyncIterator[None]:
        """Wait for one of the run's slots, then begin the step.

        Raises:
            Stopped: nothing new may begin.
        """
        async with self.session.slots:
            self.session.check_running()
            self.session.begun(step)
            yield

    @contextmanager
    def reporting(self, step: Step) -> Iterator[None]:
        """Tell the user of a failure in the step.

        Raises:
            AlreadyReported: the step failed, and the user was told.
        """
        try:
            yield
        except StepError as error:
            self.session.step_error(step, error)
            raise AlreadyReported from error


def _refs(old: OldResource | None) -> tuple[StateRef, ...]:
    return (old.ref,) if old is not None else ()


def make_step(op: Op, old: ResourceState | None, new: ResourceState | None) -> Step:
    """The step as displays see it."""
    state = new or old
    assert state is not None
    lets_go = op in (Op.DELETE, Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT)
    return Step(
        op=op,
        urn=state.urn,
        type=state.type,
        old=old,
        new=new,
        provider=state.provider,
        retain=lets_go and old is not None and old.retain_on_delete,
    )


def with_difference(step: Step, difference: Difference) -> Step:
    """The step with what Diff said about it."""
    return replace(
        step, diffs=difference.changed_keys, replace_keys=difference.replace_keys, detailed_diff=difference.detailed
    )


def with_secrets(state: ResourceState) -> ResourceState:
    """The state with secret outputs where inputs of the same name are secret or the program asked for it."""
    outputs = with_secret_keys(state.outputs, state.inputs, state.additional_secret_outputs)
    return state if outputs is state.outputs else replace(state, outputs=outputs)


def now() -> str:
    """The time, as the state file writes it."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
