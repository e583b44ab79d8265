"""The root of the command line: its shared options, and the messages and exit codes of errors."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from digo.api.errors import ApiError, NotSent, ReadUnknown, TokenRefused
from digo.ci.failure import HostingError
from digo.cli.commands import LAZY
from digo.cli.context import Context, NotFound
from digo.cli.lazy_group import LazyGroup
from digo.fleet.failure import FleetError
from digo.sanitize.streams import sanitized_streams
from digo.settings.failure import SettingsError
from digo.source.problems import ConfigError
from digo.system.child_environment import no_core_files
from digo.system.command_name import digo_command, pasteable
from digo.system.environment import broken_arguments, broken_variables
from digo.system.extras import ExtraMissing, explained
from digo.system.signals import Interrupted, raise_on_signals
from digo.system.streams import drop_output, ready_streams
from digo.system.typed_output import OutputUnwritable
from digo.text.doctor_hint import DOCTOR_HINT, with_doctor_hint
from digo.text.redact import mask_numbers
from digo.text.unicode import visible
from digo.version import VERSION
from digo.workspace.engine import EngineError

ERROR = 1


@click.group(
    cls=LazyGroup,
    lazy=LAZY,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Example: digo --stack sandbox plan",
)
@click.option("-s", "--stack", help="The stack. Default: PULUMI_STACK, or the project's only stack.")
@click.option(
    "-C",
    "--cwd",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Run as if started in this folder.",
)
@click.option(
    "--config-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The stack's file, if not Pulumi.<stack>.yaml. As in pulumi.",
)
@click.option("--show-numbers", is_flag=True, help="Show numbers and leads in full. By default they are masked.")
@click.version_option(VERSION, prog_name="digo")
@click.pass_context
def root(context: click.Context, stack: str | None, cwd: Path, config_file: Path | None, *, show_numbers: bool) -> None:
    """Plans, checks and operates agents and broadcast lists of a DIGO cloud phone system, beside Pulumi."""
    context.obj = Context(cwd.resolve(), stack, show_numbers=show_numbers, config_file=config_file)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits. Exit code 1 is an error; each command's help has the others."""
    no_core_files()
    raise_on_signals()
    ready_streams()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit code. Output passes through `digo.sanitize.streams`."""
    with sanitized_streams():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if broken := [*broken_arguments(given), *broken_variables(os.environ)]:
        print("\n".join(f"error: {problem}" for problem in broken), file=sys.stderr)
        return ERROR
    try:
        code = root.main(arguments, prog_name="digo", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort as abort:
        return _interrupted(abort.__context__)
    except KeyboardInterrupt as interrupt:
        return _interrupted(interrupt)
    except click.ClickException as problem:
        vars(problem)["message"] = pasteable(problem.message)
        (_placed(problem) if isinstance(problem, click.NoSuchOption) else problem).show()
        if isinstance(problem, NotFound):
            print(f"  {pasteable(DOCTOR_HINT)}", file=sys.stderr)
        return ERROR
    except (NotSent, TokenRefused, ReadUnknown, SettingsError, EngineError) as problem:
        print(f"error: {pasteable(with_doctor_hint(mask_numbers(str(problem))))}", file=sys.stderr)
        return ERROR
    except (ApiError, ConfigError, FleetError, HostingError, ExtraMissing) as problem:
        print(f"error: {pasteable(mask_numbers(str(problem)))}", file=sys.stderr)
        return ERROR
    except ModuleNotFoundError as missing:
        if (lack := explained(missing)) is None:
            raise
        print(f"error: {lack}", file=sys.stderr)
        return ERROR
    except OSError as problem:
        drop_output()
        print(f"error: {mask_numbers(_unusable(problem))}", file=sys.stderr)
        return ERROR


def _placed(problem: click.NoSuchOption) -> click.UsageError:
    """The error, or where the option belongs if it is one of all commands, which no single command knows."""
    option = next((one for one in root.params if problem.option_name in one.opts), None)
    if option is None or problem.ctx is None or problem.ctx.parent is None:
        return problem
    value = "" if isinstance(option, click.Option) and option.is_flag else " …"
    _, _, command = problem.ctx.command_path.partition(" ")
    line = f"{digo_command()} {problem.option_name}{value} {command}"
    return click.UsageError(f"{problem.option_name} belongs before the command: `{line}`", problem.ctx)


def _interrupted(cause: BaseException | None) -> int:
    """Says what ended the command; the exit code. Commands that act on calls report for themselves."""
    if not isinstance(cause, Interrupted):
        print("interrupted", file=sys.stderr)
        return ERROR
    with contextlib.suppress(OSError):
        print(f"interrupted by {cause.name}; nothing was written to the account", file=sys.stderr, flush=True)
    return cause.exit_code


def _unusable(problem: OSError) -> str:
    reason = problem.strerror or problem
    if isinstance(problem, OutputUnwritable):
        step = "make room or give another place, and run again; nothing was changed on the account"
        return f"the output cannot be written: {reason}\n  Next: {step}"
    if problem.filename:
        step = "give another place, make room or change the permissions, and run again"
        return f"{visible(str(problem.filename))} cannot be used: {reason}\n  Next: {step}"
    return f"the system refused something that the command needs: {reason}\n  Next: see to that, and run again"
