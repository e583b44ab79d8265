"""The calls about agents, as one value of a profile: read all, create, update, delete.

There are two sets. *Agents* are what the vendor's page documents (`GET /v1/agents`, `POST /v1/agent`), with the calls
that only client code of the sibling product shows. *Users* are what that product documents: a user carries an agent.
The capability table (`digo.settings.profiles`) says which of them a run may use; nothing here asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from digo.api.calls import Call, WriteOptions, add_agent, list_agents
from digo.api.completeness import whole_number
from digo.api.conversation import Conversation
from digo.api.errors import ApiError, ReadUnknown
from digo.api.legacy_agents import block_agent, delete_agent, put_agent
from digo.api.lists import list_broadcast_lists
from digo.api.models import AgentRecord, NewAgent, Receipt
from digo.api.my_numbers import list_my_numbers
from digo.api.snapshot import LISTED_BY_AGENTS, LISTED_BY_USERS, Snapshot
from digo.api.user_calls import delete_user, get_user, list_users, new_user, patch_user
from digo.api.user_fields import CHANGED_USER_FIELDS
from digo.api.users import NotServed, User, UserPage
from digo.fields.agents import USER_FIELDS
from digo.fields.types import canonical_login


@dataclass(frozen=True)
class ReadOptions:
    """What to read of the account.

    Attributes:
        listed_by: the list call to use; "" to find out which one the account answers.
        caller_ids: whether to read the account's own numbers too.
        lists: whether to read the account's broadcast lists too.
        after: an earlier list of this run; only what follows it is read, if the account can be asked so.
    """

    listed_by: str = ""
    caller_ids: bool = False
    lists: bool = False
    after: Snapshot | None = None


@dataclass(frozen=True)
class FieldWrite:
    """A call that changes fields of an agent. `fields` has the wanted values of those that it changes."""

    call: Call[Receipt]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class AgentCalls:
    """How agents are read and written.

    Attributes:
        read: the account's agents. `Snapshot.listed_by` says which call listed them.
        create: the call that creates an agent. `WriteOptions.listed_by` decides which one.
        update: the calls that change these fields of an agent, in their order; `changes` has the wanted values.
        delete: the call that deletes an agent. That it is gone already counts as done.
        show: the call that shows one agent with more fields than the list; None if there is none.
        names: the names of the write calls in journals.
    """

    read: Callable[[ReadOptions], Conversation[Snapshot]]
    create: Callable[[NewAgent, WriteOptions], Call[Receipt]]
    update: Callable[[AgentRecord, Mapping[str, str], WriteOptions], tuple[FieldWrite, ...]]
    delete: Callable[[AgentRecord], Call[Receipt]]
    show: Callable[[AgentRecord], Call[User] | None]
    names: frozenset[str]


def _read_agents(options: ReadOptions) -> Conversation[Snapshot]:
    snapshot = Snapshot.of((yield list_agents()))
    return (yield from _with_the_rest(snapshot, options))


def _read_users_or_agents(options: ReadOptions) -> Conversation[Snapshot]:
    """The users' agents; the agents' own list where the account does not serve users.

    Only a plain refusal leads to the other list. A reply that proves nothing stops the run: if the two lists show
    different agents, a run that takes the wrong one creates agents a second time.
    """
    if options.after is not None and options.after.cursor:
        extended = yield from _read_further_users(options.after)
        if extended is not None:
            return extended
    users = None if options.listed_by == LISTED_BY_AGENTS else (yield from _read_users())
    if isinstance(users, tuple):
        return (yield from _with_the_rest(_snapshot_of(users), options))
    if users is not None and options.listed_by:
        raise _refused_later(users)
    agents = yield list_agents()
    return (yield from _with_the_rest(Snapshot.of(map(_beside_users, agents)), options))


def _beside_users(agent: AgentRecord) -> AgentRecord:
    """An agent of the agents' own list, in a product that knows the fields of users too."""
    blocked = {} if agent.custom_status is None else {"blocked": str(agent.blocked).lower()}
    others = {**agent.other_fields, **blocked}
    return agent.model_copy(update={"other_fields": others, "unseen": USER_FIELDS - others.keys()})


def _read_further_users(before: Snapshot) -> Conversation[Snapshot | None]:
    """The earlier list with the users that follow it; None if the whole must be read.

    Clients ask for ids after a given one. That a new user's id is the highest is nowhere documented, so a list of this
    kind can show a user and never that there is none.
    """
    try:
        users = yield from _read_users(before.cursor)
    except ReadUnknown:
        return None
    if isinstance(users, NotServed):
        return None
    known = {agent.user_id for agent in before.agents} | set(before.users_without_agent.values())
    if any(user.id in known for user in users):
        return None
    return _snapshot_of(users, before)


