"""Keys for agents that config does not have yet: readable, stable for the same account, without a phone number."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from digo.desired.models import check_key
from digo.export.model import ExportedAgent
from digo.text.redact import VISIBLE_DIGITS

_LONGEST = 60
_NAMELESS = "agent"


def slug(name: str, nameless: str = _NAMELESS) -> str:
    """A name as a key: letters of any script, marks and digits, in lower case, joined by `-`.

    `nameless` is the key of a name that gives none.
    """
    letters = (_kept(character) for character in unicodedata.normalize("NFKC", name).lower())
    text = re.sub("-+", "-", "".join(letters))[:_LONGEST].strip("-")
    return text if text and _fits(text) else nameless


def keys_for(entries: Iterable[ExportedAgent], taken: Iterable[str]) -> Mapping[str, ExportedAgent]:
    """The entries by their keys, sorted by key.

    A unique name is the key. For other names the natural keys are added: the intercom, then the number's last digits.
    The order of the account's list does not matter.
    """
    entries = sorted(entries, key=lambda entry: entry.number.digits)
    count = Counter(slug(entry.name) for entry in entries)
    used = {_seen(key) for key in taken}
    found: dict[str, ExportedAgent] = {}
    for entry in entries:
        alone = count[slug(entry.name)] == 1 and slug(entry.name) != _NAMELESS
        key = next(key for key in _candidates(entry, alone=alone) if _seen(key) not in used and _fits(key))
        used.add(_seen(key))
        found[key] = entry
    return dict(sorted(found.items()))


def _candidates(entry: ExportedAgent, *, alone: bool) -> Iterator[str]:
    base = slug(entry.name)
    if alone:
        yield base
    if entry.intercom is not None:
        yield f"{base}-{entry.intercom}"
    last = f"{base}-{entry.number.digits[-VISIBLE_DIGITS:]}"
    yield last
    for place in range(2, 1_000_000):
        yield f"{last}-{place}"


def _seen(key: str) -> str:
    """The key as people see it: keys that differ only in spelling or case are the same to them."""
    return unicodedata.normalize("NFKC", key).casefold()


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LMN":
        return character
    return "" if category == "Cf" else "-"  # joiners shape letters and separate none


def _fits(key: str) -> bool:
    try:
        check_key(key)
    except ValueError:
        return False
    return True
