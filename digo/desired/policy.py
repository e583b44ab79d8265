"""`policy.yaml`: an organisation's rules for its environments, beyond what the API requires.

The rules of an extended environment apply too: an overlay adds rules and lifts none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema

from digo.desired.environment_reader import POLICY_FILE, EnvironmentReader
from digo.desired.list_models import ApiField
from digo.desired.models import Number, require_text
from digo.desired.name_pattern import NamePattern
from digo.desired.overlays import folders_of
from digo.fields.types import check_intercom
from digo.source.due import Head
from digo.source.explain import explain
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import ConfigError, Problem
from digo.text.names import normal_name

_KEY = "policy"


def _country_code(value: Any) -> str:
    text = require_text(value).removeprefix("+")
    if not re.fullmatch(r"[1-9]\d{0,2}", text, flags=re.ASCII):
        raise ValueError("a country code is one to three digits, such as 1 or 91")
    return text


def _pattern(value: Any) -> NamePattern:
    return NamePattern(normal_name(require_text(value)))


def _intercoms(value: Any) -> tuple[str, str]:
    first, dash, last = (part.strip() for part in require_text(value).partition("-"))
    try:
        span = check_intercom(first), check_intercom(last if dash else first)
    except ValueError:
        raise ValueError("a range of intercoms is like 1000-1999") from None
    if span[0] > span[1]:
        raise ValueError("the range ends before it begins")
    return span


def _count(value: Any) -> int:
    text = require_text(value)
    if not re.fullmatch(r"\d{1,9}", text, flags=re.ASCII):
        raise ValueError("a whole number is due here")
    return int(text)


_SPAN = r"^\s*[0-9]{4}\s*(-\s*[0-9]{4}\s*)?$"
_CODE_SHAPE = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999}, {"type": "string"}]}
_SPAN_SHAPE = {"anyOf": [{"type": "string", "pattern": _SPAN}, {"type": "integer", "maximum": 9999}]}


class PolicyEntry(BaseModel):
    """The content of `policy.yaml`, under its key. An omitted rule restricts nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    country_codes: tuple[Annotated[str, PlainValidator(_country_code), WithJsonSchema(_CODE_SHAPE)], ...] | None = (
        Field(default=None, description="Every number of agents and leads must begin with one of these country codes.")
    )
    forbidden_numbers: tuple[Number, ...] = Field(
        default=(), description="Numbers that no agent and no lead may have, in any spelling."
    )
    name_pattern: Annotated[NamePattern, PlainValidator(_pattern), WithJsonSchema({"type": "string"})] | None = Field(
        default=None, description="A regular expression that every agent's whole name must match."
    )
    intercoms: (
        tuple[Annotated[tuple[str, str], PlainValidator(_intercoms), WithJsonSchema(_SPAN_SHAPE)], ...] | None
    ) = Field(default=None, description="Ranges, such as 1000-1999. Every intercom must be in one of them.")
    max_agents: Annotated[int, PlainValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})] | None = (
        Field(default=None, description="The maximum number of agents in an environment.")
    )
    required_fields: tuple[ApiField, ...] = Field(
        default=(), description="The API's fields that every lead must have, such as field_1."
    )


def read_policies(reading: EnvironmentReader) -> list[tuple[Document, PolicyEntry]]:
    """The policies of the environment and of those that it extends, the nearest first, each with its file.

    A policy with a problem is reported and does not apply.
    """
    found = []
    for folder in reading.chain:
        path = folder / POLICY_FILE
        document = reading.document(path, folder) if path.exists() or path.is_symlink() else None
        if document is not None and (policy := _policy_of(reading, document)) is not None:
            found.append((document, policy))
    return found


def load_policies(folder: Path, root: Path, environ: Mapping[str, str]) -> list[tuple[Document, PolicyEntry]]:
    """The policies that apply to an environment's folder, without the rest of its config.

    Raises:
        ConfigError: every problem of the policies.
    """
    reading = EnvironmentReader(root.resolve(), environ)
    reading.chain = folders_of(reading, folder.resolve())
    policies = read_policies(reading)
    if reading.all_problems:
        raise ConfigError(reading.all_problems)
    return policies


def _policy_of(reading: EnvironmentReader, document: Document) -> PolicyEntry | None:
    raw = document.data
    if wrong := Head(_KEY, "a mapping of rules").problems(document):
        reading.problems.extend(wrong)
    rules = raw.get(_KEY) if isinstance(raw, dict) else None
    if not isinstance(rules, dict):
        return None
    try:
        policy = PolicyEntry.model_validate(rules)
    except ValidationError as invalid:
        reading.problems.extend(explain(document, PolicyEntry, (_KEY,), error) for error in invalid.errors())
        return None
    for index, number in enumerate(policy.forbidden_numbers):
        loc: Loc = (_KEY, "forbidden_numbers", index)
        reading.warnings += [Problem(document.at(loc), dotted(loc), warning) for warning in number.warnings]
    return policy
