"""Permits for changes of the account: they are given if the guards judged this run, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from protocol.urn import stack_of
from providers.host.errors import HandlerError
from providers.host.handler import Properties, ResourceHandler, ResourceState
from providers.host.judgement import Change, Judgement
from providers.host.recording import record_change
from providers.host.session import Session


class Permits:
    """The permits of one session. `error_text` makes the message of a refusal for the record of the run.

    Check and Diff ask for a permit too, so that a preview fails as the up does.
    """

    def __init__(self, session: Session, error_text: Callable[[BaseException], str]) -> None:
        self._session = session
        self._error_text = error_text
        self._asking = asyncio.Lock()

    async def permit(
        self,
        urn: str,
        handler: ResourceHandler,
        previous: Properties,
        inputs: Properties,
        *,
        adopted: str | None = None,
    ) -> None:
        """Permits a change from the previous inputs to the new ones, which are empty before a create.

        `adopted` is the id of a resource that is adopted, which changes only the state.

        Raises:
            HandlerError: no guard was asked and no approval says that none needs to be, or a limit is exceeded.
        """
        if not handler.writes:
            return
        change = handler.change(urn, previous, inputs)
        if adopted is not None:
            change = replace(change, creates=False, updates=False, adopts=True)
        await self._count(urn, change)
        record_change(self._session, urn, change, previous, inputs, adopted)
        if adopted is None:
            self._session.progress.expect(urn)

    async def permit_removal(self, urn: str, handler: ResourceHandler, change: Change, old: ResourceState) -> None:
        """Permits a removal.

        Raises:
            HandlerError: see `permit`.
        """
        if handler.writes:
            await self._count(urn, change)
            record_change(self._session, urn, change, old.inputs, old.inputs, None)

    async def _count(self, urn: str, change: Change) -> None:
        session = self._session
        if stack_of(urn) != session.stack.name:
            raise HandlerError(
                f"this run is of stack {session.stack.name}, and {urn} is not; nothing was written for it"
            )
        async with self._asking:
            if not session.guard_input:
                await self._permit_targets()
        try:
            session.judgement.count(urn, change)
        except HandlerError as problem:
            session.record.refused(self._error_text(problem))
            raise

    async def _permit_targets(self) -> None:
        from providers.host.targets_alone import approved_targets  # it reads config, which no other run does here

        session = self._session
        if session.judgement.refusal:
            raise HandlerError(session.judgement.refusal)
        try:
            approved = await approved_targets(session)
            session.judgement = Judgement.passed(approved, None)
            session.judged(approved)
        except HandlerError as problem:
            session.judgement.refusal = str(problem)
            raise
