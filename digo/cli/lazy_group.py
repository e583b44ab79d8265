"""A group of commands that are imported when they are run: none waits for the libraries of the others."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from digo.system.extras import need
from digo.text.did_you_mean import hint


class LazyCommand(NamedTuple):
    """Where a command is, and what it needs.

    Attributes:
        sentence: the first sentence of its help, for the list of commands, which must not import them all.
        module: its module.
        name: its name in the module.
        extra: the extra of the package that it needs; "" for none.
    """

    sentence: str
    module: str
    name: str
    extra: str = ""


class LazyGroup(click.Group):
    """A group of `LazyCommand`s."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, LazyCommand], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """The names, in alphabetical order."""
        return sorted(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the module of one command; None where there is no such command.

        Raises:
            ExtraMissing: a library that the command needs is not installed.
        """
        if (found := self.lazy.get(cmd_name)) is None:
            return None
        if found.extra:
            above = "" if ctx.parent is None else f"{ctx.info_name} "
            need(found.extra, f"the command {above}{cmd_name}")
        command: click.Command = getattr(import_module(found.module), found.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands with their first sentences, without importing one."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._short(name, room)) for name in names])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a hint where a name is misspelt.

        Raises:
            click.UsageError: there is no such command.
        """
        if args and args[0] not in self.lazy:
            near = hint(args[0], self.lazy, f"there are {', '.join(sorted(self.lazy))}", "{}")
            raise click.UsageError(f"no command {args[0]}; {near}", ctx)
        return super().resolve_command(ctx, args)

    def _short(self, name: str, room: int) -> str:
        """A command's first sentence, cut to `room` characters as click cuts it."""
        return click.Command(name, help=self.lazy[name].sentence).get_short_help_str(room)
