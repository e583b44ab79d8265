"""JSON Schema of the config files, generated from the pydantic models. Editors use it to complete and to check.

A schema is less strict than `digo validate`: it cannot compare entries, and YAML turns some texts into numbers before
it sees them. `digo validate` refuses everything that the schema refuses; a test checks that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from digo.desired.approvals import ApprovalEntry
from digo.desired.list_models import ListEntry
from digo.desired.models import AgentEntry
from digo.desired.overlays import EnvironmentEntry
from digo.desired.policy import PolicyEntry
from digo.fleet.file.models import FailureRule, FleetSettings, GroupEntry, Rate, StackVariables, WaveEntry, WindowEntry
from digo.fleet.file.notice_models import ChatNotice, IssueNotice, NoticeEntry, WebhookNotice
from digo.fleet.notices.document import NoticeDocument
from digo.masking.models import MaskingEntry, MaskingHeader
from digo.settings.keys import CHOICES, COMMAND_KEYS, KEYS, NUMBERS, SECRETS
from digo.settings.limits import GuardLimits
from digo.settings.profiles import PROFILES
from digo.system.atomic_file import write_all

# The dialect that yaml-language-server supports.
_DIALECT = "http://json-schema.org/draft-07/schema#"
_DESCRIPTIONS = {
    "agents": "The environment's agents by their stable keys. A key names the Pulumi resource.",
    "lists": "The environment's broadcast lists by their stable keys.",
    "policy": "Rules beyond what the API requires. The rules of an extended environment apply, too.",
    "approvals": "Each approval lifts one refusal by a guard, for exactly one plan, until a date.",
    "masking": "The routing of each masking number, by keys of your choice.",
}
MODELS: Mapping[str, type[BaseModel]] = {
    "agents": AgentEntry,
    "lists": ListEntry,
    "approvals": ApprovalEntry,
    "environment": EnvironmentEntry,
    "policy": PolicyEntry,
    "masking": MaskingEntry,
    "fleet": FleetSettings,
}
# What has a table of its own in the documentation, by its place in the file.
PARTS: Mapping[str, type[BaseModel]] = {
    "fleet.groups": GroupEntry,
    "fleet.waves": WaveEntry,
    "fleet.rate": Rate,
    "fleet.failures": FailureRule,
    "fleet.windows": WindowEntry,
    "fleet.environment": StackVariables,
    "fleet.notices": NoticeEntry,
    "fleet.notices.webhook": WebhookNotice,
    "fleet.notices.chat": ChatNotice,
    "fleet.notices.issue": IssueNotice,
}
_WHOLE_FILES = ("environment", "fleet")


STACK = "stack"
NOTICE = "fleet-notice"
"""The body of a webhook of a fleet. It is not config: programs that receive it want its schema."""
KINDS = (*MODELS, STACK, NOTICE)
_SECRET = {
    "description": "A secret, as `pulumi config set --secret` writes it.",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}


class _Untitled(GenerateJsonSchema):
    """Omits titles that only repeat the name: they are noise in an editor."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic passes it by name
        return False


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of a document of that kind, one of KINDS."""
    if kind == STACK:
        return _stack_schema()
    if kind == NOTICE:
        body = NoticeDocument.model_json_schema(schema_generator=_Untitled, mode="serialization")
        return {"$schema": _DIALECT, **body, "title": "The body of a webhook of digo fleet"}
    entry = MODELS[kind].model_json_schema(schema_generator=_Untitled)
    definitions = entry.pop("$defs", None)
    head = {"$schema": _DIALECT, "title": f"{kind}.yaml"}
    if kind in _WHOLE_FILES:
        return {**entry, **head, "$defs": definitions}
    entries: dict[str, Any] = {"description": _DESCRIPTIONS[kind]}
    if kind == "approvals":
        entries |= {"type": "array", "items": entry}
    elif kind == "policy":
        entries = {**entry, **entries}
    else:
        entries |= {"type": "object", "additionalProperties": entry, "propertyNames": {"maxLength": 200}}
    beside: dict[str, Any] = {}
    if kind == "masking":
        beside = MaskingHeader.model_json_schema(schema_generator=_Untitled)["properties"]
    schema = {
        **head,
        "type": "object",
        "properties": {**beside, kind: entries},
        "required": [kind],
        "additionalProperties": False,
    }
    return schema | ({"$defs": definitions} if definitions else {})


def _stack_schema() -> dict[str, Any]:
    """The schema of `Pulumi.<stack>.yaml`: of the settings of digo, and of nothing else that the file may have."""
    settings = {f"digo:{name}": _setting(name, meaning) for name, meaning in {**KEYS, **COMMAND_KEYS}.items()}
    names = {"anyOf": [{"enum": list(settings)}, {"not": {"pattern": "^digo:"}}]}
    config = {"type": ["object", "null"], "properties": settings, "propertyNames": names}
    title = "Pulumi.<stack>.yaml"
    return {"$schema": _DIALECT, "title": title, "type": ["object", "null"], "properties": {"config": config}}


def _setting(name: str, meaning: str) -> dict[str, Any]:
    """The schema of one setting's value, which may always be encrypted."""
    values: list[dict[str, Any]] = [_SCALAR]
    if name in SECRETS:
        values = []
    elif name in NUMBERS:
        _, least, most = NUMBERS[name]
        values = [
            {"type": "integer", "minimum": least, "maximum": most},
            {"type": "string", "pattern": r"^\s*[0-9]+\s*$"},
        ]
    elif name in CHOICES:
        # Words are taken in either case; JSON Schema has no flag for that.
        words = ("".join(f"[{sign}{sign.upper()}]" for sign in choice.value) for choice in CHOICES[name])
        values = [{"type": "string", "pattern": rf"^\s*({'|'.join(words)})\s*$"}]
    elif name == "undocumented":
        switches = sorted({word for profile in PROFILES.values() for word in profile.known_switches})
        values = [{"type": "string"}, {"type": "array", "items": {"enum": switches}}]
    elif name == "guards":
        limits = GuardLimits.model_json_schema(schema_generator=_Untitled)
        values = [{key: value for key, value in limits.items() if key != "description"}]
    elif name == "labels":
        values = [{"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}]
    return {"description": f"{meaning[0].upper()}{meaning[1:]}.", "anyOf": [*values, _SECRET]}


def field_table(kind: str) -> str:
    """The fields of an entry of one of MODELS or PARTS as a Markdown table, for the documentation."""
    rows = [
        f"| `{field.alias or name}`{' (needed)' if field.is_required() else ''} | {field.description} |"
        for name, field in {**MODELS, **PARTS}[kind].model_fields.items()
    ]
    return "\n".join(["| field | meaning |", "| --- | --- |", *rows]) + "\n"


def schema_text(kind: str) -> str:
    """The schema as the text of a file."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Writes a schema file for each kind of config file and returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {folder / f"{kind}.json": schema_text(kind) for kind in KINDS}
    write_all(texts)
    return list(texts)
