"""Explains pydantic's validation errors to someone who edits YAML."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

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
        return Problem(document.key_at(loc), where, _message(error))
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        message = "has no value" if error["input"] is None else "a mapping is due here"
        return Problem(document.at(loc), where, message)
    if kind in ("list_type", "tuple_type"):
        return Problem(document.at(loc), where, "a list is due here")
    if kind == "too_short":
        return Problem(document.at(loc), where, "the list is empty, and one is due here")
    return Problem(document.at(loc), where, _message(error))


def is_echo(error: Any) -> bool:
    """Whether the error only repeats others.

    pydantic counts the items that are right. It finds a list too short if all of its items are wrong.
    """
    return bool(error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"])


def _message(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
