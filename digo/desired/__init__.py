"""Desired state: what `config/<environment>/` says, validated as a whole, each value with its position."""

from digo.desired.loader import load_environment
from digo.desired.state import Desired, DesiredAgent, DesiredLead, DesiredList
from digo.source.positions import Position
from digo.source.problems import ConfigError, Problem

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
