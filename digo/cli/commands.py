"""The commands. Each is imported when it is run, so that it does not wait for the libraries of the others."""

from __future__ import annotations

from importlib import import_module

import click

from digo.text.did_you_mean import hint

# Name of the command: module under digo.cli, and the command in it.
COMMANDS = {
    "validate": ("digo.cli.validate", "validate"),
    "schema": ("digo.cli.schema", "schema"),
    "plan": ("digo.cli.plan", "plan"),
    "snapshot": ("digo.cli.snapshot", "snapshot"),
    "export": ("digo.cli.export", "export"),
    "init": ("digo.cli.init", "init"),
    "compare": ("digo.cli.compare", "compare"),
    "drift": ("digo.cli.drift", "drift"),
    "history": ("digo.cli.history", "history"),
    "report": ("digo.cli.report", "report"),
    "call": ("digo.cli.call", "call"),
    "announce": ("digo.cli.announce", "announce"),
    "hangup": ("digo.cli.hangup", "hangup"),
    "transfer": ("digo.cli.transfer", "transfer"),
    "records": ("digo.cli.records", "records"),
    "masking": ("digo.cli.masking", "masking"),
    "agents": ("digo.cli.agents", "agents"),
    "lists": ("digo.cli.lists", "lists"),
    "ci": ("digo.cli.ci", "ci"),
    "completion": ("digo.cli.completion", "completion"),
}


class LazyCommands(click.Group):
    """A group with the commands of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """The names, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        """Imports the module of one command; None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a hint where a name is misspelt.

        Raises:
            click.UsageError: there is no such command.
        """
        if args and args[0] not in COMMANDS:
            near = hint(args[0], COMMANDS, f"there are {', '.join(sorted(COMMANDS))}", "{}")
            raise click.UsageError(f"no command {args[0]}; {near}", ctx)
        return super().resolve_command(ctx, args)
