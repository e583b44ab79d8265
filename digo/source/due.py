"""What a value of a config file is, and what is due in its place, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digo.source.positions import Document
from digo.source.problems import Problem
from digo.text.did_you_mean import closest, hint

_KINDS = ((bool, "true or false"), (str, "a text"), (list, "a list"), (dict, "a mapping"))
_NO_SPACE = re.compile(r"[\w-]+:[^\s/]")
A_MAPPING, A_LIST = "a mapping", "a list"


def kind_of_value(value: Any) -> str:
    """What a value is: a mapping, a list, a text, or a truth value. Numbers and dates are texts in config."""
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "nothing")


def due(what: str, value: Any) -> str:
    """That `what` is due in the place of `value`, and the next step if the value shows it."""
    if value is None:
        return "has no value"
    message = f"{what} is due here, not {kind_of_value(value)}"
    if what.startswith(A_MAPPING) and isinstance(value, str) and _NO_SPACE.match(value):
        return f"{message}; a key's `:` has a space after it"
    if what.startswith(A_MAPPING) and isinstance(value, list):
        return f"{message}; its entries have keys in place of `- `"
    if what == A_LIST and isinstance(value, (str, dict)):
        return f"{message}; each of its items begins with `- `, or all of them are in `[…]`"
    return message


@dataclass(frozen=True)
class Head:
    """The keys at the top of a file.

    Attributes:
        key: the key that must be there.
        what: what its value is.
        empty: what is in its place if there is nothing to say.
        wants: what that means: no entries.
        beside: the further keys that may be there.
    """

    key: str
    what: str = "a mapping of keys"
    empty: str = "{}"
    wants: str = "none"
    beside: Sequence[str] = ()

    def problems(self, document: Document) -> list[Problem]:
        """What is wrong with the top of a file; none if its key is there with such a value."""
        if not isinstance(document.data, dict):
            what = "the file is empty" if document.data is None else f"the file is {kind_of_value(document.data)}"
            message = f"{what}; it begins with `{self.key}:` (`{self.key}: {self.empty}` wants {self.wants})"
            return [Problem(document.at(()), "", message)]
        known = [self.key, *self.beside]
        every = f"the file has one key, `{self.key}`" if len(known) == 1 else f"known here: {', '.join(known)}"
        strange = [key for key in document.data if key not in known]
        problems = [Problem(document.key_at((key,)), key, f"unknown key; {hint(key, known, every)}") for key in strange]
        if self.key in document.data:
            value = document.data[self.key]
            if not isinstance(value, list if self.what == A_LIST else dict):
                more = f"; write `{self.empty}` to want {self.wants}" if not value else ""
                problems.append(Problem(document.key_at((self.key,)), self.key, due(self.what, value) + more))
        elif not strange or (self.beside and not any(closest(key, [self.key]) for key in strange)):
            problems.append(Problem(document.at(()), self.key, "is missing"))
        return problems
