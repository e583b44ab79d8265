"""Events as JSON, one object a line, as `pulumi up --json` prints them.

Source of the format: pulumi/pulumi, `sdk/go/common/apitype/events.go` and `pkg/backend/display/events.go`.
"""

from __future__ import annotations

import math
import re
import time
from typing import Any, TextIO

from digo.sanitize.json import for_json
from engine.display.display import Display
from engine.display.operation_words import message_prefix
from engine.events import (
    Diagnostic,
    Event,
    Prelude,
    Severity,
    StandardOutput,
    Step,
    StepBegun,
    StepDone,
    StepFailed,
    Summary,
)
from engine.model import ResourceState
from protocol.stored import encode_value
from protocol.values import BLINDED

_CONTROL_CODES = re.compile(r"\x1b\[[0-9;]*[mK]")


class JsonLinesDisplay(Display):
    """Prints each event as one line of JSON."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out
        self._sequence = 0

    def _show(self, event: Event) -> None:
        body = event_body(event)
        if body is not None:
            self._print(body)

    def _say(self, text: str) -> None:
        self._print({"stdoutEvent": {"message": text, "color": "never"}})

    def close(self) -> None:
        """Prints the last event, which ends the stream."""
        with self._lock:
            self._print({"cancelEvent": {}})

    def _print(self, body: dict[str, Any]) -> None:
        line = {"sequence": self._sequence, "timestamp": int(time.time()), **body}
        self._sequence += 1
        print(for_json(line, separators=(",", ":")), file=self._out, flush=True)


def event_body(event: Event) -> dict[str, Any] | None:
    """The event under its Pulumi name; None if Pulumi does not print it."""
    if isinstance(event, Prelude):
        return {"preludeEvent": {"config": dict(sorted(event.config.items()))}}
    if isinstance(event, StepBegun):
        return {"resourcePreEvent": _metadata(event)}
    if isinstance(event, StepDone):
        return {"resOutputsEvent": _metadata(event)}
    if isinstance(event, StepFailed):
        return {"resOpFailedEvent": {"metadata": _step(event.step), "status": 0, "steps": 0}}
    if isinstance(event, Diagnostic):
        return _diagnostic(event)
    if isinstance(event, StandardOutput):
        return _diagnostic(Diagnostic(Severity.INFO, event.message))
    if isinstance(event, Summary):
        return {
            "summaryEvent": {
                "maybeCorrupt": False,
                "durationSeconds": math.ceil(event.duration_seconds),
                "resourceChanges": {op.value: number for op, number in event.changes.items() if number},
                "PolicyPacks": {},
                "isPreview": event.is_preview,
                "result": "failed" if event.failed else "succeeded",
            }
        }
    return None


def plain_message(diagnostic: Diagnostic) -> str:
    """A message without colours, with its severity as a prefix."""
    return message_prefix(diagnostic.severity)[0] + _CONTROL_CODES.sub("", diagnostic.message)


def _diagnostic(event: Diagnostic) -> dict[str, Any]:
    message = _CONTROL_CODES.sub("", event.message)
    body = {
        "urn": event.urn,
        "prefix": message_prefix(event.severity)[0],
        "message": message if message.endswith("\n") else message + "\n",
        "color": "never",
        "severity": event.severity.value,
        "streamID": event.stream_id,
        "ephemeral": event.ephemeral,
    }
    return {"diagnosticEvent": {key: value for key, value in body.items() if value}}


def _metadata(event: StepBegun | StepDone) -> dict[str, Any]:
    return {"metadata": _step(event.step), **({"planning": True} if event.planning else {})}


def _step(step: Step) -> dict[str, Any]:
    body = {
        "op": step.op.value,
        "urn": step.urn,
        "type": step.type,
        "old": _state(step.old),
        "new": _state(step.new),
        "keys": list(step.replace_keys),
        "diffs": list(step.diffs),
        "detailedDiff": detailed_diff(step, "diffKind"),
        "logical": step.logical,
        "provider": step.provider,
    }
    return {key: value for key, value in body.items() if value or key not in ("keys", "diffs", "logical")}


def detailed_diff(step: Step, kind: str) -> dict[str, Any] | None:
    """The detailed diff, with each kind under the key `kind`; None if the provider gave none."""
    if step.detailed_diff is None:
        return None
    return {path: {kind: change, "inputDiff": True} for path, change in sorted(step.detailed_diff.items())}


def _state(state: ResourceState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    body = {
        "type": state.type,
        "urn": state.urn,
        "custom": state.custom,
        "delete": state.delete,
        "id": state.id,
        "parent": state.parent,
        "protect": state.protect,
        "retainOnDelete": state.retain_on_delete,
        "inputs": encode_value(state.inputs, _blind),
        "outputs": encode_value(state.outputs, _blind),
        "provider": state.provider,
        "initErrors": list(state.init_errors),
    }
    return {key: value for key, value in body.items() if value is not False and (value or key != "initErrors")}


def _blind(_: str) -> dict[str, str]:
    return {"ciphertext": BLINDED}
