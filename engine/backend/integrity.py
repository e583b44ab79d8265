"""What must hold in every state: resources after what they refer to, and each URN once.

Source: pulumi/pulumi, `pkg/resource/deploy/snapshot.go` (`VerifyIntegrity`).
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.model import Deployment, ResourceState


def integrity_problems(deployment: Deployment) -> list[str]:
    """What is wrong with the state, in words; empty where it is sound."""
    problems: list[str] = []
    before: set[str] = set()
    alive: set[str] = set()
    for state in deployment.resources:
        for role, urn in _references(state):
            if urn not in before:
                problems.append(f"resource {state.urn} refers to {role} {urn}, which is missing or comes after it")
        if not state.delete:
            if state.urn in alive:
                problems.append(f"duplicate resource {state.urn} (not marked for deletion)")
            alive.add(state.urn)
        if not state.custom and state.id:
            problems.append(f"resource {state.urn} has 'custom' false but a non-empty ID")
        before.add(state.urn)
    return problems


def _references(state: ResourceState) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if state.parent:
        found.append(("parent", state.parent))
    if state.provider:
        found.append(("provider", state.provider.rpartition("::")[0]))
    found += [("dependency", urn) for urn in state.dependencies]
    found += [("dependency", urn) for urns in state.property_dependencies.values() for urn in urns]
    return found
