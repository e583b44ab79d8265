"""The parts of a URN that a user reads.

Source: pulumi/pulumi, `sdk/go/common/tokens/tokens.go` (`Type.DisplayName`).
"""

from __future__ import annotations

from engine.model import PROVIDER_TYPE_PREFIX, STACK_TYPE


def stack_urn(stack: str, project: str) -> str:
    """The URN of the stack's own resource."""
    return f"urn:pulumi:{stack}::{project}::{STACK_TYPE}::{project}-{stack}"


def name_of(urn: str) -> str:
    """The name the program gave."""
    return "::".join(urn.split("::")[3:])


def qualified_type_of(urn: str) -> str:
    """The type with its parents' types before it."""
    parts = urn.split("::")
    return parts[2] if len(parts) > 2 else ""


def type_of(urn: str) -> str:
    """The type alone."""
    return qualified_type_of(urn).rpartition("$")[2]


def is_stack(urn: str) -> bool:
    """Whether this is the stack's own resource."""
    return qualified_type_of(urn) == STACK_TYPE


def is_default_provider(urn: str) -> bool:
    """Whether this is a provider that the engine made for itself: its steps are nobody's concern."""
    name = name_of(urn)
    return type_of(urn).startswith(PROVIDER_TYPE_PREFIX) and (name == "default" or name.startswith("default_"))


def display_type(type_token: str) -> str:
    """The type, shorter where its module's last part only repeats it (`aws:s3/bucket:Bucket` is `aws:s3:Bucket`)."""
    parts = type_token.split(":")
    if len(parts) != 3 or not parts[2] or "/" not in parts[1]:
        return type_token
    package, module, name = parts
    folder, _, file = module.rpartition("/")
    return f"{package}:{folder}:{name}" if file == name[0].lower() + name[1:] else type_token
