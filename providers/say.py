"""Messages of the program to the user. Engines print them unchanged, so control codes are removed here."""

from __future__ import annotations

import pulumi

from digo.sanitize.annotations import for_log


def warn(text: str, resource: pulumi.Resource | None = None) -> None:
    """Warns that something will not be as in the config."""
    pulumi.log.warn(for_log(text), resource)


def info(text: str) -> None:
    """Prints a note."""
    pulumi.log.info(for_log(text))


def error(text: str) -> None:
    """Prints the error that ends the run."""
    pulumi.log.error(for_log(text))
