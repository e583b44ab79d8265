"""Recorded events of the pulumi CLI as events of this engine."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from engine.events import (
    Diagnostic,
    Event,
    Prelude,
    Severity,
    StackOutputs,
    Step,
    StepBegun,
    StepDone,
    StepFailed,
    Summary,
)
from engine.model import Op, ResourceState
from engine.serialize import decode_resource
from protocol.stored import show_masked
from protocol.tokens import STACK_TYPE

RECORDED = Path(__file__).with_name("recorded")


def recorded_events(name: str) -> Iterator[Event]:
    """The events of a recording, without the steps of default providers, which the CLI does not show either."""
    for line in (RECORDED / f"{name}.events.jsonl").read_text(encoding="utf-8").splitlines():
        for event in _events(json.loads(line)):
            own = isinstance(event, (StepBegun, StepDone)) and event.step.type.startswith("pulumi:providers:")
            if not own:
                yield event


def recorded_text(name: str) -> str:
    """What the CLI printed for them, below its headline."""
    return (RECORDED / f"{name}.txt").read_text(encoding="utf-8").split("\n", 1)[1]


def printed(console: Console) -> str:
    """What was printed so far."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _events(data: dict[str, Any]) -> Iterator[Event]:
    if "preludeEvent" in data:
        yield Prelude(data["preludeEvent"]["config"])
    elif "resourcePreEvent" in data:
        yield StepBegun(_step(data["resourcePreEvent"]["metadata"]), _planning(data["resourcePreEvent"]))
    elif "resOutputsEvent" in data:
        step = _step(data["resOutputsEvent"]["metadata"])
        yield StepDone(step, _planning(data["resOutputsEvent"]))
        if step.type == STACK_TYPE and step.new is not None:
            yield StackOutputs(step.old.outputs if step.old else {}, step.new.outputs)
    elif "resOpFailedEvent" in data:
        yield StepFailed(_step(data["resOpFailedEvent"]["metadata"]), planning=False)
    elif "diagnosticEvent" in data:
        body = data["diagnosticEvent"]
        yield Diagnostic(Severity(body["severity"]), body["message"], body.get("urn", ""), body.get("ephemeral", False))
    elif "summaryEvent" in data:
        body = data["summaryEvent"]
        changes = {Op(op): number for op, number in body["resourceChanges"].items()}
        yield Summary(changes, body["durationSeconds"], body["isPreview"], body["result"] != "succeeded")


def _planning(body: dict[str, Any]) -> bool:
    return bool(body.get("planning", False))


def _step(body: dict[str, Any]) -> Step:
    detailed = body["detailedDiff"]
    return Step(
        op=Op(body["op"]),
        urn=body["urn"],
        type=body["type"],
        old=_state(body["old"]),
        new=_state(body["new"]),
        provider=body["provider"],
        diffs=tuple(body.get("diffs", ())),
        replace_keys=tuple(body.get("keys", ())),
        detailed_diff=None if detailed is None else {path: change["diffKind"] for path, change in detailed.items()},
        retain=bool(body["old"] and body["old"].get("retainOnDelete")),
        logical=body.get("logical", False),
    )


def _state(body: dict[str, Any] | None) -> ResourceState | None:
    if body is None:
        return None
    return decode_resource({"custom": False, **{key: value for key, value in body.items() if value != ""}}, show_masked)
