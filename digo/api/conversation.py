"""Several calls whose number depends on their replies, written once for both clients.

A conversation is a generator. It yields a call and gets its value: `page = yield list_users(cursor)`. A call that
failed is raised at its `yield`, so that a conversation can catch it. It returns the value of the whole.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from digo.api.calls import Call
from digo.api.errors import ApiError

if TYPE_CHECKING:
    from digo.api.async_client import AsyncClient
    from digo.api.client import Client

T = TypeVar("T")
Conversation = Generator[Call[Any], Any, T]


def converse(client: Client, conversation: Conversation[T]) -> T:
    """Sends the conversation's calls one after the other, and returns its value.

    Raises:
        ApiError: a call failed and the conversation did not catch it, or it raised one itself.
    """
    talk = _Talk(conversation)
    while (call := talk.call) is not None:
        try:
            value = client.send(call)
        except ApiError as problem:
            talk.fail(problem)
        else:
            talk.go_on(value)
    return talk.value


async def converse_async(client: AsyncClient, conversation: Conversation[T]) -> T:
    """`converse` for asyncio."""
    talk = _Talk(conversation)
    while (call := talk.call) is not None:
        try:
            value = await client.send(call)
        except ApiError as problem:
            talk.fail(problem)
        else:
            talk.go_on(value)
    return talk.value


class _Talk(Generic[T]):
    """Where a conversation is. `call` is the next call; None when it is over and `value` counts."""

    value: T

    def __init__(self, conversation: Conversation[T]) -> None:
        self._conversation = conversation
        self.call: Call[Any] | None = None
        self.go_on(None)

    def go_on(self, value: Any) -> None:
        try:
            self.call = self._conversation.send(value)
        except StopIteration as end:
            self.call, self.value = None, end.value

    def fail(self, problem: ApiError) -> None:
        try:
            self.call = self._conversation.throw(problem)
        except StopIteration as end:
            self.call, self.value = None, end.value
