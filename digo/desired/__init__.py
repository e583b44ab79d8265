"""Desired state: what `config/<environment>/` says, validated as a whole, each value with its position."""

from digo.desired.loader import load_environment
from digo.desired.positions import Position
from digo.desired.problems import ConfigError, Problem
from digo.desired.state import Desired, WantedAgent, WantedLead, WantedList

__all__ = [
    "ConfigError",
    "Desired",
    "Position",
    "Problem",
    "WantedAgent",
    "WantedLead",
    "WantedList",
    "load_environment",
]
