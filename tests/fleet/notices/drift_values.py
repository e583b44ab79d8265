"""Findings, stacks and watches, made in one line each."""

from __future__ import annotations

from digo.fleet.drift.changes import DriftChanges, Watched, drift_changes
from digo.fleet.drift.stack_drift import DriftOutcome, Finding, FleetDrift, StackDrift, in_order
from digo.fleet.notices.drift_notice import drift_notice
from digo.fleet.notices.notice import Notice
from digo.plan.drift import DriftOrigin

FIRST, SECOND, THIRD = (f"2026-11-{day}T01:00:00Z" for day in (27, 28, 29))
LINK = "https://ci.example/runs/7"


def finding(entry: str = "agent sales", account: str = '"Sales"', corrected: bool = True, **more: object) -> Finding:
    verb, remedy = ("update", "the next up changes it") if corrected else ("cannot converge", "change it in the panel")
    given: dict[str, object] = {
        "field": "name", "verb": verb, "origin": DriftOrigin.ACCOUNT, "config": '"Desk"', "last": '"Desk"',
        "remedy": remedy, "position": "config/a/agents.yaml:3:5", **more,
    }  # fmt: skip
    return Finding(entry=entry, account=account, corrected=corrected, **given)  # type: ignore[arg-type]


def stack(name: str, *findings: Finding, reason: str = "") -> StackDrift:
    outcome = DriftOutcome.DRIFT if findings else DriftOutcome.NONE
    if any(not one.corrected for one in findings):
        outcome = DriftOutcome.STUCK
    return StackDrift(name, outcome, findings, reason)


def unknown(name: str, reason: str = "no reply within 30 s") -> StackDrift:
    return StackDrift(name, DriftOutcome.UNKNOWN, reason=reason)


def watch(*stacks: StackDrift, at: str = FIRST) -> FleetDrift:
    return FleetDrift("fleet-project", at, "", in_order(stacks))


def next_watch(
    *stacks: StackDrift, last: Watched | None = None, at: str = FIRST, fleet: tuple[str, ...] = ()
) -> tuple[DriftChanges, Watched]:
    """The changes of a watch. The fleet has the watch's stacks, and those of `fleet`."""
    return drift_changes(watch(*stacks, at=at), last, {*fleet, *(one.stack for one in stacks)})


def notice_of(*stacks: StackDrift, last: Watched | None = None, at: str = FIRST) -> Notice:
    changes, _ = next_watch(*stacks, last=last, at=at)
    return drift_notice(watch(*stacks, at=at), changes, LINK)
