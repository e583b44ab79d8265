"""The command line's options, for the server in the foreground and in the background alike."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from pydantic import ValidationError

from sandbox import settings as choices
from sandbox.accounts import NAMELESS, owners_of
from sandbox.accounts_file import NamedAccount, named_accounts
from sandbox.call_options import call_options
from sandbox.errors import SandboxError
from sandbox.fault_text import parse_fault
from sandbox.faults import FaultRule
from sandbox.server import Place
from sandbox.settings import EXAMPLE_TOKEN, Settings
from sandbox.smartflo.options import smartflo_options

DEFAULT_PORT = 8099
DEFAULT_DATABASE = Path(".sandbox/digo.db")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _choice(alias: Any) -> click.Choice[str]:
    return click.Choice(get_args(alias))


def place_options(command: _Command) -> _Command:
    """Where the sandbox listens and keeps its account."""
    return _with(
        command,
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=DEFAULT_PORT,
            show_default=True,
            help="Port to listen on; 0 picks a free one.",
        ),
        click.option(
            "--db",
            type=click.Path(path_type=Path, dir_okay=False),
            default=DEFAULT_DATABASE,
            show_default=True,
            help="File of the simulated account; made if missing, kept between starts.",
        ),
    )


def behaviour_options(command: _Command) -> _Command:
    """How the simulated account behaves."""
    return _with(
        command,
        *_account_options(),
        *_access_options(),
        *_form_options(),
        *call_options(),
        *smartflo_options(),
        click.option("--lists", metavar="ID,ID", help="Lead lists that exist; without it any list id is accepted."),
        click.option(
            "--fault",
            multiple=True,
            metavar="NAME[:ARGS]",
            help="Fault to switch on at start, for example status:429,path=/v1/agent,nth=3+7. See below.",
        ),
    )


def _account_options() -> tuple[Callable[[_Command], _Command], ...]:
    """The named accounts."""
    return (
        click.option(
            "--account",
            multiple=True,
            metavar="NAME=TOKEN",
            help="A further account with its own token, agents, requests and faults; repeat for more.",
        ),
        click.option(
            "--accounts",
            type=click.Path(path_type=Path, dir_okay=False),
            help="YAML file of further accounts: each name with its token, or with settings of its own.",
        ),
    )


def _access_options() -> tuple[Callable[[_Command], _Command], ...]:
    """Tokens, the rate and the latency."""
    return (
        click.option(
            "--profile", type=_choice(choices.Profile), default="digo", show_default=True, help="API to play."
        ),
        click.option(
            "--token",
            multiple=True,
            default=(EXAMPLE_TOKEN,),
            show_default=True,
            help="Authorization value that is accepted; repeat for more.",
        ),
        click.option(
            "--scheme",
            type=_choice(choices.Scheme),
            default="verbatim",
            show_default=True,
            help="Whether the header is the token alone or 'Bearer TOKEN'.",
        ),
        click.option(
            "--cps",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Requests a second for the whole account; more are answered 429. 0: no limit.",
        ),
        click.option("--retry-after", type=click.IntRange(0), help="Seconds in a Retry-After header on a 429."),
        click.option(
            "--latency-ms",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Milliseconds that every request waits, each on its own.",
        ),
    )


def _form_options() -> tuple[Callable[[_Command], _Command], ...]:
    """What replies look like, and what repeated writes do."""
    return (
        click.option(
            "--number-form",
            type=_choice(choices.NumberForm),
            default="plus",
            show_default=True,
            help="How numbers come back: +12025550100, 12025550100 or 2025550100.",
        ),
        click.option(
            "--agent-id",
            type=_choice(choices.AgentIdForm),
            default="eid",
            show_default=True,
            help="What agent_id in the reply to a create is.",
        ),
        click.option(
            "--duplicates",
            type=_choice(choices.Duplicates),
            default="allow",
            show_default=True,
            help="What happens to a second agent with the same number or intercom.",
        ),
        click.option(
            "--overwrite",
            type=_choice(choices.Overwrite),
            default="replace",
            show_default=True,
            help="Whether an overwritten lead loses the columns left out (replace) or keeps them.",
        ),
        click.option(
            "--default-duplicate-option",
            type=_choice(choices.DuplicateOption),
            default="clone",
            show_default=True,
            help="What a lead without duplicate_option means.",
        ),
    )


def _with(command: _Command, *options: Callable[[_Command], _Command]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


def place_of(options: Mapping[str, Any], ready_file: Path | None = None) -> Place:
    """The place that parsed options name."""
    return Place(options["host"], options["port"], options["db"], ready_file)


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The behaviour that parsed options name; raises SandboxError."""
    chosen = {name: options[name] for name in Settings.model_fields if name != "lists"}
    lists = options["lists"]
    try:
        return Settings(**chosen, lists=None if lists is None else tuple(filter(None, lists.split(","))))
    except ValidationError as error:
        raise SandboxError(str(error)) from error


def faults_of(options: Mapping[str, Any]) -> list[FaultRule]:
    """The faults that parsed options switch on; raises SandboxError."""
    return [parse_fault(text) for text in options["fault"]]


def accounts_of(options: Mapping[str, Any]) -> dict[str, NamedAccount]:
    """The named accounts of parsed options; raises SandboxError, also if two accounts have a token in common."""
    settings = settings_of(options)
    named = named_accounts(options["account"], options["accounts"], settings, faults_of(options))
    owners_of({NAMELESS: settings, **{name: account.settings for name, account in named.items()}})
    return named


def arguments(options: Mapping[str, object]) -> list[str]:
    """Option values as command line arguments: `{"latency_ms": 50}` gives `--latency-ms 50`.

    Sequences repeat the option, except `lists`, which is one comma-separated value; None is left out.
    """
    result: list[str] = []
    for name, value in options.items():
        if value is None:
            continue
        values: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
        if name == "lists":
            values = (",".join(map(str, values)),)
        for item in values:
            result += [f"--{name.replace('_', '-')}", str(item)]
    return result
