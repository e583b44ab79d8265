"""A fleet's plan as JSON: versioned and masked. Within a version, fields are only added.

An up of the fleet reads it back: it holds each stack to the hash that the document has.
"""

from __future__ import annotations

import json
from typing import Any

from digo.fleet.plan.equal_changes import ChangeGroup, equal_changes
from digo.fleet.plan.stack_plan import ChangedFiles, FleetPlan
from digo.sanitize.json import for_json


def fleet_plan_json(plan: FleetPlan, changed_files: ChangedFiles | None = None) -> str:
    """The document as text. `changed_files`: see `show_fleet_plan`."""
    document = {
        **plan.to_dict(),
        "exitCode": plan.exit_code,
        "groups": [_group(one) for one in equal_changes(plan.stacks)],
    }
    if changed_files is not None:
        document["because"] = {one.stack: list(changed_files.get(one.stack, ())) for one in plan.stacks}
    return for_json(document, indent=2) + "\n"


def _group(group: ChangeGroup) -> dict[str, Any]:
    return {
        "verb": group.verb.value,
        "subject": group.subject.value,
        "key": group.keys[0] if len(group.keys) == 1 else None,
        "entries": len(group.entries),
        "stacks": list(group.stacks),
        "fields": [
            {"field": one.field, "outcome": one.outcome.value, "values": len(one.values)} for one in group.fields
        ],
        "reason": group.reason,
    }


def read_fleet_plan(content: bytes | str) -> FleetPlan:
    """The plan in a document.

    Raises:
        ValueError: it is not a document that this version reads.
    """
    try:
        data = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")
    return FleetPlan.from_dict(data)
