"""The kinds of resources by the last word of their type, and what each can be asked. One file a kind beside this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from providers.host.session import Session

Properties = dict[str, Any]
Failures = list[tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """A resource as it is: `inputs` in the words of the program, `outputs` all of it."""

    id: str
    inputs: Properties
    outputs: Properties


class KindError(Exception):
    """The request cannot be done. The text is for the user: what was not done, and the next step."""


class PartlyDone(KindError):
    """A part of it is done: `found` is what there is, and goes into the state, so that the next run does the rest."""

    def __init__(self, text: str, found: Found) -> None:
        super().__init__(text)
        self.found = found


@dataclass(frozen=True)
class Diff:
    """`changed` properties can be updated; a change in `replaces` takes a new resource; `reason` is a sentence for
    the user where the properties do not say it all."""

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    reason: str = ""


class Report(Protocol):
    """Shows how far a resource is."""

    def __call__(self, text: str, *, lasting: bool = False) -> None:
        """Its status from now on; `lasting` makes it a line that stays, for where no status can be seen."""
        ...


class Kind(Protocol):
    """One kind of resource. Property bags are plain data without `__provider`. `reads_back`: a refresh can find a
    difference."""

    secret: frozenset[str]
    reads_back: bool

    async def check(self, previous: Properties, inputs: Properties, /) -> tuple[Properties, Failures]:
        """The inputs in canonical form, and what is wrong with them by property. `previous` are the last run's inputs,
        empty where there are none. No I/O."""
        ...

    def novelty(self, inputs: Properties, /) -> str:
        """A sentence for the user where the state has no such resource yet; "" where its sign says it all."""
        ...

    async def diff(self, old: Found, inputs: Properties, /) -> Diff:
        """What an up would change. At most the run's one list read."""
        ...

    async def create(self, key: str, inputs: Properties, report: Report, /) -> Found:
        """Makes it, or takes over what the account has by then. `key` names it in the journal."""
        ...

    async def read(self, id_: str, inputs: Properties, outputs: Properties, /) -> Found | None:
        """What it is now; None only where it is proven absent. `inputs` is empty in an import."""
        ...

    async def update(self, key: str, old: Found, inputs: Properties, report: Report, /) -> Found:
        """Makes it what `inputs` says."""
        ...

    async def delete(self, id_: str, /) -> None:
        """Removes it."""
        ...


def kinds_of(session: Session) -> Mapping[str, Kind]:
    """The kinds, over one session."""
    from providers.host.account import AccountKind
    from providers.host.agent import AgentKind
    from providers.host.lead import LeadKind
    from providers.host.lead_list import LeadShardKind

    return {
        "Account": AccountKind(session),
        "Agent": AgentKind(session),
        "Lead": LeadKind(session),
        "LeadShard": LeadShardKind(session),
    }
