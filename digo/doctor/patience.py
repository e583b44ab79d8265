"""Asks something that may never answer, such as a name server, with a deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, question: Callable[[], T]) -> T:
    """The answer to a question that runs in a thread of its own, which ends with the process.

    Raises:
        concurrent.futures.TimeoutError: it did not come in time. What the question itself raises is raised here.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(question())
        except BaseException as problem:
            answer.set_exception(problem)

    threading.Thread(target=work, name="doctor", daemon=True).start()
    return answer.result(seconds)
