"""Finds the broadcast list for an announcement's lead: its id, and its columns if config has the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from digo.desired.broadcast_lists import check_identity
from digo.desired.environment_reader import config_files, entries_of, read_document
from digo.desired.list_models import ListEntry, is_api_field
from digo.lists.files.source import PHONE_FIELD
from digo.source.explain import explain
from digo.source.positions import Document
from digo.source.problems import ConfigError
from digo.text.did_you_mean import hint

_MANAGED = ("id", "name", "columns")


class NoSuchList(ValueError):
    """There is no such list, or the list has no such column."""


@dataclass(frozen=True)
class ListTarget:
    """A list. `columns` maps the user's column names to the API's fields."""

    id: str
    columns: Mapping[str, str]

    def fields(self, settings: Iterable[str]) -> dict[str, str]:
        """The lead's fields for `COLUMN=VALUE` texts, by mapped name or `field_N`.

        Raises:
            NoSuchList: a text is not `COLUMN=VALUE`, or a column is unknown, the phone, or set twice.
        """
        found: dict[str, str] = {}
        for text in settings:
            column, equals, value = text.partition("=")
            if not equals:
                raise NoSuchList("a column is set as COLUMN=VALUE")
            field = self.columns.get(column) or (column if is_api_field(column) else None)
            if field is None:
                known = [name for name, api_field in self.columns.items() if api_field != PHONE_FIELD]
                near = hint(column, self.columns, f"known here: {', '.join([*known, 'field_N'])}")
                raise NoSuchList(f"the list has no column `{column}`; {near}")
            if field == PHONE_FIELD:
                raise NoSuchList(f"`{column}` is the phone: that is --to")
            if field in found:
                raise NoSuchList(f"{field} is set twice")
            found[field] = value
        return found


def find_list(folder: Path, root: Path, name: str) -> ListTarget:
    """The list with that key in `lists.yaml` or `lists/*.yaml`, else the list with that id.

    Raises:
        ConfigError: a file cannot be read, or the list's entry is wrong.
        NoSuchList: the name is neither a key nor an id.
    """
    keys: list[str] = []
    for path in config_files(folder, "lists"):
        if not path.is_file():
            continue
        document, _ = read_document(path, root)
        entries = entries_of(document, "lists")
        keys.extend(entries)
        if isinstance(entry := entries.get(name), dict):
            try:
                read = ListEntry.model_validate({key: entry[key] for key in _MANAGED if key in entry})
            except ValidationError as invalid:
                problems = [explain(document, ListEntry, ("lists", name), error) for error in invalid.errors()]
                raise ConfigError(problems) from None
            return ListTarget(_id_of(document, name, read), read.columns)
    if re.fullmatch(r"\d{1,64}", name):
        return ListTarget(name, {"phone": PHONE_FIELD})
    near = hint(name, keys, "give a key of lists.yaml, or the list's id in the panel")
    raise NoSuchList(f"config has no list `{name}`; {near}")


def _id_of(document: Document, key: str, entry: ListEntry) -> str:
    """The id of a list in config. An announcement asks the account for nothing, so a name does not suffice."""
    if problems := list(check_identity(document, key, entry)):
        raise ConfigError(problems)
    if entry.id is None:
        raise NoSuchList(f"config names the list `{key}` and does not have its id: give the id in the panel instead")
    return entry.id
