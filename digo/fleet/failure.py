"""Errors of a fleet."""

from __future__ import annotations


class FleetError(Exception):
    """A fleet cannot be used as it was asked for. The message says why, and what the next step is."""
