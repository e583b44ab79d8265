"""What is doubtful in `masking.yaml`: numbers that are taken, and yet may be none that anybody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from digo.desired.positions import Document, Loc, dotted
from digo.desired.problems import Problem
from digo.masking.models import Entry, Head
from digo.phone import PhoneNumber


def doubts_of(document: Document, head: Head, entries: Mapping[str, Entry]) -> Iterator[Problem]:
    """The doubts of every number that the file has itself, each at its place."""
    yield from _within(document, head, ())
    for key, entry in entries.items():
        yield from _within(document, entry, ("masking", key))


def _within(document: Document, value: object, loc: Loc) -> Iterator[Problem]:
    if isinstance(value, PhoneNumber):
        yield from (Problem(document.at(loc), dotted(loc), doubt) for doubt in value.doubts)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _within(document, getattr(value, name), (*loc, name))
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _within(document, one, (*loc, index))
