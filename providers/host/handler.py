"""The protocol that each type of resource implements. Each type has a file of its own beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from providers.host.errors import HandlerError
from providers.host.judgement import Change

Properties = dict[str, Any]
Failures = list[tuple[str, str]]


@dataclass(frozen=True)
class ResourceState:
    """The state of a resource: `inputs` as the program gives them, and all `outputs`."""

    id: str
    inputs: Properties
    outputs: Properties


class PartialFailure(HandlerError):
    """A part is done. `found` is that part; it goes into the state, so that the next run does the rest."""

    def __init__(self, text: str, found: ResourceState) -> None:
        super().__init__(text)
        self.found = found


@dataclass(frozen=True)
class Diff:
    """What differs.

    Attributes:
        changed: properties that can be updated.
        replaces: properties whose change needs a new resource.
        reason: a sentence for the user; "" where the properties say enough.
    """

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    reason: str = ""


class Report(Protocol):
    """Shows the progress of a resource."""

    def __call__(self, text: str, *, lasting: bool = False) -> None:
        """Sets the status; an empty text clears it. `lasting` prints a line that stays, where no status is shown."""
        ...


class ResourceHandler(Protocol):
    """One type of resource. Properties are plain data without `__provider`.

    Attributes:
        secret: names of the outputs that state and displays hide.
        reads_back: whether a refresh can find a difference.
        writes: whether a create or an update writes to the account. Then the guards must have judged the run.
    """

    secret: frozenset[str]
    reads_back: bool
    writes: bool

    async def check(self, previous: Properties, inputs: Properties, /) -> tuple[Properties, Failures]:
        """The inputs in canonical form, and what is wrong with them, by property. It does no I/O.

        `previous` are the last run's inputs, empty where there are none.
        """
        ...

    async def create_note(self, inputs: Properties, /) -> str:
        """A sentence for the user about a resource that the state lacks; "" where the preview's sign is enough.

        It reads at most the account's list, or the resource's own one, once a run.
        """
        ...

    async def diff(self, old: ResourceState, inputs: Properties, /) -> Diff:
        """What an up would change. It reads at most the account's list, once a run."""
        ...

    def change(self, urn: str, previous: Properties, inputs: Properties, /) -> Change:
        """What the guards count. `previous` is empty where the state lacks the resource."""
        ...

    async def create(self, key: str, inputs: Properties, report: Report, /) -> ResourceState:
        """Creates the resource, or adopts what the account has by then. `key` names it in the journal."""
        ...

    async def read(self, id_: str, inputs: Properties, outputs: Properties, /) -> ResourceState | None:
        """The resource as it is now; None only where it is proven absent. In an import `inputs` is empty."""
        ...

    async def update(self, key: str, old: ResourceState, inputs: Properties, report: Report, /) -> ResourceState:
        """Changes the resource to `inputs`."""
        ...

    def removal(self, urn: str, old: ResourceState, /) -> Change | None:
        """What the guards count if the engine deletes the resource; None if that writes nothing to the account."""
        ...

    async def delete(self, key: str, old: ResourceState, report: Report, /) -> None:
        """Deletes the resource. What an up keeps on the account is retained, so the engine does not ask for it."""
        ...
