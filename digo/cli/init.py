"""`digo init`: creates the files of a new environment."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from digo.cli.context import Context, pass_context
from digo.cli.file_changes import FileChanges
from digo.cli.whole_number import WholeNumber
from digo.desired.environment_reader import read_document
from digo.project.failure import InvalidConfig
from digo.settings.environment import environment_of
from digo.settings.failure import SettingsError
from digo.settings.namespace import NAMESPACE
from digo.settings.profiles import DIGO, PROFILES
from digo.settings.stack_settings import DEFAULT_CPS, read_settings
from digo.source.file_names import ENVIRONMENT_FILE
from digo.system.command_name import digo_command
from digo.workspace.stack_config import StackConfig

ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")

_NOTES = {
    "cps": ("The account's calls per second, over all calls together; 0 means no limit.",),
    "profile": ("Which product's API it is.",),
    "ledgerKeyFile": ("The key of all digests. The file is not for the repository: pipelines set DIGO_LEDGER_KEY.",),
}
_AGENTS = """\
# yaml-language-server: $schema=../../SCHEMAS/agents.json
# Each key names a Pulumi resource: keep it when a name changes, or say `formerly: OLD-KEY`.
agents: {}
#  sales:
#    name: Sales desk
#    follow_me_number: "+1 202 555 0101"
#    intercom: "1001"
"""
_LISTS = """\
# yaml-language-server: $schema=../../SCHEMAS/lists.json
# Each list exists in the panel already; `id` is its id there.
lists: {}
#  otp:
#    id: 4711
#    columns: {phone: field_0, name: field_1}
#    source: leads.csv
"""
_EXTENDS = """\
# yaml-language-server: $schema=../../SCHEMAS/environment.json
extends: BASE
"""


@dataclass(frozen=True)
class NewStack:
    """The options of the command line; None where one was left out."""

    endpoint: str | None
    cps: int | None
    base: str | None
    profile: str | None = None


PROFILE_OPTION = click.option(
    "--profile", type=click.Choice(list(PROFILES)), help=f"Which product's API it is.  [default: {DIGO.name}]"
)


@click.command(epilog="Example: digo init prod --endpoint https://api.example.com --cps 3")
@click.argument("environment")
@click.option("--endpoint", help="The API's address, without /v1. Required unless a file of the project has it.")
@click.option(
    "--cps",
    type=WholeNumber(0, 10_000),
    help=f"The account's calls per second; 0 means no limit.  [default: {DEFAULT_CPS}]",
)
@click.option("--extends", "base", help="An environment whose entries this one inherits.")
@PROFILE_OPTION
@pass_context
def init(
    context: Context, environment: str, endpoint: str | None, cps: int | None, base: str | None, profile: str | None
) -> int:
    """Creates what ENVIRONMENT needs: Pulumi.ENVIRONMENT.yaml, config/ENVIRONMENT/, its ledger key, and the stack.

    Existing files are kept, and an option that contradicts them is refused. The stack is created only if a passphrase
    is set. After an error, everything that was created is removed. Exit code: 0 done, 1 an error.
    """
    if not ENVIRONMENT_NAME.fullmatch(environment):
        raise click.UsageError("an environment is named with at most 100 letters, digits, `_`, `.` and `-`")
    context, making = replace(context, named=environment), FileChanges(context.root)
    with making.undone_on_error():
        made = make_environment(context, NewStack(endpoint, cps, base, profile), making)
    click.echo("\n".join([*making.report, *made.notes, "next:", *(f"  {step}" for step in made.steps)]))
    return 0


@dataclass(frozen=True)
class NewEnvironment:
    """What to say of an environment that was made.

    Attributes:
        notes: what did not change, and what to keep.
        steps: the commands that come next.
    """

    notes: list[str]
    steps: list[str]


def make_environment(context: Context, wanted: NewStack, making: FileChanges) -> NewEnvironment:
    """Makes the files of an environment, its ledger key and the stack.

    Args:
        context: the project; its stack has the environment's name.
        wanted: the options.
        making: takes the files. An error leaves it to the caller to undo them.

    Raises:
        click.UsageError: there is no endpoint, or an option contradicts what exists.
        SettingsError: an option is wrong.
        EngineError: the stack cannot be created.
    """
    environment = context.stack
    present = StackConfig(context.project, environment, dict)
    known = partial(_known, present)
    folder = context.root / "config" / environment_of(environment, known)
    _check(context, wanted, known("endpoint"))
    _refuse_conflicts(context, present, folder, wanted)
    key = context.root / (known("ledgerKeyFile") or f".digo/keys/{environment}.ledger-key")
    before = len(making.report)
    _write_stack_file(making, present, known, wanted, key)
    for path, text in _files(folder, wanted.base, context.root):
        making.file(path, text)
    making.key(key)
    steps = _stack(context, making)
    notes = [*_unchanged(context, making.report[before:], present)]
    notes.append(
        f"keep {making.shown(key)}: it is in no repository, and with another key all rows of lists are sent again"
    )
    return NewEnvironment(notes, steps)


def _known(present: StackConfig, key: str) -> str | None:
    """A plain value in the project's files, such as one from `pulumi new`."""
    return present.get(f"{NAMESPACE}:{key}")


