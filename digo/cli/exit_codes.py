"""The exit codes of commands that show what an up would do: with and without `--detailed-exitcode`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from digo.plan.review import ERROR, NOTHING


def detailed_exitcode_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--detailed-exitcode` to a command: Terraform's word for exit codes that say what was found."""
    return click.option(
        "--detailed-exitcode", "detailed", is_flag=True, help="End with 2 or 3 where something differs, not with 0."
    )(command)


def exit_code(code: int, *, detailed: bool) -> int:
    """The exit code of a command.

    Args:
        code: the code that says what was found.
        detailed: whether `--detailed-exitcode` was given. Without it only an error or a refusal is not 0.
    """
    return code if detailed or code == ERROR else NOTHING
