"""Broadcast lists that config names: what their entries say, and the ids that the account has for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from digo.desired.list_models import ListEntry
from digo.desired.state import Desired, DesiredBroadcastList
from digo.lists.files.source import PHONE_FIELD
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem


def check_identity(document: Document, key: str, entry: ListEntry) -> Iterable[Problem]:
    """The problems of an entry that has not exactly one of `id` and `name`, or that describes a list with an `id`."""
    loc: Loc = ("lists", key)
    empty = [name for name in ("id", "name") if name in entry.model_fields_set and getattr(entry, name) is None]
    yield from (Problem(document.at((*loc, name)), dotted((*loc, name)), "it has no value") for name in empty)
    if empty:
        return
    if entry.id is None and entry.name is None:
        yield Problem(document.key_at(loc), dotted((*loc, "id")), "is missing")
    elif entry.id is not None and entry.name is not None:
        where: Loc = (*loc, "name")
        message = (
            f"a list has an `id` or a `name`, not both (the `id` is at {document.at((*loc, 'id'))}): a list with an "
            "`id` was made in the panel, a list with a `name` is adopted by its name or created"
        )
        yield Problem(document.key_at(where), dotted(where), message)
    elif entry.name is None and entry.description is not None:
        where = (*loc, "description")
        yield Problem(document.key_at(where), dotted(where), "it means something only beside a `name`")


def named_list(document: Document, key: str, entry: ListEntry) -> DesiredBroadcastList | None:
    """The list that the entry names; None if it has an `id`."""
    if entry.name is None:
        return None
    others = (field for field in entry.columns.values() if field != PHONE_FIELD)
    fields = (PHONE_FIELD, *sorted(set(others), key=lambda field: int(field.removeprefix("field_"))))
    position = document.at(("lists", key, "name"))
    return DesiredBroadcastList(key, entry.name, entry.description or "", fields, position, entry.formerly)


def with_list_ids(desired: Desired, ids: Mapping[str, str]) -> Desired:
    """The desired state in which the leads and rows of named lists have the ids of their lists.

    `ids` has the list's id by the entry's key. A list that it lacks keeps the id that it has.
    """
    if not ids:
        return desired
    leads = (
        replace(lead, list_id=ids.get(lead.list_key, lead.list_id)) if lead.list_name else lead
        for lead in desired.leads
    )
    lists = (
        replace(one, source=replace(one.source, list_id=ids.get(one.key, one.list_id))) if one.list_name else one
        for one in desired.lists
    )
    return replace(desired, leads=tuple(leads), lists=tuple(lists))