def _refuse_conflicts(context: Context, present: StackConfig, folder: Path, wanted: NewStack) -> None:
    """Refuses options that contradict existing files: they would be ignored silently.

    Raises:
        click.UsageError: with every contradiction.
    """
    file, stack, problems = present.file.path.name, context.stack, []
    cps = None if wanted.cps is None else str(wanted.cps)
    for name, given in (("endpoint", wanted.endpoint), ("cps", cps), ("profile", wanted.profile)):
        key = f"{NAMESPACE}:{name}"
        if given is None or key not in present.file.entries:
            continue
        found = present.get(key) if present.is_plain(key) else "a secret"
        if _normal(found) != _normal(given):
            change = f"{context.engine.name} config set {key} {shlex.quote(given)} --stack {stack}"
            problems.append(f"{file} has {key} {found}, and --{name} says {given}; `{change}` changes it")
    if wanted.base is not None and (found := _extended(folder, context.root)) not in (None, wanted.base):
        place = (folder / ENVIRONMENT_FILE).relative_to(context.root).as_posix()
        problems.append(f"{place} extends {found or 'none'}, and --extends says {wanted.base}; change it in that file")
    if problems:
        raise click.UsageError("\n  ".join(["nothing was made or changed:", *problems]))


def _unchanged(context: Context, report: Sequence[str], present: StackConfig) -> Iterator[str]:
    """Says of an existing stack that it was left as it is, and with which settings."""
    kept = [line.removeprefix("kept ") for line in report if line.startswith("kept ")]
    if not kept:
        return
    shown = (f"{NAMESPACE}:{name}" for name in ("endpoint", "cps"))
    values = " and ".join(f"{key} {present.get(key)}" for key in shown if present.is_plain(key))
    what = "nothing was made or changed" if len(kept) == len(report) else f"not changed: {', '.join(kept)}"
    yield (
        f"{what}{f'; the stack has {values}' if values else ''}; "
        f"`{context.engine.name} config set KEY VALUE --stack {context.stack}` changes a setting"
    )


def _normal(value: str | None) -> str:
    text = (value or "").strip().rstrip("/")
    return str(int(text)) if text.isascii() and text.isdigit() else text


def _extended(folder: Path, root: Path) -> str | None:
    """The environment that this one extends; "" where its file names none, None where there is no file."""
    if not (folder / ENVIRONMENT_FILE).is_file():
        return None
    data = read_document(folder / ENVIRONMENT_FILE, root)[0].data
    return str(data.get("extends") or "") if isinstance(data, dict) else ""


