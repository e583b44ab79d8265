"""A state's resources as a tree of table rows.

Source: pulumi/pulumi, `pkg/cmd/pulumi/stack/stack.go`.
"""

from __future__ import annotations

from engine.model import Deployment, ResourceState

INDENT = "    "
"""Before each line of the table."""


def resource_rows(deployment: Deployment, *, show_ids: bool, show_urns: bool) -> list[tuple[str, str]]:
    """Type and name of each resource, children after their parents. URN and id are lines below the name."""
    children: dict[str, list[ResourceState]] = {}
    root = deployment.stack
    for state in deployment.resources:
        if state is not root:
            children.setdefault(state.parent or (root.urn if root else ""), []).append(state)
    rows: list[tuple[str, str]] = []

    def add(state: ResourceState, padding: str, branch: str) -> None:
        below = children.pop(state.urn, []) if not state.delete else []
        deeper = padding + {"├─ ": "│  ", "└─ ": "   "}.get(branch, "")
        lead = deeper + ("│  " if below else "   ")
        urn = f"\n{INDENT}{lead}URN: {state.urn}" if show_urns else ""
        id_ = f"\n{INDENT}{lead}ID: {state.id}" if show_ids and state.id else ""
        rows.append((padding + branch + state.type, state.name + urn + id_))
        for child in below:
            add(child, deeper, "└─ " if child is below[-1] else "├─ ")

    for state in [root] if root is not None else children.pop("", []):
        add(state, "", "")
    return rows
