"""A watch as JSON. Within a version, fields are only added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from digo.fleet.drift.changes import DriftChanges, StackFinding
from digo.fleet.drift.equal_findings import FindingGroup, all_findings, equal_findings
from digo.fleet.drift.stack_drift import Finding, FleetDrift
from digo.sanitize.json import for_json

VERSION = 1


def drift_json(drift: FleetDrift, changes: DriftChanges) -> str:
    """The document as text."""
    return for_json(drift_document(drift, changes), indent=2) + "\n"


def drift_document(drift: FleetDrift, changes: DriftChanges) -> dict[str, Any]:
    """The watch as plain data. Findings that several stacks have are in `equal` too."""
    equal = [one for one in equal_findings(all_findings(drift.stacks)) if len(one.findings) > 1]
    return {
        "version": VERSION,
        "fleet": drift.fleet,
        "at": drift.at,
        "commit": drift.commit,
        "exitCode": drift.exit_code,
        "counts": dict(drift.counts),
        "stacks": [
            {
                "stack": one.stack,
                "outcome": one.outcome.value,
                "reason": one.reason,
                "unmanaged": one.unmanaged,
                "notes": list(one.notes),
                "findings": [_finding(finding) for finding in one.findings],
            }
            for one in drift.stacks
        ],
        "equal": [_group(one) for one in equal],
        "changes": {
            "last": changes.last,
            **{name: _named(getattr(changes, name)) for name in ("new", "changed", "gone", "still", "kept")},
            **{name: list(getattr(changes, name)) for name in ("unread", "reread", "refused", "allowed", "left")},
        },
    }


def _group(group: FindingGroup) -> dict[str, Any]:
    first = group.first
    sides = {side: group.shown(side) for side in ("config", "last", "account")}
    common = {"entry": first.entry, "field": first.field, "verb": first.verb, "origin": first.origin.value}
    return {**common, **sides, "corrected": first.corrected, "remedy": first.remedy, "stacks": list(group.stacks)}


def _finding(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "origin": finding.origin.value}


def _named(found: Iterable[StackFinding]) -> list[dict[str, Any]]:
    """Which findings they are. Those that are there have their values in `stacks`."""
    return [
        {"stack": stack, "entry": one.entry, "field": one.field, "since": one.since, "account": one.account}
        for stack, one in found
    ]
