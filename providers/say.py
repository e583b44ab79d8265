"""What the program tells the user. Engines print messages as they come, so they are cleaned here."""

from __future__ import annotations

import pulumi

from digo.sanitize.annotations import for_log


def warn(text: str, resource: pulumi.Resource | None = None) -> None:
    """Something will not be as the config wants it."""
    pulumi.log.warn(for_log(text), resource)


def info(text: str) -> None:
    """Something worth knowing."""
    pulumi.log.info(for_log(text))


def error(text: str) -> None:
    """Why the run ends."""
    pulumi.log.error(for_log(text))
