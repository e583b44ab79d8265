"""What the models of fleet.yaml have in common."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from digo.desired.models import require_text


class Strict(BaseModel):
    """A mapping of fleet.yaml. A key that it does not know is a problem."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=False, arbitrary_types_allowed=True, defer_build=True
    )


def word(kind: type[Enum]) -> PlainValidator:
    """The check of one of the words of an enumeration."""
    known = [one.value for one in kind]

    def check(value: Any) -> Enum:
        text = require_text(value).strip()
        if text not in known:
            raise ValueError(f"one of these is due here: {', '.join(known)}")
        return kind(text)

    return PlainValidator(check)


def words(kind: type[Enum]) -> WithJsonSchema:
    """The JSON Schema of one of the words of an enumeration."""
    return WithJsonSchema({"type": "string", "enum": [one.value for one in kind]})
