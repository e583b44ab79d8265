"""What a product's API can do, as data. It decides the plan's verbs: a call that is not listed is never tried.

Each row of a profile is a `Route`: an ability for a subject, with the call that does it and where that call is
documented. `DOCUMENTED_IN` has the same table for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from digo.api.agent_calls import AGENT_CALLS, USER_CALLS, AgentCalls
from digo.api.snapshot import LISTED_BY_AGENTS, LISTED_BY_USERS
from digo.api.user_fields import CHANGED_USER_FIELDS, DEMANDED_USER_FIELDS, NEW_USER_FIELDS
from digo.fields.agents import WANTED_FIELDS

DOCUMENTED_IN = "docs/smartflo.md"


class Subject(str, Enum):
    """What can be provisioned.

    LIST: the rows of a list that config has in files. BROADCAST_LIST: the list itself, with its name and columns.
    TOKEN: what the account is asked with. Its create is a login, its update a refresh.
    """

    AGENT = "agent"
    LEAD = "lead"
    LIST = "list"
    BROADCAST_LIST = "broadcast list"
    TOKEN = "token"


class Ability(str, Enum):
    """What an API can do with a subject.

    READ_BACK: it can return what the account has. BULK: it takes many in one request.
    """

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    READ_BACK = "read back"
    BULK = "write in bulk"


@dataclass(frozen=True)
class Route:
    """One row of a profile: a call that does something.

    Attributes:
        call: method and path, such as `PATCH /v1/user/{id}`.
        source: where the call is documented.
        switch: the word in `digo:undocumented` that turns the call on; "" for a documented call.
        listed_by: the list call that the account must answer for this call to be the right one; "" if it does not
            matter.
        fields: the fields of the subject that the call can set; None: all.
        demands: those of them that the call does not work without.
    """

    call: str
    source: str
    switch: str = ""
    listed_by: str = ""
    fields: frozenset[str] | None = None
    demands: frozenset[str] = frozenset()

    def sets(self, field: str | None) -> bool:
        """Whether the call can set the field. None stands for the subject as such."""
        return field is None or self.fields is None or field in self.fields


Routes = Mapping[tuple[Subject, Ability], tuple[Route, ...]]


@dataclass(frozen=True)
class Profile:
    """One product's abilities.

    Attributes:
        name: what `digo:profile` says.
        routes: the calls for each ability, the preferred one first.
        agents: the calls about agents, as code.
        switches: the undocumented calls that the stack turned on.
        listed_by: the list call that the account answers; "" while the account was not asked.
        deletes: whether the stack has deleted what is gone from config (`digo:deletes`), where a call exists.
    """

    name: str
    routes: Routes
    agents: AgentCalls = AGENT_CALLS
    switches: frozenset[str] = frozenset()
    listed_by: str = ""
    deletes: bool = False

    @property
    def known_switches(self) -> tuple[str, ...]:
        """The words that `digo:undocumented` can have."""
        words = (route.switch for rows in self.routes.values() for route in rows if route.switch)
        return tuple(dict.fromkeys(words))

    def on(self, listed_by: str) -> Profile:
        """The profile for an account that answers that list call."""
        return self if listed_by == self.listed_by else replace(self, listed_by=listed_by)

    def for_stack(self, switches: frozenset[str], *, deletes: bool) -> Profile:
        """The profile as a stack's settings have it."""
        return replace(self, switches=switches, deletes=deletes)

    def route(self, ability: Ability, subject: Subject, field: str | None = None) -> Route | None:
        """The call that does it; None if there is none, or if it is not turned on."""
        rows = self.routes.get((subject, ability), ())
        return next((row for row in rows if self._is_on(row) and row.sets(field)), None)

    def can(self, ability: Ability, subject: Subject, field: str | None = None) -> bool:
        """Whether a call does it. With `field`, whether the call sets that field."""
        return self.route(ability, subject, field) is not None

    def removes(self, subject: Subject) -> bool:
        """Whether an up deletes from the account what is gone from config. Otherwise only the state loses it."""
        return self.deletes and self.can(Ability.DELETE, subject)

    def why_kept(self, subject: Subject) -> str:
        """The sentence that says why the account keeps what is gone from config."""
        if self.can(Ability.DELETE, subject):
            return "This stack forgets what is gone from config (`digo:deletes`)"
        return self.lacks(Ability.DELETE, subject)

    def settable(self, subject: Subject, field: str) -> bool:
        """Whether some account of this product takes the field: in a create, or in an update."""
        anywhere = self.on("")
        return any(anywhere.can(ability, subject, field) for ability in (Ability.CREATE, Ability.UPDATE))

    def lacks(self, ability: Ability, subject: Subject, field: str | None = None) -> str:
        """The sentence for a missing ability."""
        article = "an" if subject is Subject.AGENT else "a"
        what = f"{article} {subject.value}"
        if field is not None and self.can(ability, subject):
            what = f"the field {field} of {what}"
        off = self._turned_off(ability, subject, field)
        call = "documented call" if off else "call"
        return f"The API (profile {self.name}) has no {call} to {ability.value} {what}{off}"

    def _turned_off(self, ability: Ability, subject: Subject, field: str | None) -> str:
        """In brackets, which word would turn a call on; "" if there is none."""
        for row in self.routes.get((subject, ability), ()):
            if row.switch and row.sets(field) and self._fits(row):
                return f" (`{row.switch}` in digo:undocumented turns on {row.call})"
        return ""

    def _is_on(self, row: Route) -> bool:
        return self._fits(row) and (not row.switch or row.switch in self.switches)

    def _fits(self, row: Route) -> bool:
        return not row.listed_by or not self.listed_by or row.listed_by == self.listed_by


