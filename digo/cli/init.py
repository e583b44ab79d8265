"""`digo init`: what a new environment needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from digo.cli.context import NAMESPACE, Context, pass_context
from digo.cli.stack_config import StackConfig
from digo.lists.key import ensure_key
from digo.settings import DEFAULT_CPS, SettingsError, environment_of, read_settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")

_STACK_FILE = """\
config:
  digo:endpoint: {endpoint}
  # The account's calls per second, over all calls together; 0 means no limit.
  digo:cps: "{cps}"
  # The key of all digests. The file is not for the repository: pipelines set DIGO_LEDGER_KEY.
  digo:ledgerKeyFile: {key}
"""
_AGENTS = """\
# yaml-language-server: $schema=../../docs/schema/agents.json
# Each key names a Pulumi resource: keep it when a name changes, or say `formerly: OLD-KEY`.
agents: {}
#  sales:
#    name: Sales desk
#    follow_me_number: "+1 202 555 0101"
#    intercom: "1001"
"""
_LISTS = """\
# yaml-language-server: $schema=../../docs/schema/lists.json
# Each list exists in the panel already; `id` is its id there.
lists: {}
#  otp:
#    id: 4711
#    columns: {phone: field_0, name: field_1}
#    source: leads.csv
"""
_EXTENDS = """\
# yaml-language-server: $schema=../../docs/schema/environment.json
extends: {base}
"""


@click.command(epilog="Example: python -m digo init prod --endpoint https://api.example.com --cps 3")
@click.argument("environment")
@click.option("--endpoint", help="The API's address, without /v1; needed unless the stack file has it already.")
@click.option("--cps", type=click.IntRange(0, 10_000), default=DEFAULT_CPS, show_default=True)
@click.option("--extends", "base", help="An environment whose entries this one has too.")
@pass_context
def init(context: Context, environment: str, endpoint: str | None, cps: int, base: str | None) -> int:
    """Makes what ENVIRONMENT needs: Pulumi.ENVIRONMENT.yaml, config/ENVIRONMENT/, its ledger key, and the stack.

    What is there already is kept as it is. The stack is made where a passphrase is set. Exit code: 0 done, 1 an error.
    """
    if not _NAME.fullmatch(environment):
        raise click.UsageError("an environment is named with letters, digits, `_`, `.` and `-`")
    there = _there(context.root / f"Pulumi.{environment}.yaml")
    endpoint = endpoint or there("endpoint")
    if endpoint is None:
        raise click.UsageError(f"give --endpoint: there is no Pulumi.{environment}.yaml that has it")
    _check(context, endpoint, base)
    key = Path(there("ledgerKeyFile") or f".digo/keys/{environment}.ledger-key")
    folder = Path("config") / environment_of(environment, there)
    stack_file = _STACK_FILE.format(endpoint=endpoint, cps=cps, key=key.as_posix())
    for path, text in ((Path(f"Pulumi.{environment}.yaml"), stack_file), *_files(folder, base)):
        _tell(path, made=_make(context.root / path, text))
    _tell(key, made=ensure_key(context.root / key))
    click.echo(f"keep {key.as_posix()}: it is in no repository, and with another key all rows of lists are sent again")
    _stack(replace(context, named=environment))
    return 0


def _there(path: Path) -> Callable[[str], str | None]:
    """The plain values of a stack file that is there already, such as the one that `pulumi new` writes."""
    config = StackConfig(path, dict)
    return lambda key: config.get(f"{NAMESPACE}:{key}")


def _check(context: Context, endpoint: str, base: str | None) -> None:
    """The endpoint by the same rules as in a run; it is not asked."""
    read_settings({"endpoint": endpoint}.get, {"DIGO_AUTHORIZATION": "none: nothing is sent"}, context.root)
    if base is not None and not (context.root / "config" / base).is_dir():
        raise SettingsError([f"--extends: there is no folder config/{base}"])


def _files(folder: Path, base: str | None) -> Iterator[tuple[Path, str]]:
    if base is not None:
        yield folder / "environment.yaml", _EXTENDS.format(base=base)
    yield folder / "agents.yaml", _AGENTS
    yield folder / "lists.yaml", _LISTS


def _make(path: Path, text: str) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _tell(path: Path, *, made: bool) -> None:
    click.echo(f"{'made' if made else 'kept'} {path.as_posix()}")


def _stack(context: Context) -> None:
    engine, name = context.engine, context.stack
    if any(variable in context.environ for variable in _PASSPHRASE):
        click.echo(f"{'made' if engine.create() else 'kept'} the stack {name}")
        steps = []
    else:
        steps = ["export PULUMI_CONFIG_PASSPHRASE=…", f"{engine.name} stack init {name}"]
    steps += [
        "export DIGO_AUTHORIZATION=…",
        f"python -m digo --stack {name} export   # the agents that the account has already",
        f"{engine.name} preview --stack {name}",
    ]
    click.echo("\n".join(["next:", *(f"  {step}" for step in steps)]))
