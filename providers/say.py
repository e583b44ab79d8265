"""What the program tells the user. Engines print messages as they come, so they are cleaned here."""

from __future__ import annotations

import pulumi

from digo.sanitize.terminal import for_terminal


def warn(text: str, resource: pulumi.Resource | None = None) -> None:
    """Something will not be as the config wants it."""
    pulumi.log.warn(for_terminal(text), resource)


def info(text: str) -> None:
    """Something worth knowing."""
    pulumi.log.info(for_terminal(text))


def error(text: str) -> None:
    """Why the run ends."""
    pulumi.log.error(for_terminal(text))
