"""Notes and errors for a stack that is new, or whose state is lost or empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digo.project.earlier_runs import earlier_run_signs, earlier_runs
from digo.project.project_file import ProjectFile
from digo.project.stack_file import StackFile
from digo.text.counts import some
from digo.workspace.engine import EngineCommands, EngineError


def stack_state_notice(
    project: ProjectFile, file: StackFile, stack: str, engine: EngineCommands, state: Mapping[str, Any] | None
) -> str | None:
    """A note on a stack without a state or with an empty one; None where the state has resources.

    Raises:
        EngineError: the state is lost. A plan without it would adopt all agents and send all leads again.
    """
    signs = earlier_run_signs(project.root, stack, file.path, salted=bool(file.encryption_salt))
    if state is None and signs:
        raise EngineError(
            f"the state of stack {stack} is not in {engine.backend}, and the stack is not new: {'; '.join(signs)}.\n"
            "  A plan without the state would adopt all agents and send all leads again.\n"
            f"  Next: set PULUMI_BACKEND_URL to where the state is{_others(engine.stacks())}, or bring a copy back: "
            f"`{engine.name} stack init {stack}`, then `{engine.name} stack import --stack {stack} --file COPY`; "
            f"to begin anew without it, `{engine.name} stack init {stack}` alone. Nothing was planned"
        )
    if state is None:
        return (
            f"new stack: nothing in the state, because there is no stack {stack} in {engine.backend}"
            f"{_others(engine.stacks())}; the next up is its first one"
        )
    if state.get("resources"):
        return None
    if earlier_runs(project.root, stack):
        return (
            f"the state of stack {stack} is empty: after a destroy, or a new stack in the place of a lost one; "
            "the next up is as a first one: it adopts agents, and sends all leads"
        )
    return f"new stack: nothing in the state of {stack} in {engine.backend}; the next up is its first one"


def _others(stacks: list[str]) -> str:
    return f" (this one has {some(stacks)})" if stacks else ""
