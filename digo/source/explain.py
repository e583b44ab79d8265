"""Explains pydantic's validation errors to someone who edits YAML."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from digo.source.due import A_LIST, A_MAPPING, due
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem
from digo.text.did_you_mean import hint


def explain(document: Document, model: type[BaseModel], entry: Loc, error: Any) -> Problem:
    """The problem for one of `ValidationError.errors()`; `entry` is the path of the validated value."""
    loc: Loc = entry + tuple(part for part in error["loc"] if part != "[key]")
    where = dotted(loc)
    kind = error["type"]
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        near = hint(str(loc[-1]), known, f"known here: {', '.join(known)}")
        return Problem(document.key_at(loc), where, f"unknown key; {near}")
    if kind == "missing":
        return Problem(document.key_at(loc[:-1]), where, "is missing")
    if "[key]" in error["loc"]:
        return Problem(document.key_at(loc), where, message_of(error))
    return Problem(document.at(loc), where, message_of(error))


def is_echo(error: Any) -> bool:
    """Whether the error only repeats others.

    pydantic counts the items that are right. It finds a list too short if all of its items are wrong.
    """
    return bool(error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"])


_DUE = {
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), A_MAPPING),
    **dict.fromkeys(("list_type", "tuple_type"), A_LIST),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
}
_SAID = {
    "too_short": "the list is empty, and one is due here",
    "missing": "is missing",
    "extra_forbidden": "unknown key",
}


def message_of(error: Any) -> str:
    """What is wrong, in the words of somebody who edits YAML: pydantic's own are about Python.

    Our validators' texts are such words already.
    """
    kind = error["type"]
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind == "too_short" and isinstance(error["input"], dict):
        return "the mapping is empty, and an entry is due here"
    return _SAID.get(kind) or due(_DUE.get(kind, "a value of another kind"), error["input"])
