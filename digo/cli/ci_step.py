"""`digo ci step`: runs a step of a pipeline from the installed package, so that a project needs no copy of it."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from digo.cli.context import Context, pass_context
from digo.new.pipelines import step_names, step_path

SHELL = "/bin/sh"


@click.command("step", epilog="Example: digo ci step plan prod")
@click.argument("name", type=click.Choice(step_names()))
@click.argument("arguments", nargs=-1)
@pass_context
def step_command(context: Context, name: str, arguments: tuple[str, ...]) -> NoReturn:
    """Runs the step NAME of docs/ci/steps in the project's folder.

    ARGUMENTS are those of the step: mostly the stack. Exit code: the step's.
    """
    environ = {**context.environ, "DIGO_PYTHON": context.environ.get("DIGO_PYTHON") or sys.executable}
    command = [SHELL, str(step_path(name)), *arguments]
    # The shell takes this process's place: a pipeline's signals reach the step itself.
    os.chdir(context.root)
    sys.stdout.flush()
    os.execve(SHELL, command, environ)
