"""`digo fleet`: the commands for all stacks that fleet.yaml covers."""

from __future__ import annotations

import click

from digo.cli.lazy_group import LazyCommand, LazyGroup

_EXTRA = "fleet"
COMMANDS = {
    "stacks": LazyCommand(
        "Lists the fleet's stacks: environment, labels, groups, wave, account and endpoint.",
        "digo.cli.fleet_stacks",
        "stacks",
    ),
    "plan": LazyCommand("Plans all stacks, or some of them.", "digo.cli.fleet_plan", "plan"),
    "up": LazyCommand("Plans all stacks, and ups those that change, in waves.", "digo.cli.fleet_up", "up", _EXTRA),
    "status": LazyCommand("Shows the runs, and how far each is.", "digo.cli.fleet_status", "status", _EXTRA),
    "cancel": LazyCommand("Stops a run.", "digo.cli.fleet_cancel", "cancel", _EXTRA),
    "worker": LazyCommand("Takes stacks of runs until it is stopped.", "digo.cli.fleet_worker", "worker", _EXTRA),
    "drift": LazyCommand("Compares config and account of all stacks.", "digo.cli.fleet_drift", "drift"),
    "manifests": LazyCommand(
        "Writes the manifests for the Pulumi Kubernetes Operator.", "digo.cli.fleet_manifests", "manifests"
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, epilog="Example: digo fleet stacks --label region=south")
def fleet() -> None:
    """Plans, ups and watches all stacks that fleet.yaml covers."""
