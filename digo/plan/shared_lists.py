"""Two entries of config with one list in the panel. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digo.desired.state import Desired
from digo.settings.profiles import Ability, Profile, Subject
from digo.source.positions import Position
from digo.source.problems import Problem


def shared_lists(desired: Desired, profile: Profile) -> Iterator[Problem]:
    """A problem for each list that rows from files share with another entry, if the profile shows the rows of lists.

    A list from files is a whole list: what else its list in the panel has is gone from config. So each of two entries
    would take the other's rows for gone, and delete them where the stack deletes.
    """
    if not profile.can(Ability.READ_BACK, Subject.LIST):
        return
    whole = {one.list_id: one.key for one in reversed(desired.lists) if one.list_id}
    for key, list_id, position in _uses(desired):
        if whole.get(list_id, key) != key:
            other = whole[list_id]
            message = f"its list {list_id} has the rows of the entry `{other}`; put all rows of a list into one entry"
            yield Problem(position, f"lists.{key}", message)


def _uses(desired: Desired) -> Iterable[tuple[str, str, Position]]:
    """Each entry with the id of its list and its place, once."""
    uses = {(one.key, one.list_id): one.position for one in desired.lists}
    for lead in desired.leads:
        uses.setdefault((lead.list_key, lead.list_id), lead.position)
    return ((key, list_id, position) for (key, list_id), position in uses.items() if list_id)