def _snapshot_of(users: tuple[User, ...], before: Snapshot | None = None) -> Snapshot:
    """The snapshot of these users, and of those of an earlier list before them."""
    without = {canonical_login(user.login_id): user.id for user in users if user.agent is None and user.login_id}
    agents = [record for user in users if (record := user.record)]
    snapshot = Snapshot.of(
        agents if before is None else [*before.agents, *agents],
        listed_by=LISTED_BY_USERS,
        users_without_agent=without if before is None else {**before.users_without_agent, **without},
    )
    ids = [whole_number(user.id) for user in users]
    ascend = all(one is not None and other is not None and one < other for one, other in pairwise([0, *ids]))
    cursor = users[-1].id if users else before.cursor if before else ""
    return replace(
        snapshot,
        caller_ids=before.caller_ids if before else None,
        lists=before.lists if before else None,
        cursor=cursor if ascend else "",
        is_extended=before is not None,
    )


def _with_the_rest(snapshot: Snapshot, options: ReadOptions) -> Conversation[Snapshot]:
    caller_ids = (yield list_my_numbers()) if options.caller_ids else snapshot.caller_ids
    lists = (yield list_broadcast_lists()) if options.lists else None
    return replace(snapshot, caller_ids=caller_ids, lists=lists)


def _read_users(after: str = "") -> Conversation[tuple[User, ...] | NotServed]:
    """All users, or those after an id, page by page; `NotServed` if the account refuses the first page.

    Raises:
        ReadUnknown: the pages contradict themselves, or more was announced than came.
    """
    users: list[User] = []
    cursors: set[str] = set()
    cursor, counts_all = after, False
    while True:
        page = yield list_users(cursor)
        if isinstance(page, NotServed):
            if cursor == after:
                return page
            raise _broken(f"a further page was refused: {page.why}")
        if cursor == after:
            counts_all = page.more and page.count is not None and page.count > len(page.users)
        users += page.users
        if problem := _contradiction(page, len(users), counts_all=counts_all):
            raise _broken(problem)
        if not page.more:
            break
        cursor = page.last_seen_id
        if cursor in cursors:
            raise _broken(f"the cursor last_seen_id={cursor} came twice")
        cursors.add(cursor)
    for name, ids in (("user", [one.id for one in users]), ("EID", [one.agent.id for one in users if one.agent])):
        if len(set(ids)) < len(ids):
            raise _broken(f"the list has one {name} twice")
    return tuple(users)


def _contradiction(page: UserPage, received: int, *, counts_all: bool) -> str:
    """How a page contradicts itself, as a text; "" if it does not. `received` counts the users so far.

    `count` may be the page's or that of all (`counts_all`, as the first page shows).
    """
    shown = len(page.users)
    if page.more and not shown:
        return "a page shows no user and announces more"
    if page.more and page.last_seen_id not in {user.id for user in page.users}:
        # Users between the last one shown and the cursor would be in no page.
        return "the cursor of a page (last_seen_id) names no user that the page shows"
    if not counts_all and page.count is not None and page.count != shown:
        return f"a page counts {page.count:,} and shows {shown:,}"
    announced = max(page.total or 0, (page.count or 0) if counts_all else 0)
    if not page.more and announced > received:
        return f"the list announces {announced:,} and shows {received:,}"
    return ""


def _broken(what: str) -> ApiError:
    return ReadUnknown(
        f"the account could not be read: {what}",
        next_step="check digo:endpoint and the service, then run again; nothing was changed, and nothing is taken to "
        "be absent",
        method="GET",
        path="/v1/users",
    )


def _refused_later(refused: NotServed) -> ApiError:
    return _broken(f"the account answered {LISTED_BY_USERS} at first, and refuses it now: {refused.why}")


def _create(agent: NewAgent, options: WriteOptions) -> Call[Receipt]:
    if options.listed_by == LISTED_BY_USERS:
        return new_user(agent, options)
    return add_agent(agent, options.number_form)


def _update(record: AgentRecord, changes: Mapping[str, str], options: WriteOptions) -> tuple[FieldWrite, ...]:
    if record.user_id is not None:
        fields = {name: value for name, value in changes.items() if name in CHANGED_USER_FIELDS}
        return (FieldWrite(patch_user(record, fields, options), fields),) if fields else ()
    parts: list[FieldWrite] = []
    if fields := {name: value for name, value in changes.items() if name in ("name", "follow_me_number")}:
        parts.append(FieldWrite(put_agent(record, fields, options.number_form), fields))
    if "blocked" in changes:
        call = block_agent(record, block=changes["blocked"] == "true")
        parts.append(FieldWrite(call, {"blocked": changes["blocked"]}))
    return tuple(parts)


def _delete(record: AgentRecord) -> Call[Receipt]:
    return delete_agent(record) if record.user_id is None else delete_user(record)


def _show(record: AgentRecord) -> Call[User] | None:
    return None if record.user_id is None else get_user(record.user_id)


_NAMES = frozenset(
    {
        "POST /v1/agent",
        "PUT /v1/agent",
        "DELETE /v1/agent",
        "POST /v1/agent/block",
        "POST /v1/agent/unblock",
        "POST /v1/user",
        "PATCH /v1/user",
        "DELETE /v1/user",
    }
)
AGENT_CALLS = AgentCalls(_read_agents, _create, _update, _delete, _show, _NAMES)
"""The account's agents are listed with one request."""

USER_CALLS = AgentCalls(_read_users_or_agents, _create, _update, _delete, _show, _NAMES)
"""The account's users are listed, page by page; the agents if it does not serve users."""
