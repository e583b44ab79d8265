"""Flags shared by several commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.cli.terminal import Invocation
from engine.failure import ConfigurationFailure

Command = TypeVar("Command", bound=Callable[..., Any])


def _flags(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """The options as one decorator, in their order in the help."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value not in (None, False):
            setattr(context.find_root().ensure_object(Invocation), name, value)

    return store


invocation_flags = _flags(
    click.option("--verbose", "-v", type=int, hidden=True, expose_value=False),
    click.option("--disable-integrity-checking", is_flag=True, hidden=True, expose_value=False),
    click.option("--logtostderr", is_flag=True, hidden=True, expose_value=False),
    click.option("--emoji", "-e", is_flag=True, hidden=True, expose_value=False),
    click.option(
        "--config-file",
        type=click.Path(dir_okay=False, path_type=Path),
        expose_value=False,
        callback=_set("config_file"),
        help="Use the configuration values in the specified file rather than detecting the file name",
    ),
    click.option(
        "--cwd",
        "-C",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        expose_value=False,
        callback=_set("cwd"),
        help="Run as if started in this directory",
    ),
    click.option(
        "--color",
        type=click.Choice(["always", "never", "raw", "auto"]),
        expose_value=False,
        callback=_set("color"),
        help="Colorize output",
    ),
    click.option(
        "--non-interactive",
        is_flag=True,
        expose_value=False,
        callback=_set("non_interactive"),
        help="Disable interactive mode for all commands",
    ),
)
"""`--cwd`, `--color`, `--config-file` and `--non-interactive`. As in Pulumi, they may precede the command's name."""

stack_flag = click.option(
    "--stack", "-s", "stack_name", default="", help="The name of the stack to operate on. Default: the current stack"
)
yes_flag = click.option("--yes", "-y", is_flag=True, help="Skip confirmation prompts, and proceed")


def default_parallel() -> int:
    """`PULUMI_PARALLEL`, or four operations for each processor."""
    text = os.environ.get("PULUMI_PARALLEL", "")
    if text:
        if not text.isdigit() or int(text) == 0:
            raise ConfigurationFailure(f"PULUMI_PARALLEL is '{text}'; it must be a whole number above 0")
        return int(text)
    return (os.cpu_count() or 1) * 4


operation_flags = _flags(
    click.option("--debug", "-d", is_flag=True, help="Print detailed debugging output"),
    click.option("--diff", is_flag=True, help="Display operation as a rich diff showing the overall change"),
    click.option("--json", "-j", "as_json", is_flag=True, help="Serialize diffs, operations, and output as JSON"),
    click.option("--message", "-m", default="", help="Message to go with the operation"),
    click.option(
        "--parallel",
        "-p",
        type=click.IntRange(min=1),
        default=default_parallel,
        help="Allow P resource operations to run in parallel at once (1 for no parallelism)",
    ),
    click.option("--show-config", is_flag=True, help="Show configuration keys and variables"),
    click.option("--show-sames", is_flag=True, help="Show resources that haven't changed, too"),
    click.option("--show-reads", is_flag=True, expose_value=False, help="Show resources that are being read in, too"),
    click.option("--show-replacement-steps", is_flag=True, help="Show resource replacement creates and deletes"),
    click.option("--show-secrets", is_flag=True, help="Show secret outputs in the CLI output"),
    click.option("--show-full-output", is_flag=True, help="Display full length of outputs"),
    click.option("--urns", "show_urns", is_flag=True, help="Display full URNs instead of resource names"),
    click.option("--suppress-outputs", is_flag=True, help="Suppress display of stack outputs"),
    click.option("--suppress-progress", is_flag=True, hidden=True, expose_value=False),
    click.option("--suppress-permalink", hidden=True, expose_value=False, is_flag=False, flag_value="true"),
    stack_flag,
    invocation_flags,
)
"""The flags of `preview`, `up`, `refresh`, `destroy` and `import`."""

target_flags = _flags(
    click.option(
        "--target", "-t", "targets", multiple=True, help="A resource URN to operate on (* and ** match); repeatable"
    ),
    click.option("--target-dependents", is_flag=True, help="Allow dependents of targets to be changed, too"),
)
replace_flags = _flags(
    click.option("--replace", "replace", multiple=True, help="A resource URN to replace; repeatable"),
    click.option("--target-replace", multiple=True, help="Shorthand for --target URN --replace URN"),
)
assignment_flags = _flags(
    click.option("--config", "-c", "assignments", multiple=True, help="Config (key=value) to use and to save"),
    click.option(
        "--config-path", is_flag=True, help="Config keys contain a path to a property in a map or list to set"
    ),
)
change_flags = _flags(
    click.option("--expect-no-changes", is_flag=True, help="Return an error if any changes occur"),
    click.option("--preview-only", is_flag=True, help="Only show a preview, but don't perform the operation"),
    click.option("--skip-preview", "-f", is_flag=True, help="Do not calculate a preview before performing"),
    yes_flag,
)
"""The flags of operations that change something."""

refresh_flag = click.option(
    "--refresh",
    "-r",
    is_flag=False,
    flag_value="true",
    default="false",
    type=click.Choice(["true", "false", "skip"]),
    callback=lambda _context, _parameter, value: value == "true",
    help="Refresh the state of the stack's resources before this operation",
)


def one_stack_name(stack_name: str, argument: str | None) -> str:
    """The stack's name from the flag or from the argument; raises `ConfigurationFailure` if both are given."""
    if stack_name and argument:
        raise ConfigurationFailure("only one of --stack or argument stack name may be specified, not both")
    return argument or stack_name
