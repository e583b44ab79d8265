"""Makes and splits URNs, and matches the globs of `--target`.

A URN is `urn:pulumi:<stack>::<project>::<qualified type>::<name>`. The name may itself contain `::`.
Source: pulumi/pulumi, `sdk/go/common/resource/urn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from protocol.tokens import PROVIDER_TYPE_PREFIX, STACK_TYPE


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource. The root stack is not part of its children's qualified types."""
    parent_type = qualified_type(parent) if parent else ""
    qualified = f"{parent_type}${type_}" if parent_type not in ("", STACK_TYPE) else type_
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def stack_urn(stack: str, project: str) -> str:
    """The URN of the root stack resource."""
    return make_urn(stack, project, "", STACK_TYPE, f"{project}-{stack}")


def _part(urn: str, index: int) -> str:
    parts = urn.split("::", 3)
    return parts[index] if len(parts) > index else ""


def qualified_type(urn: str) -> str:
    """The `Parent$Child` types in the URN; "" where the text is not a URN."""
    return _part(urn, 2)


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The resource's name; "" where the text is not a URN."""
    return _part(urn, 3)


def stack_of(urn: str) -> str:
    """The name of the stack."""
    return _part(urn, 0).rpartition(":")[2]


def root_stack_of(urn: str) -> str:
    """The URN of the root stack resource of a resource's stack."""
    return stack_urn(stack_of(urn), _part(urn, 1))


def is_stack(urn: str) -> bool:
    """Whether the URN is of a root stack resource."""
    return qualified_type(urn) == STACK_TYPE


def package_of(type_: str) -> str:
    """The package of a type token."""
    return type_.partition(":")[0]


def is_provider_type(type_: str) -> bool:
    """Whether the type is of provider resources."""
    return type_.startswith(PROVIDER_TYPE_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether the URN is of a default provider, which the engine registers itself."""
    name = name_of(urn)
    return is_provider_type(type_of(urn)) and (name == "default" or name.startswith("default_"))


def split_reference(reference: str) -> tuple[str, str]:
    """A provider reference as (URN, id)."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_


class UrnPatterns:
    """URNs and Pulumi's globs: `*` within one part of a URN, `**` across parts. No pattern matches nothing."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._literals: set[str] = set()
        self._globs: list[re.Pattern[str]] = []
        for pattern in patterns:
            if "*" in pattern:
                self._globs.append(_compile(pattern))
            else:
                self._literals.add(pattern)

    def __bool__(self) -> bool:
        return bool(self._literals or self._globs)

    def add(self, urn: str) -> None:
        """Adds a URN to match."""
        self._literals.add(urn)

    def matches(self, urn: str) -> bool:
        """Whether the URN matches one of the patterns."""
        return urn in self._literals or any(glob.fullmatch(urn) for glob in self._globs)

    def unmatched(self, urns: Iterable[str]) -> list[str]:
        """The patterns without a glob that are not among the given URNs."""
        return sorted(self._literals.difference(urns))


def _compile(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*|\*)", pattern)
    translated = {"**": ".*", "*": "[^:]*"}
    return re.compile("".join(translated.get(piece, re.escape(piece)) for piece in pieces))
