"""The root of the command line: finds the command, and makes messages and exit codes of errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from digo.project.failure import PassphraseMissing, ProjectFailure, WrongPassphrase
from digo.system.child_environment import no_core_files
from digo.system.environment import broken_arguments, broken_variables
from digo.system.signals import raise_on_signals
from digo.system.streams import drop_output, ready_streams
from digo.system.typed_output import OutputUnwritable
from digo.text.doctor_hint import with_doctor_hint
from engine.cli.flags import invocation_flags
from engine.cli.terminal import Invocation
from engine.failure import Declined, ExitCode, Failure, OperationFailed, StackNotFound

# Name of the command: module under engine.cli, and the command in it.
COMMANDS = {
    "up": ("engine.cli.operation_commands", "up"),
    "preview": ("engine.cli.operation_commands", "preview"),
    "refresh": ("engine.cli.operation_commands", "refresh"),
    "destroy": ("engine.cli.operation_commands", "destroy"),
    "import": ("engine.cli.import_", "import_"),
    "cancel": ("engine.cli.cancel", "cancel"),
    "stack": ("engine.cli.stack.commands", "stack"),
    "config": ("engine.cli.config", "config"),
    "state": ("engine.cli.state", "state"),
    "about": ("engine.cli.about", "about"),
    "version": ("engine.cli.about", "version"),
}
ALIASES = {"update": "up", "pre": "preview", "down": "destroy", "dn": "destroy"}
"""Pulumi's short names."""


class _Commands(click.Group):
    """The commands of the table. Each is imported only when it runs, without the libraries of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click passes it by this name)
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (as above)
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(
    cls=_Commands,
    name="engine",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Pulumi's daily commands without the pulumi CLI. The state has Pulumi's own format, which both can read.",
)
@invocation_flags
def root() -> None:
    """Holds the commands."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits with Pulumi's codes."""
    # What a program reads, such as an output's value, is data and leaves as it is.
    no_core_files()
    raise_on_signals()
    ready_streams(guard_output=sys.stdout is not None and sys.stdout.isatty())
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, and returns the exit code."""
    invocation = Invocation()
    given = sys.argv[1:] if arguments is None else arguments
    if broken := [*broken_arguments(given), *broken_variables(os.environ)]:
        for problem in broken:
            invocation.error(problem)
        return ExitCode.ERROR
    try:
        _invoke(arguments, invocation)
    except click.ClickException as error:
        error.show()
        return ExitCode.ERROR
    except (click.Abort, KeyboardInterrupt):
        invocation.error("cancelled")
        return ExitCode.CANCELLED
    except OperationFailed as failure:
        return failure.exit_code
    except Declined as failure:
        invocation.console().print(str(failure))
        return failure.exit_code
    except (Failure, ProjectFailure) as failure:
        hints = isinstance(failure, (StackNotFound, PassphraseMissing, WrongPassphrase))
        invocation.error(with_doctor_hint(str(failure)) if hints else str(failure))
        return failure.exit_code if isinstance(failure, Failure) else ExitCode.ERROR
    except BrokenPipeError:
        # The reader of the output has ended, as with `| head`.
        sys.stderr.close()
        return ExitCode.ERROR
    except OSError as error:
        drop_output()
        invocation.error(_unusable(error))
        return ExitCode.ERROR
    return ExitCode.SUCCESS


def _unusable(error: OSError) -> str:
    if isinstance(error, OutputUnwritable):
        what = "the output cannot be written"
    else:
        what = f"{error.filename} cannot be used" if error.filename else "the system refused something that is needed"
    return (
        f"{what}: {error.strerror or error}; make room or change the permissions and run the same command again: "
        "an up takes over what an earlier one has done"
    )


def _invoke(arguments: Sequence[str] | None, invocation: Invocation) -> Any:
    return root.main(
        args=None if arguments is None else list(arguments),
        prog_name="digo engine",
        obj=invocation,
        standalone_mode=False,
    )
