"""One step of a plan: an entry with its verb, its reason, and what happens to its fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from digo.api.models import AgentRecord
from digo.plan.drift import FieldDrift
from digo.plan.field_changes import FieldChange
from digo.plan.list_change import ListChange
from digo.settings.profiles import Subject
from digo.source.positions import Position


class Verb(str, Enum):
    """What an up does with one entry."""

    CREATE = "create"
    ADOPT = "adopt"
    IN_SYNC = "in sync"
    UPDATE = "update"
    CANNOT_CONVERGE = "cannot converge"
    REPLACE = "replace"
    FORGET = "forget"
    DELETE = "delete"
    SENT = "sent"

    @property
    def changes(self) -> bool:
        """Whether an up does anything for the entry: a request to the API, or a change of the state."""
        return self not in (Verb.IN_SYNC, Verb.CANNOT_CONVERGE, Verb.SENT)

    @property
    def calls(self) -> int:
        """The requests that write, for one entry."""
        return int(self in (Verb.CREATE, Verb.UPDATE, Verb.REPLACE, Verb.DELETE))


@dataclass(frozen=True)
class PlanStep:
    """One entry of the config, or of the state if config no longer has it.

    `eid` is the account's current agent. `rows` counts the rows to send of a list from files; it is None for other
    entries. `growth` is the number of rows by which such a list grows. `begun` says that the last run was to create the
    agent: then it is adopted because that run was cut off, and the guards do not count it.

    `fields` has what an up does with each field that matters; an entry that stays in sync has none. `kept` is the agent
    that stays on the account though the entry leaves it: the one that is replaced, forgotten, or must be absent. It is
    None if there is none, or if the account has lost it. `list` has the rows of a list from files. `formerly` is the
    entry's key in the state, if config has renamed it; "" otherwise.

    `adopted`: the agent is not the state's yet, and the up takes it over and changes it. `deletes` is the agent that
    the account loses: the one that is deleted, or the old one of an entry that gets another. `requests` is the number
    of requests that write, if neither verb nor rows say it. `deleted_rows` counts the rows that a list loses.
    """

    verb: Verb
    subject: Subject
    key: str
    reason: str = ""
    position: Position | None = None
    eid: str | None = None
    drift: tuple[FieldDrift, ...] = field(default_factory=tuple)
    rows: int | None = None
    growth: int = 0
    begun: bool = False
    fields: tuple[FieldChange, ...] = ()
    kept: AgentRecord | None = None
    list: ListChange | None = None
    formerly: str = ""
    adopted: bool = False
    deletes: AgentRecord | None = None
    requests: int | None = None
    deleted_rows: int = 0

    @property
    def creates(self) -> bool:
        """Whether something new is made. An agent's replacement is a new agent, and a named list's a new list.

        A lead's is the lead, sent again.
        """
        replaced = self.verb is Verb.REPLACE and self.subject in (Subject.AGENT, Subject.BROADCAST_LIST)
        return self.verb is Verb.CREATE or replaced

    @property
    def deletes_lead(self) -> bool:
        """Whether a lead is deleted from its list."""
        return self.verb is Verb.DELETE and self.subject is Subject.LEAD

    @property
    def sends_again(self) -> bool:
        """Whether a lead is sent again."""
        return self.subject is Subject.LEAD and self.verb in (Verb.UPDATE, Verb.REPLACE)

    @property
    def changes_agent(self) -> bool:
        """Whether an agent of the account is changed."""
        return self.subject is Subject.AGENT and self.verb is Verb.UPDATE

    @property
    def deletes_list(self) -> bool:
        """Whether the account loses a broadcast list."""
        return self.subject is Subject.BROADCAST_LIST and self.verb is Verb.DELETE

    @property
    def renames(self) -> bool:
        """Whether a broadcast list gets another name or description."""
        return self.subject is Subject.BROADCAST_LIST and self.verb is Verb.UPDATE

    @property
    def noteworthy(self) -> bool:
        """Whether a reviewer wants to see it: something changes or differs, or it gets another key."""
        return self.verb.changes or bool(self.drift) or bool(self.formerly)

    @property
    def calls(self) -> int:
        """The requests that write."""
        if self.requests is not None:
            return self.requests
        more = int(self.deletes is not None and self.verb is not Verb.DELETE)
        return (self.verb.calls if self.rows is None else self.rows) + more

    @property
    def cannot_converge(self) -> tuple[FieldDrift, ...]:
        """The fields that no call of the profile can fix."""
        return tuple(one for one in self.drift if one.managed and not one.mended)
