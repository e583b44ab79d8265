"""`config`: the stack's config values.

Source: pulumi/pulumi, `pkg/cmd/pulumi/config/config.go`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from digo.project.config_path import SECURE
from digo.project.stack_file import StackFile
from digo.project.values import Value, value_of
from digo.sanitize.json import for_json
from engine.backend.layout import StackReference
from engine.cli.config_values import place_of, save_value, value_at
from engine.cli.flags import invocation_flags, stack_flag
from engine.cli.prompts import ask
from engine.cli.session import Session, on_stack
from engine.cli.tables import print_table
from engine.cli.terminal import Invocation
from engine.failure import ConfigurationFailure, Failure
from engine.stack_file import node_at
from protocol.stored import show_masked
from protocol.values import BLINDED

_TYPES: dict[str, Callable[[str], Any]] = {
    "string": str,
    "int": int,
    "float": float,
    "bool": {"true": True, "false": False}.__getitem__,
}


@click.group("config", invoke_without_command=True, short_help="Manage configuration")
@stack_flag
@invocation_flags
@click.option("--show-secrets", is_flag=True, help="Show secret values instead of displaying blinded values")
@click.option("--json", "-j", "as_json", is_flag=True, help="Emit output as JSON")
@click.pass_context
def config(context: click.Context, stack_name: str, *, show_secrets: bool, as_json: bool) -> None:
    """List all configuration values of a stack, or manage single ones."""
    context.ensure_object(Invocation)
    context.meta["stack_name"] = stack_name
    if context.invoked_subcommand is None:
        _list(context.obj, stack_name, show_secrets=show_secrets, as_json=as_json)


def _path_flag(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--path", "as_path", is_flag=True, help=f"The key contains a path to a property in a map or list to {what}"
    )


@config.command("get", short_help="Get a single configuration value")
@click.argument("key")
@click.option("--json", "-j", "as_json", is_flag=True, help="Emit output as JSON")
@_path_flag("get")
@on_stack
def get(session: Session, stack: StackReference, key: str, *, as_json: bool, as_path: bool) -> None:
    """Print a single value. A secret is decrypted."""
    file = session.stack_file(stack)
    wanted, path = place_of(session, key, as_path=as_path)
    entry = file.entries.get(wanted)
    node = node_at(entry.node if entry is not None else None, path)
    if node is None:
        missing = key if path else _short(wanted, session.project.name)
        raise Failure(f"configuration key '{missing}' not found for stack '{stack.name}'")
    blinded = value_of(node, show_masked)
    value = blinded if not blinded.secret else value_of(node, session.open_secrets(stack).config.crypter.decrypt)
    if as_json:
        click.echo(for_json(_as_json(value, show=True), indent=2))
    else:
        click.echo(value.text)


@config.command("set", short_help="Set configuration value")
@click.argument("key")
@click.argument("value", required=False)
@click.option("--secret", is_flag=True, help="Encrypt the value instead of storing it in plaintext")
@click.option("--plaintext", is_flag=True, help="Save the value as plaintext (unencrypted)")
@click.option("--type", "type_name", type=click.Choice(list(_TYPES)), help="Save the value as the given type")
@_path_flag("set")
@on_stack
def set_(
    session: Session,
    stack: StackReference,
    key: str,
    value: str | None,
    *,
    secret: bool,
    plaintext: bool,
    type_name: str | None,
    as_path: bool,
) -> None:
    """Set a value. Without VALUE it is read from standard input, or a prompt asks for it (a secret without echo).

    With --path, 'names[0]' is the first value of a list. parent.nested and '["parent.name"]["nested.name"]' are values
    of a map. Inside lists and maps, "true", "false" and whole numbers become booleans and numbers, unless --type says
    otherwise.
    """
    if secret and (plaintext or type_name):
        raise ConfigurationFailure("--secret excludes --plaintext and --type")
    given = value if value is not None else _read_value(session.invocation, secret=secret)
    place = place_of(session, key, as_path=as_path)
    if secret:
        save_value(session, stack, place, {SECURE: session.open_secrets(stack).config.crypter.encrypt(given)})
    else:
        save_value(session, stack, place, _typed(type_name, given) if type_name else value_at(place, given))


@config.command("rm", short_help="Remove configuration value")
@click.argument("key")
@_path_flag("remove")
@on_stack
def remove(session: Session, stack: StackReference, key: str, *, as_path: bool) -> None:
    """Remove a value."""
    from digo.project.stack_file_edits import without_config

    file = session.stack_file(stack)
    text = without_config(file, session.project.name, *place_of(session, key, as_path=as_path))
    if text != file.text:
        session.save_stack_file(file, text)


def _list(invocation: Invocation, stack_name: str, *, show_secrets: bool, as_json: bool) -> None:
    session = Session.open(invocation)
    stack = session.require_stack(stack_name)
    file = session.stack_file(stack)
    values = _values(session, stack, file, show_secrets=show_secrets)
    if as_json:
        document = {key: _as_json(values[key], show=show_secrets) for key in sorted(values)}
        click.echo(for_json(document, indent=2))
        return
    project = session.project.name
    rows = [(_short(key, project), values[key].text) for key in sorted(values)]
    print_table(invocation.console(), ("KEY", "VALUE"), rows)


def _values(session: Session, stack: StackReference, file: StackFile, *, show_secrets: bool) -> dict[str, Value]:
    if show_secrets and file.has_secrets():
        return file.values(session.open_secrets(stack).config.crypter.decrypt)
    shown = file.values(show_masked)
    return {key: Value(BLINDED, secret=True) if value.secret else value for key, value in shown.items()}


def _as_json(value: Value, *, show: bool) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if show or not value.secret:
        body["value"] = value.text
        if value.text.startswith(("{", "[")):
            body["objectValue"] = json.loads(value.text)
    body["secret"] = value.secret
    return body


def _short(key: str, project: str) -> str:
    return key.removeprefix(f"{project}:")


def _read_value(invocation: Invocation, *, secret: bool) -> str:
    if not sys.stdin.isatty():
        return _piped_value()
    if not invocation.is_interactive():
        raise ConfigurationFailure("config value must be specified in non-interactive mode")
    return ask(invocation, "value", hidden=secret)


def _piped_value() -> str:
    try:
        text = sys.stdin.read()
        text.encode()
    except UnicodeError:  # its message has the text, which may be a secret
        raise ConfigurationFailure(
            "the value on standard input has bytes that are not UTF-8; write it in UTF-8"
        ) from None
    return text.rstrip("\r\n")


def _typed(type_name: str, text: str) -> Any:
    try:
        return _TYPES[type_name](text)
    except (ValueError, KeyError) as error:
        raise ConfigurationFailure(f"'{text}' is not of type {type_name}") from error
