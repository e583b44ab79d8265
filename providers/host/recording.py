"""What the record of an up says of each resource: see `digo.state.run_record`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digo.api.errors import ApiError
from protocol.tokens import RESOURCE_TYPE_PREFIX
from protocol.urn import name_of, type_of
from providers.host.errors import HandlerError
from providers.host.handler import Properties, ResourceHandler, ResourceState
from providers.host.judgement import Change
from providers.host.session import Session

_AGENT = "Agent"
Done = Callable[[ResourceState], None]


def record_change(
    session: Session, urn: str, change: Change, previous: Properties, inputs: Properties, adopted: str | None
) -> None:
    """Records that the run changes a resource. `adopted` is the id of an agent that it takes over."""
    if adopted is not None:
        verb = "adopt"
    elif change.deletes:
        verb = "delete"
    elif not previous:
        verb = "update" if change.updates else "create"
    else:
        verb = "replace" if change.creates else "update"
    number = inputs.get("follow_me_number") or inputs.get("phone")
    session.record.entry(_kind(urn), name_of(urn), verb, number, adopted or "")


@contextmanager
def recorded(
    session: Session | None, handler: ResourceHandler, urn: str, text_of: Callable[[BaseException], str]
) -> Iterator[Done]:
    """Records what becomes of a resource. Call what it yields when the resource is as wanted.

    Args:
        session: the run; None where it has none.
        handler: the resource's handler. One that writes nothing to the account is not recorded.
        urn: the resource.
        text_of: the message of an error, without token and number.
    """
    if session is None or not handler.writes:
        yield lambda _found: None
        return
    kind, key, record = _kind(urn), name_of(urn), session.record
    try:
        yield lambda found: record.done(kind, key, found.id if kind == _AGENT else "")
    except (ApiError, HandlerError) as problem:
        record.failed(kind, key, text_of(problem))
        raise


def _kind(urn: str) -> str:
    return type_of(urn).removeprefix(RESOURCE_TYPE_PREFIX)
