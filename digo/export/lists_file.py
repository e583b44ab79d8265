"""The account's broadcast lists beside the entries of config, and entries for those that no entry has. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from digo.api.models import BroadcastListRecord
from digo.desired.models import check_name
from digo.desired.written import WrittenEntry
from digo.export.keys import slug
from digo.text.names import normal_name

_NAMELESS = "list"


@dataclass(frozen=True)
class AccountList:
    """A broadcast list of the account. `key` is the entry of config that has it, by id or by name; None if none has."""

    record: BroadcastListRecord
    key: str | None = None


def account_lists(
    records: Iterable[BroadcastListRecord], entries: Mapping[str, WrittenEntry]
) -> tuple[AccountList, ...]:
    """The account's lists with their entries.

    Args:
        records: the account's lists.
        entries: the entries of lists.yaml by key, as they are written.
    """
    by_id = {str(entry.fields["id"]): key for key, entry in entries.items() if "id" in entry.fields}
    by_name = {normal_name(str(entry.fields["name"])): key for key, entry in entries.items() if "name" in entry.fields}
    return tuple(AccountList(one, by_id.get(one.id) or by_name.get(normal_name(one.name))) for one in records)


def new_entries(lists: Iterable[AccountList], taken: Iterable[str]) -> dict[str, dict[str, str]]:
    """Entries for the lists that config lacks: by name, or by id where a name would not do.

    A name does not do if several lists have it, or if config cannot have it.

    Args:
        lists: the account's lists.
        taken: the keys of config.
    """
    lists = list(lists)
    count = Counter(normal_name(one.record.name) for one in lists)
    used = set(taken)
    found: dict[str, dict[str, str]] = {}
    for one in lists:
        if one.key is not None:
            continue
        name = one.record.name
        by_name = count[normal_name(name)] == 1 and _is_name(name)
        key = slug(name, _NAMELESS)
        key = key if key not in used and by_name else f"{key}-{one.record.id}"
        used.add(key)
        found[key] = {"name": name} if by_name else {"id": one.record.id}
    return found


def entries_text(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The entries as the text of a lists.yaml."""
    return yaml.safe_dump(
        {"lists": {key: dict(one) for key, one in entries.items()}}, sort_keys=False, allow_unicode=True
    )


def _is_name(name: str) -> bool:
    try:
        check_name(name)
    except ValueError:
        return False
    return "${" not in name
