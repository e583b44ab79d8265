"""A preview as one JSON document, as `pulumi preview --json` prints it.

Source of the format: pulumi/pulumi, `pkg/display/json.go` and `pkg/backend/display/json.go`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TextIO

from digo.sanitize.json import for_json
from engine.display.display import Display
from engine.display.json_events import detailed_diff, plain_message
from engine.display.options import DisplayOptions
from engine.display.rows import is_shown
from engine.events import Diagnostic, Event, Prelude, Severity, StandardOutput, Step, StepBegun, StepDone, Summary
from engine.model import Op, ResourceState
from engine.serialize import encode_resource
from protocol.stored import refuse_secret
from protocol.urn import is_stack
from protocol.values import masked


class JsonDigestDisplay(Display):
    """Prints one JSON document when the preview has ended."""

    def __init__(self, out: TextIO, options: DisplayOptions) -> None:
        super().__init__()
        self._out = out
        self._options = options
        self._config: dict[str, str] = {}
        self._steps: list[dict[str, Any]] = []
        self._refreshed: dict[str, int] = {}
        self._diagnostics: list[dict[str, Any]] = []
        self._summary: Summary | None = None

    def _show(self, event: Event) -> None:
        if isinstance(event, Prelude):
            self._config = dict(sorted(event.config.items()))
        elif isinstance(event, StepBegun):
            self._begin(event.step)
        elif isinstance(event, StepDone):
            self._end(event.step)
        elif isinstance(event, Diagnostic):
            self._diagnose(event)
        elif isinstance(event, StandardOutput):
            self._say(event.message)
        elif isinstance(event, Summary):
            self._summary = event

    def _say(self, text: str) -> None:
        self._diagnostics.append({"message": text, "severity": Severity.INFO.value})

    def close(self) -> None:
        """Prints the document."""
        document: dict[str, Any] = {}
        if self._config:
            document["config"] = self._config
        if self._steps:
            document["steps"] = self._steps
        if self._diagnostics:
            document["diagnostics"] = self._diagnostics
        if self._summary is not None:
            document["duration"] = int(self._summary.duration_seconds * 1e9)
            changes = {op.value: number for op, number in self._summary.changes.items() if number}
            if changes:
                document["changeSummary"] = changes
        print(for_json(document, indent=4), file=self._out, flush=True)

    def _begin(self, step: Step) -> None:
        if not is_shown(step, self._options, in_diff_or_json=True):
            return
        if step.op is Op.REFRESH:
            self._refreshed[step.urn] = len(self._steps)
        self._steps.append(self._step(step))

    def _end(self, step: Step) -> None:
        # The outcome of a refresh is known when its step ends.
        place = self._refreshed.get(step.urn)
        changed = step.op is Op.DELETE or (step.op is Op.UPDATE and step.detailed_diff is not None)
        if place is not None and changed:
            self._steps[place] = self._step(step)

    def _diagnose(self, event: Diagnostic) -> None:
        if event.ephemeral or event.severity is Severity.DEBUG:
            return
        body = {"urn": event.urn} if event.urn else {}
        text = plain_message(event)
        self._diagnostics.append(
            {**body, "message": text if text.endswith("\n") else text + "\n", "severity": event.severity.value}
        )

    def _step(self, step: Step) -> dict[str, Any]:
        body = {
            "op": step.op.value,
            "urn": step.urn,
            "provider": step.provider,
            "oldState": self._state(step.old),
            "newState": self._state(step.new),
            "diffReasons": list(step.diffs),
            "replaceReasons": list(step.replace_keys),
        }
        return {**{key: value for key, value in body.items() if value}, "detailedDiff": detailed_diff(step, "kind")}

    def _state(self, state: ResourceState | None) -> dict[str, Any] | None:
        if state is None:
            return None
        hides = is_stack(state.urn) and self._options.suppress_outputs
        shown = replace(
            state, inputs={} if hides else masked(state.inputs), outputs={} if hides else masked(state.outputs)
        )
        return encode_resource(shown, refuse_secret)
