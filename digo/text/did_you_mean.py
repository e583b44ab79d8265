"""Names close to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LIKENESS = 0.6
"""How alike two names must be, from 0 to 1. It is the default of `difflib`."""


def closest(name: str, known: Iterable[str], likeness: float = LIKENESS) -> str | None:
    """The known name that is most like the given one, first of all in other capitals; None if none is close."""
    names = list(known)
    same = [one for one in names if one.casefold() == name.casefold()]
    return next(iter(same or difflib.get_close_matches(name, names, 1, likeness)), None)


def hint(name: str, known: Iterable[str], otherwise: str, form: str = "`{}`", *, likeness: float = LIKENESS) -> str:
    """A question after the closest known name, or else the text `otherwise`. `form` is how that name is written."""
    near = closest(name, known, likeness)
    return otherwise if near is None else f"did you mean {form.format(near)}?"
