"""`digo engine` and `digo sandbox`: the project's other programs, with the Python that runs `digo`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from digo.cli.context import Context, pass_context

# All that stands behind the command's name belongs to the other program, `--help` as well.
_PASSED_ON = {"ignore_unknown_options": True, "help_option_names": [], "allow_interspersed_args": False}


@click.command(context_settings=_PASSED_ON, epilog="Example: digo engine preview --stack sandbox")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_context
def engine(context: Context, arguments: tuple[str, ...]) -> NoReturn:
    """Runs Pulumi's daily commands with the embedded engine: `digo engine preview`, `digo engine up`.

    It is the embedded engine even where `pulumi` is on PATH. `digo engine --help` lists the commands. Exit codes are
    Pulumi's.
    """
    _become("engine", arguments, context)


@click.command(context_settings=_PASSED_ON, epilog="Example: digo sandbox start --port 8099")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_context
def sandbox(context: Context, arguments: tuple[str, ...]) -> NoReturn:
    """Starts and stops the sandbox, a stand-in for the vendor's service: `digo sandbox start`.

    `digo sandbox --help` lists the commands. Exit code: 0 done, 1 an error.
    """
    _become("sandbox", arguments, context)


def _become(module: str, arguments: tuple[str, ...], context: Context) -> NoReturn:
    """Replaces this process by another program, with the options that stood before the command's name."""
    environ = dict(os.environ)
    if context.named is not None:
        environ["PULUMI_STACK"] = context.named
    first = [] if context.config_file is None else ["--config-file", str(context.config_file.resolve())]
    os.chdir(context.start)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", module, *first, *arguments], environ)
