"""The options by which commands of `digo fleet` choose stacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from digo.cli.context import Context
from digo.fleet.file.labels import unlabelled
from digo.fleet.file.sentences import stacks_are
from digo.fleet.fleet import Fleet
from digo.text.counts import counted, some

if TYPE_CHECKING:  # `digo fleet stacks` plans nothing
    from digo.fleet.plan.stack_plan import ChangedFiles


@dataclass(frozen=True)
class Choice:
    """What the options say: globs of stacks, groups, labels."""

    stacks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def of(self, fleet: Fleet) -> Fleet:
        """The chosen stacks.

        Raises:
            FleetError: an option names a stack, group or label that is not there, or all together choose none.
        """
        return fleet.select(self.stacks, self.groups, self.labels)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--stack`, `--group` and `--label`. The command gets them as the arguments of `Choice`."""
    for option in (
        click.option(
            "--label", "labels", multiple=True, metavar="KEY=VALUE", callback=_labels, help="Stacks with this label."
        ),
        click.option("--group", "groups", multiple=True, metavar="GROUP", help="Stacks of this group of fleet.yaml."),
        click.option(
            "--stack",
            "stacks",
            multiple=True,
            metavar="GLOB",
            help="Stacks by name, such as `branch-*`, or `!branch-7`.",
        ),
    ):
        command = option(command)
    return command


def chosen_fleet(context: Context, choice: Choice) -> Fleet:
    """The fleet of the command's project, with the chosen stacks; see `whole_and_chosen`."""
    return whole_and_chosen(context, choice)[1]


def whole_and_chosen(context: Context, choice: Choice) -> tuple[Fleet, Fleet]:
    """The fleet of the command's project with all of its stacks, and with the chosen ones.

    Raises:
        NotFound: there is no project.
        ConfigError: see `Fleet.load`.
        FleetError: see `Choice.of`.
        click.UsageError: `--config-file` was given, which is the file of one stack.
    """
    if context.config_file is not None:
        raise click.UsageError("--config-file is the file of one stack; `digo fleet` reads that of each")
    if context.named is not None:
        choice = replace(choice, stacks=(*choice.stacks, context.named))
    fleet = Fleet.load(context.root, context.environ)
    for warning in fleet.warnings:
        click.echo(f"warning: {warning}", err=True)
    chosen = choice.of(fleet)
    if choice.labels and (strange := unlabelled(chosen.stacks)):
        whose = "its" if len(strange) == 1 else "their"
        click.echo(
            f"note: {stacks_are(strange)} chosen, although nobody knows {whose} labels: the file is broken", err=True
        )
    return fleet, chosen


def since_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--since REV`. The command gets it as `since`, None where it is left out."""
    return click.option(
        "--since",
        metavar="REV",
        help="Only stacks that changes since this Git commit reach. `main...` is where HEAD left main.",
    )(command)


def changed_since(fleet: Fleet, since: str | None) -> tuple[Fleet, ChangedFiles | None]:
    """The stacks that changes since a revision reach, perhaps none, and by stack the files that reach it.

    Without a revision these are all stacks, and None. A note on standard error says how many are left.

    Raises:
        FleetError: see `Fleet.changed`.
    """
    if since is None:
        return fleet, None
    found = fleet.changed(since)
    total = len(fleet.stacks)
    click.echo(
        f"note: changes since {found.commit[:12]} reach {len(found.reasons):,} of {counted(total, 'stack')}", err=True
    )
    if found.removed:
        gone = (
            f"Pulumi.<stack>.yaml is gone since then of {counted(len(found.removed), 'stack')} ({some(found.removed)})"
        )
        click.echo(f"note: {gone}; what is on the account is left alone", err=True)
    return fleet.only(found.reasons), found.reasons


def _labels(command: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for text in values:
        key, sign, value = text.partition("=")
        if not sign or not key or not value:
            raise click.BadParameter(f"`{text}` is not a label; one is written region=south", command, option)
        found.append((key, value))
    return tuple(found)
