"""Desired state: what `config/<environment>/` says, validated as a whole, each value with its position."""

from typing import TYPE_CHECKING, Any

from digo.desired.state import Desired, DesiredAgent, DesiredLead, DesiredList
from digo.source.positions import Position
from digo.source.problems import ConfigError, Problem

if TYPE_CHECKING:
    from digo.desired.loader import load_environment

__all__ = [
    "ConfigError",
    "Desired",
    "DesiredAgent",
    "DesiredLead",
    "DesiredList",
    "Position",
    "Problem",
    "load_environment",
]


def __getattr__(name: str) -> Any:
    """Imports `load_environment` on first use: the provider host reads no config."""
    if name == "load_environment":
        from digo.desired.loader import load_environment

        return load_environment
    raise AttributeError(name)
