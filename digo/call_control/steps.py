"""Acts on calls, as steps that are sent in order. Each step is sent once, and the first failure ends the act."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from digo.api.calls import Call
from digo.api.client import Client
from digo.api.errors import ApiError, OutcomeUnknown
from digo.api.models import CallReceipt, Receipt
from digo.system.signals import Interrupted
from digo.text.redact import MASK, SECRET, mask_number, mask_numbers

_NUMBERS = frozenset({"agent_number", "destination_number", "caller_id", "customer_number", "field_0"})
_SECRETS = frozenset({"api_key"})

FAILED, UNKNOWN = 1, 2


@dataclass(frozen=True)
class CallStep:
    """One call of an act. `what` describes it, such as "write the lead"."""

    what: str
    call: Call[Any]


def format_request(step: CallStep, endpoint: str, *, numbers: bool) -> str:
    """The request for people: without token, API key and lead columns. Numbers are masked unless `numbers`."""
    call = step.call
    body = {name: _shown(name, value, numbers=numbers) for name, value in (call.body or {}).items()}
    return f"{call.method} {endpoint.rstrip('/')}/{call.path}\n{json.dumps(body, ensure_ascii=False)}"


def _shown(name: str, value: Any, *, numbers: bool) -> Any:
    if name in _SECRETS:
        return SECRET
    if name in _NUMBERS:
        return value if numbers or len(str(value)) == 4 else mask_number(str(value))
    if re.fullmatch(r"field_\d+", name):
        return MASK
    return mask_numbers(value) if isinstance(value, str) and name not in ("agent_id", "call_id") else value


class CallStepFailed(Exception):
    """A step failed.

    The text says which step failed, what was done before it, and what was not sent. `code` is the exit code: 2 if the
    outcome of the step is unknown.
    """

    def __init__(self, steps: Iterable[CallStep], at: int, problem: ApiError) -> None:
        steps = list(steps)
        unknown = isinstance(problem, OutcomeUnknown)
        lines = [f"could not {steps[at].what}: {problem}" if not unknown else f"{steps[at].what}: unknown: {problem}"]
        lines += [f"  Done before: {step.what}" for step in steps[:at]]
        lines += [f"  Not sent: {step.what} ({step.call.method} /{step.call.path})" for step in steps[at + 1 :]]
        super().__init__("\n".join(lines))
        self.code = UNKNOWN if unknown else FAILED


def send_steps(
    client: Client, steps: Iterable[CallStep], done: Callable[[CallStep, CallReceipt | Receipt], None]
) -> None:
    """Sends the steps in order, and calls `done` for each that the API confirmed.

    Raises:
        CallStepFailed: a step was not confirmed. The steps after it were not sent.
    """
    steps = list(steps)
    for index, step in enumerate(steps):
        try:
            confirmed = client.send(step.call)
        except ApiError as problem:
            raise CallStepFailed(steps, index, problem) from None
        except Interrupted as interrupt:
            failed = CallStepFailed(steps, index, client.interrupted_error(step.call, interrupt.name))
            failed.code = failed.code if failed.code == UNKNOWN else interrupt.exit_code
            raise failed from None
        done(step, confirmed)
