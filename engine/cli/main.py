"""The root of the command line: finds the command, and turns failures into messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from engine.cli.about import about, version
from engine.cli.cancel import cancel
from engine.cli.config import config
from engine.cli.destroy import destroy
from engine.cli.flags import invocation_flags
from engine.cli.import_ import import_
from engine.cli.preview import preview
from engine.cli.refresh import refresh
from engine.cli.stack import stack
from engine.cli.state import state
from engine.cli.terminal import Invocation
from engine.cli.up import up
from engine.failure import Declined, ExitCode, Failure, OperationFailed


class _Commands(click.Group):
    """Knows Pulumi's short names."""

    aliases = {"update": "up", "pre": "preview", "down": "destroy", "dn": "destroy"}  # noqa: RUF012

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, self.aliases.get(cmd_name, cmd_name))


@click.group(
    cls=_Commands,
    name="engine",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Pulumi's daily commands, for where no pulumi CLI is. State is Pulumi's own and can be moved both ways.",
)
@invocation_flags
def root() -> None:
    """Holds the commands."""


for _command in (up, preview, refresh, destroy, import_, cancel, stack, config, state, about, version):
    root.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits with Pulumi's codes."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit code."""
    invocation = Invocation()
    try:
        _invoke(arguments, invocation)
    except click.ClickException as error:
        error.show()
        return ExitCode.ERROR
    except (click.Abort, KeyboardInterrupt):
        invocation.fail("cancelled")
        return ExitCode.CANCELLED
    except OperationFailed as failure:
        return failure.exit_code
    except Declined as failure:
        invocation.console().print(str(failure))
        return failure.exit_code
    except Failure as failure:
        invocation.fail(str(failure))
        return failure.exit_code
    except BrokenPipeError:
        # The reader went away, as `| head` does; nobody is left to tell.
        sys.stderr.close()
        return ExitCode.ERROR
    return ExitCode.SUCCESS


def _invoke(arguments: Sequence[str] | None, invocation: Invocation) -> Any:
    return root.main(
        args=None if arguments is None else list(arguments),
        prog_name="python -m engine",
        obj=invocation,
        standalone_mode=False,
    )
