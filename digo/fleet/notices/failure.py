"""The error of a notice, in a module that imports nothing."""

from __future__ import annotations


class NoticeFailed(Exception):
    """A notice could not be sent. The text says why and what to do, and has no address, secret or number in it."""
