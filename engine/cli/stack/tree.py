"""A state's resources as a tree of table rows.

Source: pulumi/pulumi, `pkg/cmd/pulumi/stack/stack.go`.
"""

from __future__ import annotations

from engine.model import Deployment, ResourceState
from protocol.tokens import STACK_TYPE


def resource_rows(
    deployment: Deployment, *, show_ids: bool, show_urns: bool
) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """Type and name of each resource, children after their parents; and the lines to print below each."""
    children: dict[str, list[ResourceState]] = {}
    root = next((state for state in deployment.resources if state.type == STACK_TYPE and not state.parent), None)
    for state in deployment.resources:
        if state is not root:
            children.setdefault(state.parent or (root.urn if root else ""), []).append(state)
    rows: list[tuple[str, str]] = []
    details: list[list[str]] = []

    def add(state: ResourceState, padding: str, branch: str) -> None:
        below = children.pop(state.urn, []) if not state.delete else []
        deeper = padding + {"├─ ": "│  ", "└─ ": "   "}.get(branch, "")
        rows.append((padding + branch + state.type, state.name))
        lead = deeper + ("│  " if below else "   ")
        lines = [f"{lead}URN: {state.urn}"] if show_urns else []
        if show_ids and state.id:
            lines.append(f"{lead}ID: {state.id}")
        details.append(lines)
        for child in below:
            add(child, deeper, "└─ " if child is below[-1] else "├─ ")

    for state in [root] if root is not None else children.pop("", []):
        add(state, "", "")
    return rows, details
