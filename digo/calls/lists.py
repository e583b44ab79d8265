"""The broadcast list that an announcement's lead goes to: its id and columns, from config where it is there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from digo.desired.models import PHONE_FIELD, ListEntry, is_api_field
from digo.desired.problems import ConfigError, Problem
from digo.desired.reading import entries_of, paths_of, read_document

_MANAGED = ("id", "columns")


class NoSuchList(ValueError):
    """No list, or no column of it, is what was said."""


@dataclass(frozen=True)
class ListTarget:
    """A list by its id; `columns` maps the user's column names to the API's fields."""

    id: str
    columns: Mapping[str, str]

    def fields(self, settings: Iterable[str]) -> dict[str, str]:
        """The lead's fields for `COLUMN=VALUE` texts, by mapped name or `field_N`.

        Raises:
            NoSuchList: a text is no setting, a column is unknown, is the phone, or stands twice.
        """
        found: dict[str, str] = {}
        for text in settings:
            column, equals, value = text.partition("=")
            if not equals:
                raise NoSuchList("a column is set as COLUMN=VALUE")
            field = self.columns.get(column) or (column if is_api_field(column) else None)
            if field is None:
                near = difflib.get_close_matches(column, self.columns, n=1)
                known = ", ".join(name for name, api_field in self.columns.items() if api_field != PHONE_FIELD)
                hint = (
                    f"did you mean `{near[0]}`?"
                    if near
                    else f"known here: {', '.join(filter(None, [known, 'field_N']))}"
                )
                raise NoSuchList(f"the list has no column `{column}`; {hint}")
            if field == PHONE_FIELD:
                raise NoSuchList(f"`{column}` is the phone: that is --to")
            if field in found:
                raise NoSuchList(f"{field} is set twice")
            found[field] = value
        return found


def find_list(folder: Path, root: Path, name: str) -> ListTarget:
    """The list of that key in `lists.yaml` or `lists/*.yaml`, or else the one whose id it is.

    Raises:
        ConfigError: a file cannot be read, or the list's entry is wrong.
        NoSuchList: it is neither a key nor an id.
    """
    keys: list[str] = []
    for path in paths_of(folder, "lists"):
        if not path.is_file():
            continue
        document, _ = read_document(path, root)
        entries = entries_of(document, "lists")
        keys.extend(entries)
        if isinstance(entry := entries.get(name), dict):
            try:
                read = ListEntry.model_validate({key: entry[key] for key in _MANAGED if key in entry})
            except ValidationError as invalid:
                message = str(invalid.errors()[0]["msg"]).removeprefix("Value error, ")
                raise ConfigError([Problem(document.at(("lists", name)), f"lists.{name}", message)]) from None
            return ListTarget(read.id, read.columns)
    if re.fullmatch(r"\d{1,64}", name):
        return ListTarget(name, {"phone": PHONE_FIELD})
    near = difflib.get_close_matches(name, keys, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "give a key of lists.yaml, or the list's id in the panel"
    raise NoSuchList(f"config has no list `{name}`; {hint}")
