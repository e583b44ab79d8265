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


def enum_value(kind: type[Enum]) -> PlainValidator:
    """Takes the value of one member of an enumeration."""
    known = [one.value for one in kind]

    def check(value: Any) -> Enum:
        text = require_text(value).strip()
        if text not in known:
            raise ValueError(f"one of these is due here: {', '.join(known)}")
        return kind(text)

    return PlainValidator(check)


def enum_schema(kind: type[Enum]) -> WithJsonSchema:
    """The JSON Schema of what `enum_value` takes."""
    return WithJsonSchema({"type": "string", "enum": [one.value for one in kind]})
