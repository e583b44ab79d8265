"""Faults as one writes them on the command line: `NAME[:VALUE][,KEY=VALUE...]`."""

from typing import Any

from pydantic import ValidationError

from sandbox.errors import SandboxError
from sandbox.faults import Fault, FaultRule, Match

_MAIN_VALUE = {
    "status": "status",
    "status-after-commit": "status",
    "html": "status",
    "html-after-commit": "status",
    "cut-list": "keep",
    "slow": "ms",
    "slow-after-commit": "ms",
    "late": "ms",
    "drip": "ms",
    "bomb": "mb",
    "batch": "end",
    "object": "message",
    "success-false": "message",
    "string-false": "message",
    "reply": "body",
    "redirect": "location",
}


def parse_fault(text: str) -> FaultRule:
    """Read for example `status:429,path=/v1/agent,nth=3+7` or `lost-after:method=POST,every=10`.

    Raises:
        SandboxError: the text names no fault, or a key or value that it cannot have.
    """
    kind, _, arguments = text.partition(":")
    fault: dict[str, Any] = {"kind": kind}
    match: dict[str, Any] = {}
    for argument in filter(None, arguments.split(",")):
        key, separator, value = argument.partition("=")
        if not separator:
            key, value = _MAIN_VALUE.get(kind, ""), argument
        if key in Match.model_fields:
            match[key] = value.split("+") if key == "nth" else value
        elif key in Fault.model_fields:
            fault[key] = value
        else:
            raise SandboxError(f"Fault {text!r}: it takes no {argument!r}. See --help for what it takes.")
    try:
        return FaultRule.model_validate({"match": match, "fault": fault})
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise SandboxError(f"Fault {text!r}: {place}: {problem['msg']}") from error
