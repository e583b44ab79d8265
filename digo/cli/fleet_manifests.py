"""`digo fleet manifests`: the fleet for the Pulumi Kubernetes Operator."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from digo.cli.context import Context, pass_context
from digo.cli.fleet_options import Choice, choice_options, chosen_fleet
from digo.cli.output import write_output
from digo.fleet.failure import FleetError
from digo.fleet.file.values import VARIABLE_SHAPE, parse_duration
from digo.fleet.manifests.git_source import git_source, uncommitted
from digo.fleet.manifests.manifest_text import stream
from digo.fleet.manifests.manifests import Manifests, backend_of, fleet_manifests, write_manifests
from digo.fleet.manifests.object_names import wrong_name
from digo.fleet.manifests.stack_object import ManifestOptions, ObjectNames
from digo.fleet.plan.document import read_fleet_plan
from digo.fleet.plan.stack_plan import FleetPlan
from digo.sanitize.terminal import one_line
from digo.text.counts import counted

_SHOWN = 5
_LEAST_SECONDS = 60  # the operator takes less for this


class _ObjectName(click.ParamType[str]):
    """A name, or a pattern of names, that Kubernetes takes."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if problem := wrong_name(value):
            self.fail(problem, param, ctx)
        return str(value)


class _Period(click.ParamType[timedelta]):
    """A time such as `5m`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            period = parse_duration(str(value))
        except ValueError as problem:
            self.fail(str(problem), param, ctx)
        if period.total_seconds() < _LEAST_SECONDS:
            self.fail("it is at least `1m`", param, ctx)
        return period


class _Variable(click.ParamType[str]):
    """The name of an environment variable."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(VARIABLE_SHAPE, str(value)):
            self.fail("the name of an environment variable has letters, digits and `_`", param, ctx)
        return str(value)


_NAME = _ObjectName()


@click.command(epilog="Example: digo fleet manifests --backend s3://state --namespace phones -o manifests")
@choice_options
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one file a stack into this folder. Without a choice of stacks, files of others are removed.",
)
@click.option("--repository", metavar="URL", help="Git repository of the project; that of `origin` if omitted.")
@click.option("--commit", metavar="HASH", help="Commit to up; the one that is checked out if omitted.")
@click.option("--branch", metavar="NAME", help="Follow this branch instead of one commit: its waves order nothing.")
@click.option("--backend", metavar="URL", help="Where the state is, if Pulumi.yaml and PULUMI_BACKEND_URL do not say.")
@click.option("--organization", metavar="NAME", help="Organization of the stacks in Pulumi Cloud.")
@click.option("--namespace", type=_NAME, help="Namespace of the objects; that of `kubectl` if omitted.")
@click.option("--service-account", type=_NAME, default="pulumi", show_default=True, help="Service account of the pods.")
@click.option(
    "--secret",
    type=_NAME,
    default="digo-{stack}",
    show_default=True,
    help="Secret with the DIGO_… variables of a stack.",
)
@click.option(
    "--pulumi-secret",
    type=_NAME,
    default="digo-pulumi",
    show_default=True,
    help="Secret with all other variables, such as PULUMI_CONFIG_PASSPHRASE.",
)
@click.option("--git-secret", type=_NAME, help="Secret for a private repository: accessToken or sshPrivateKey.")
@click.option(
    "--env", "variables", type=_Variable(), multiple=True, metavar="NAME", help="A further variable from these Secrets."
)
@click.option("--image", metavar="IMAGE", help="Image of the pods; the operator's own if omitted.")
@click.option("--claim", type=_NAME, help="PersistentVolumeClaim that keeps .digo/, such as digo-{stack}.")
@click.option(
    "--look-every",
    type=_Period(),
    default="5m",
    show_default=True,
    help="How often the operator looks at the branch, or ups again.",
)
@click.option("--repeat", is_flag=True, help="Up at each look, also without a new commit: the panel's changes go.")
@click.option(
    "--plan",
    "reviewed",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Pin each stack to its plan in this file, a file of `digo fleet plan --format json`.",
)
@pass_context
def manifests(
    context: Context,
    /,
    output: Path | None,
    repository: str | None,
    commit: str | None,
    branch: str | None,
    backend: str | None,
    variables: tuple[str, ...],
    reviewed: Path | None,
    look_every: timedelta,
    **others: Any,
) -> int:
    """Writes the fleet as objects of the Pulumi Kubernetes Operator, one `Stack` a stack.

    It is for those who run that operator in place of `digo fleet up`. Waves become prerequisites. Windows, waits and
    limits of failures are not known to the operator. No token is written: pods get their variables from Secrets.

    Exit code: 0 done, 1 an error.
    """
    if commit and branch:
        raise click.UsageError("--commit is one commit, and --branch follows a branch: give one of them")
    choice = Choice(*(others.pop(name) for name in ("stacks", "groups", "labels")))
    # Waves and their order are those of the whole fleet, whichever stacks are written.
    fleet = chosen_fleet(replace(context, named=None), Choice())
    chosen = replace(choice, stacks=(*choice.stacks, *([context.named] if context.named else []))).of(fleet)
    given = {name: value for name, value in others.items() if value is not None}
    objects = ObjectNames(**{one.name: given.pop(one.name) for one in fields(ObjectNames) if one.name in given})
    source = git_source(fleet.root, repository, commit, branch)
    options = ManifestOptions(source, objects, backend_of(fleet, backend), look_every=look_every, **given)
    found = fleet_manifests(fleet, options, variables, None if reviewed is None else _plan(reviewed))
    found = found.only(one.name for one in chosen.stacks)
    if not commit and uncommitted(fleet.root, output):
        click.echo("warning: the project has changes that no commit has: the operator does not get them", err=True)
    _tell_left_out(found)
    if output is None:
        write_output(stream(list(found.texts.values())), None)
        return 0
    gone = write_manifests(output, found, whole=len(chosen.stacks) == len(fleet.stacks))
    removed = f", {counted(len(gone), 'file')} removed" if gone else ""
    click.echo(f"{counted(len(found.texts), 'manifest')} in {one_line(str(output))}{removed}")
    return 0


def _tell_left_out(found: Manifests) -> None:
    if found.left_out:
        more = ", …" if len(found.left_out) > _SHOWN else ""
        names = one_line(", ".join(found.left_out[:_SHOWN]))
        text = f"{counted(len(found.left_out), 'stack')} in no wave, and without a manifest: {names}{more}"
        click.echo(f"note: {text}", err=True)


def _plan(file: Path) -> FleetPlan:
    try:
        return read_fleet_plan(file.read_bytes())
    except ValueError as problem:
        raise FleetError(
            f"{file} is not a plan of a fleet: {problem}; write one: `digo fleet plan --format json`"
        ) from None
