"""The error of a request to the hosting service, in a module that imports nothing."""

from __future__ import annotations


class HostingError(Exception):
    """A request to the hosting service failed. The text names the request and the next step."""