_PAGE = "the vendor's page"
_NEW_AGENT = frozenset(field.name for field in WANTED_FIELDS if not field.users_only)
_LEAD_CALL = "POST /v1/broadcast/lead/{list_id}"

# `duplicate_option: overwrite` adds a lead or changes the one with the same phone.
DIGO = Profile(
    "digo",
    MappingProxyType(
        {
            (Subject.AGENT, Ability.READ_BACK): (Route(LISTED_BY_AGENTS, _PAGE),),
            (Subject.AGENT, Ability.CREATE): (Route("POST /v1/agent", _PAGE, fields=_NEW_AGENT),),
            (Subject.LEAD, Ability.CREATE): (Route(_LEAD_CALL, _PAGE),),
            (Subject.LEAD, Ability.UPDATE): (Route(_LEAD_CALL, _PAGE),),
            # Through its leads; only the panel manages the list itself.
            (Subject.LIST, Ability.CREATE): (Route(_LEAD_CALL, _PAGE),),
            (Subject.LIST, Ability.UPDATE): (Route(_LEAD_CALL, _PAGE),),
        }
    ),
)

_NEW_USER = NEW_USER_FIELDS | {"password_secret"}

_OVERWRITE = Route(_LEAD_CALL, "its page v1broadcastleadid")
_READ_LEADS = Route("GET /v1/broadcast/leads/{list_id}", "its page v1broadcastleadsid")
_WRITE_LEADS = Route(
    "POST /v1/broadcast/leads/{list_id}",
    "its page v1broadcastleadsid-1; the index of its pages has GET /v1/broadcast/batch_status/{id}, which follows it",
)
_DELETE_LEADS = Route("DELETE /v1/broadcast/leads/{list_id}", "the index of its pages, v1broadcastleadsid-2")

