"""Asks a shared pace store with a deadline.

The drivers of Redis and Postgres limit single waits at most, and a server that drips exceeds none of them. So the
question is asked in a thread that nobody waits for when its time is up. The thread ends with the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any, TypeVar

from digo.api.errors import NotSent

STORE_SECONDS = 10.0

T = TypeVar("T")


class PatientStore:
    """Asks a store, one question at a time."""

    def __init__(self, seconds: float = STORE_SECONDS) -> None:
        self._seconds = seconds
        self._one = threading.Lock()
        self._unanswered: Future[Any] | None = None

    @property
    def answered(self) -> bool:
        """Whether no question is without an answer after its time."""
        return self._unanswered is None or self._unanswered.done()

    def ask(self, question: Callable[[], T]) -> T:
        """The answer.

        Raises:
            NotSent: it did not come in time, or an earlier question is still without an answer after its time.
        """
        answer = self._begin(question)
        try:
            return answer.result(self._seconds)
        except Late:
            raise self._silent(answer) from None

    async def ask_async(self, question: Callable[[], T]) -> T:
        """The answer, for asyncio. It raises as `ask`."""
        answer = self._begin(question)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), self._seconds)
        except asyncio.TimeoutError:
            raise self._silent(answer) from None

    def _begin(self, question: Callable[[], T]) -> Future[T]:
        if self._unanswered is not None and not self.answered:
            raise self._silent(self._unanswered)
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()  # a caller that leaves cannot cancel it: the question is on its way

        def work() -> None:
            with self._one:
                try:
                    answer.set_result(question())
                except BaseException as problem:
                    answer.set_exception(problem)

        threading.Thread(target=work, name="pace store", daemon=True).start()
        return answer

    def _silent(self, unanswered: Future[Any]) -> NotSent:
        self._unanswered = unanswered
        return NotSent(
            f"the store of the shared pace did not answer within {self._seconds:g} s",
            next_step="check digo:paceStore (or DIGO_PACE_STORE) and that the store runs; nothing was sent",
            method="",
            path="",
        )
