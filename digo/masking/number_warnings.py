"""Warnings about numbers in `masking.yaml` that are valid and may still be unused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from digo.masking.models import MaskingEntry, MaskingHeader
from digo.phone.number import PhoneNumber
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem


def number_warnings(document: Document, head: MaskingHeader, entries: Mapping[str, MaskingEntry]) -> Iterator[Problem]:
    """The warnings about every number in the file itself, each with its position."""
    yield from _within(document, head, ())
    for key, entry in entries.items():
        yield from _within(document, entry, ("masking", key))


def _within(document: Document, value: object, loc: Loc) -> Iterator[Problem]:
    if isinstance(value, PhoneNumber):
        yield from (Problem(document.at(loc), dotted(loc), warning) for warning in value.warnings)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _within(document, getattr(value, name), (*loc, name))
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _within(document, one, (*loc, index))