SMARTFLO = Profile(
    "smartflo",
    MappingProxyType(
        {
            (Subject.TOKEN, Ability.CREATE): (
                Route("POST /v1/auth/login", "its pages generate-a-token and v1authlogin"),
            ),
            (Subject.TOKEN, Ability.UPDATE): (Route("POST /v1/auth/refresh", "the index of its pages, v1authrefresh"),),
            (Subject.AGENT, Ability.READ_BACK): (
                Route(LISTED_BY_USERS, "its page fetch-multiple-users", listed_by=LISTED_BY_USERS),
                Route(
                    LISTED_BY_AGENTS,
                    f"{_PAGE}; that accounts here answer it is in client code",
                    listed_by=LISTED_BY_AGENTS,
                ),
            ),
            (Subject.AGENT, Ability.CREATE): (
                Route(
                    "POST /v1/user",
                    "its page create-user",
                    listed_by=LISTED_BY_USERS,
                    fields=_NEW_USER,
                    demands=frozenset(DEMANDED_USER_FIELDS),
                ),
                Route(
                    "POST /v1/agent",
                    f"{_PAGE}; that accounts here take it is in client code",
                    listed_by=LISTED_BY_AGENTS,
                    fields=_NEW_AGENT,
                ),
            ),
            (Subject.AGENT, Ability.UPDATE): (
                Route(
                    "PATCH /v1/user/{id}",
                    "its page patch-a-user",
                    listed_by=LISTED_BY_USERS,
                    fields=CHANGED_USER_FIELDS,
                ),
                Route(
                    "PUT /v1/agent/{id}",
                    "client code only",
                    switch="putAgent",
                    listed_by=LISTED_BY_AGENTS,
                    fields=frozenset({"name", "follow_me_number"}),
                ),
                Route(
                    "POST /v1/agent/{eid}/block",
                    "the page agent-block-unblock of a white-label sibling; /unblock is the other way round",
                    switch="blockAgent",
                    listed_by=LISTED_BY_AGENTS,
                    fields=frozenset({"blocked"}),
                ),
            ),
            (Subject.AGENT, Ability.DELETE): (
                Route("DELETE /v1/user/{id}", "the index of its pages, delete-user", listed_by=LISTED_BY_USERS),
                Route("DELETE /v1/agent/{id}", "client code only", switch="deleteAgent", listed_by=LISTED_BY_AGENTS),
            ),
            (Subject.LEAD, Ability.CREATE): (_OVERWRITE,),
            (Subject.LEAD, Ability.READ_BACK): (_READ_LEADS,),
            (Subject.LEAD, Ability.UPDATE): (_OVERWRITE,),
            (Subject.LEAD, Ability.DELETE): (_DELETE_LEADS,),
            (Subject.LEAD, Ability.BULK): (_WRITE_LEADS,),
            (Subject.LIST, Ability.CREATE): (_OVERWRITE,),
            (Subject.LIST, Ability.READ_BACK): (_READ_LEADS,),
            (Subject.LIST, Ability.UPDATE): (_OVERWRITE,),
            (Subject.LIST, Ability.DELETE): (_DELETE_LEADS,),
            (Subject.LIST, Ability.BULK): (_WRITE_LEADS,),
            (Subject.BROADCAST_LIST, Ability.CREATE): (
                Route(
                    "POST /v1/broadcast/list",
                    "the index of its pages, v1broadcastlist; that the reply has `list_id` is in client code",
                    fields=frozenset({"name", "description", "columns"}),
                ),
            ),
            (Subject.BROADCAST_LIST, Ability.READ_BACK): (
                Route("GET /v1/broadcast/lists", "the index of its pages, v1broadcastlists"),
            ),
            (Subject.BROADCAST_LIST, Ability.UPDATE): (
                Route(
                    "PUT /v1/broadcast/list/{id}",
                    "the index of its pages, v1broadcastlistid",
                    fields=frozenset({"name", "description"}),
                ),
            ),
            (Subject.BROADCAST_LIST, Ability.DELETE): (
                Route("DELETE /v1/broadcast/list/{id}", "the index of its pages, v1broadcastlistid-1"),
            ),
        }
    ),
    USER_CALLS,
)

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (DIGO, SMARTFLO)})
