"""Checks a state: each resource comes after those it refers to, and each URN occurs once.

Source: pulumi/pulumi, `pkg/resource/deploy/snapshot.go` (`VerifyIntegrity`).
"""

from __future__ import annotations

from engine.model import Deployment


def integrity_problems(deployment: Deployment) -> list[str]:
    """The problems of the state, as messages; empty if there are none."""
    problems: list[str] = []
    before: set[str] = set()
    alive: set[str] = set()
    for state in deployment.resources:
        problems += [
            f"resource {state.urn} refers to {reference.kind} {reference.urn}, which is missing or comes after it"
            for reference in state.references()
            if reference.urn not in before
        ]
        if not state.delete:
            if state.urn in alive:
                problems.append(f"duplicate resource {state.urn} (not marked for deletion)")
            alive.add(state.urn)
        if not state.custom and state.id:
            problems.append(f"resource {state.urn} has 'custom' false but a non-empty ID")
        before.add(state.urn)
    return problems
