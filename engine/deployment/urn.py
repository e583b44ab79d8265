"""URNs: how they are made and taken apart, and the globs that `--target` takes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.model import PROVIDER_TYPE_PREFIX, STACK_TYPE


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource. The root stack does not show in its children's qualified types."""
    qualified = type_
    if parent:
        parent_type = qualified_type(parent)
        if parent_type and parent_type != STACK_TYPE:
            qualified = f"{parent_type}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def stack_urn(stack: str, project: str) -> str:
    """The URN of the root stack resource."""
    return make_urn(stack, project, "", STACK_TYPE, f"{project}-{stack}")


def qualified_type(urn: str) -> str:
    """The `Parent$Child` chain of types in the URN."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """The resource's name, which may itself contain `::`."""
    return urn.split("::", 3)[3]


def package_of(type_: str) -> str:
    """The package of a type token: for a provider type the package it provides."""
    if is_provider_type(type_):
        return type_[len(PROVIDER_TYPE_PREFIX) :]
    return type_.split(":", 1)[0]


def is_provider_type(type_: str) -> bool:
    """Whether the type is of provider resources."""
    return type_.startswith(PROVIDER_TYPE_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether the URN is of a provider that the engine itself registered."""
    return is_provider_type(type_of(urn)) and name_of(urn).startswith("default")


def split_reference(reference: str) -> tuple[str, str]:
    """A provider reference as (URN, id)."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_


class UrnPatterns:
    """URNs with Pulumi's globs: `*` within one part of the URN, `**` across parts. Without any, matches nothing."""

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
        """Match this URN too."""
        self._literals.add(urn)

    def matches(self, urn: str) -> bool:
        """Whether the URN is one of them."""
        return urn in self._literals or any(glob.fullmatch(urn) for glob in self._globs)

    def unmatched(self, urns: Iterable[str]) -> list[str]:
        """The literal URNs that are not among the given."""
        return sorted(self._literals.difference(urns))


def _compile(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*|\*)", pattern)
    translated = {"**": ".*", "*": "[^:]*"}
    return re.compile("".join(translated.get(piece, re.escape(piece)) for piece in pieces))
