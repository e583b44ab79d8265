"""Logins that another user of the account has. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import DesiredAgent
from digo.fields.types import canonical_login
from digo.settings.profiles import Ability, Profile, Subject
from digo.source.problems import Problem

_LOGIN = "login_id"


def held_logins(
    matched: Iterable[tuple[DesiredAgent, AgentRecord | None]], snapshot: Snapshot, profile: Profile
) -> Iterator[Problem]:
    """A problem for each entry whose number one user has, and whose login another.

    The number says which user the entry's is. The API refuses to give it the login, because no two users have one. An
    up may give the other user another login, but nothing says that it does so first.

    Args:
        matched: each entry with the account's agent for its number; None if the account has none.
        snapshot: the account.
        profile: the profile, for the account's list.
    """
    if not profile.can(Ability.UPDATE, Subject.AGENT, _LOGIN):
        return
    for wanted, live in matched:
        login = wanted.value(_LOGIN)
        if live is None or not login or canonical_login(live.value(_LOGIN)) == canonical_login(login):
            continue
        holder = snapshot.with_login(login)
        if holder is not None and holder.eid != live.eid:
            message = (
                f"the account's user with this login (agent eid {holder.eid}) is not the one with this number (agent "
                f"eid {live.eid}). Give the entry another {_LOGIN}, or give the first user another one in an up "
                "before this"
            )
            yield Problem(wanted.positions.get(_LOGIN, wanted.position), f"agents.{wanted.key}.{_LOGIN}", message)
