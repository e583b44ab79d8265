"""Names of Kubernetes objects for stacks."""

from __future__ import annotations

import hashlib
import re

# The operator's StatefulSet is `<name>-workspace`, and Kubernetes adds a hash of 11 signs for a label of at most 63.
_MOST = 42
_DIGEST = 8
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
STACK = "{stack}"


def object_name(stack: str) -> str:
    """The name of the object of a stack: its own, if Kubernetes takes it.

    Otherwise its letters and digits, with a digest of the whole name. So no two stacks have one name, and a stack's
    name does not depend on which others there are.
    """
    if len(stack) <= _MOST and _LABEL.fullmatch(stack):
        return stack
    digest = hashlib.sha256(stack.encode()).hexdigest()[:_DIGEST]
    plain = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")[: _MOST - _DIGEST - 1].rstrip("-")
    return f"{plain}-{digest}" if plain else f"stack-{digest}"


def named_for(pattern: str, stack: str) -> str:
    """The name that a pattern with `{stack}` gives for a stack."""
    return pattern.replace(STACK, object_name(stack))


def wrong_name(pattern: str) -> str | None:
    """What is wrong with a name or a pattern of names; None if Kubernetes takes what it gives."""
    if len(pattern) <= 200 and all(_LABEL.fullmatch(part) for part in pattern.replace(STACK, "stack").split(".")):
        return None
    return (
        f"`{pattern}` is not a name in Kubernetes: small letters, digits and hyphens, with {STACK} where it is wanted"
    )