def _check(context: Context, wanted: NewStack, known: str | None) -> None:
    """Checks the options by the rules of a run. It sends nothing.

    Args:
        context: the command's context.
        wanted: the options.
        known: the endpoint that the files have.

    Raises:
        click.UsageError: there is no endpoint.
        SettingsError: the endpoint or the extended environment is wrong.
    """
    endpoint, base = wanted.endpoint or known, wanted.base
    if endpoint is None:
        file = context.project.stack_file(context.stack).name
        raise click.UsageError(f"give --endpoint: neither {file} nor {context.project.path.name} has it")
    try:
        read_settings({"endpoint": endpoint}.get, {"DIGO_AUTHORIZATION": "none: nothing is sent"}, context.root)
    except SettingsError as problem:
        if not wanted.endpoint:
            raise
        raise SettingsError([one.replace("digo:endpoint", "--endpoint") for one in problem.problems]) from None
    if base is not None and not (context.root / "config" / base).is_dir():
        raise SettingsError([f"--extends: there is no folder config/{base}"])
    if base == context.stack:
        raise SettingsError([f"--extends: {base} cannot extend itself"])


def _write_stack_file(
    making: FileChanges, present: StackConfig, known: Callable[[str], str | None], wanted: NewStack, key: Path
) -> None:
    """Writes a new stack file, or adds what an old one lacks. Values of Pulumi.yaml are not repeated."""
    cps = str(DEFAULT_CPS if wanted.cps is None else wanted.cps)
    values = {"endpoint": wanted.endpoint, "cps": cps, "profile": wanted.profile, "ledgerKeyFile": making.shown(key)}
    given = {name: getattr(wanted, name, None) is not None for name in values}
    # Beside the options, only what a run requires is added.
    lacking = {
        name: value
        for name, value in values.items()
        if value is not None
        and f"{NAMESPACE}:{name}" not in present.file.entries
        and (given[name] or known(name) is None)
    }
    if not present.file.exists:
        lines = ["config:"] if lacking else ["config: {}"]
        for name, value in lacking.items():
            lines += [*(f"  # {note}" for note in _NOTES.get(name, ())), f"  {NAMESPACE}:{name}: {json.dumps(value)}"]
        making.file(present.file.path, "\n".join(lines) + "\n")
        return
    # `ledgerKeyFile` would override a key that is a secret of the stack.
    has_key = f"{NAMESPACE}:ledgerKey" in present.file.entries
    lacking = {
        name: value for name, value in lacking.items() if given[name] or (name == "ledgerKeyFile" and not has_key)
    }
    from digo.project.stack_file_edits import with_new_values  # imported late: few commands need its library

    try:
        text = with_new_values(present.file, {f"{NAMESPACE}:{name}": value for name, value in lacking.items()})
    except InvalidConfig as problem:
        raise SettingsError([str(problem)]) from None
    making.changed(present.file.path, text)


def _files(folder: Path, base: str | None, root: Path) -> Iterator[tuple[Path, str]]:
    # The repository of the tool has its schemas where its documentation is.
    schemas = "docs/schema" if (root / "docs" / "schema").is_dir() else "schemas"
    texts = {"agents.yaml": _AGENTS, "lists.yaml": _LISTS}
    if base is not None:
        texts = {ENVIRONMENT_FILE: _EXTENDS.replace("BASE", base), **texts}
    for name, text in texts.items():
        yield folder / name, text.replace("SCHEMAS", schemas)


def _stack(context: Context, making: FileChanges) -> list[str]:
    engine, name = context.engine, context.stack
    steps = ["export DIGO_AUTHORIZATION=…"]
    if any(variable in context.environ for variable in _PASSPHRASE):
        making.report.append(f"{'made' if engine.create() else 'kept'} the stack {name}")
    else:
        steps = ["export PULUMI_CONFIG_PASSPHRASE=…", f"{engine.name} stack init {name}", *steps]
    return [
        *steps,
        f"{digo_command()} --stack {name} export   # the agents that the account has already",
        f"{engine.name} preview --stack {name}",
    ]
