"""`stack history`: the stack's past updates.

Source: pulumi/pulumi, `pkg/cmd/pulumi/stack/stack_history.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import click

from digo.project.config_path import SECURE, is_secure
from digo.project.values import go_json
from digo.sanitize.json import for_json
from engine.backend.history import UpdateInfo, read_history
from engine.backend.layout import StackReference
from engine.cli.session import Session, on_stack
from engine.cli.tables import ago
from engine.failure import Failure
from engine.times import json_time
from protocol.values import BLINDED

_UNREADABLE = "ERROR_UNABLE_TO_DECRYPT"
Decrypt = Callable[[str], str]


@click.command("history", short_help="Display history for a stack")
@click.option("--json", "-j", "as_json", is_flag=True, help="Emit output as JSON")
@click.option("--show-secrets", is_flag=True, help="Show secret values of the config instead of blinded values")
@click.option("--full-dates", is_flag=True, help="Show full dates, instead of relative dates")
@click.option("--page-size", type=int, default=10, show_default=True, help="Updates on a page; 0 for all")
@click.option("--page", type=int, default=1, show_default=True, help="The page, from 1")
@on_stack
def history(
    session: Session,
    stack: StackReference,
    *,
    as_json: bool,
    show_secrets: bool,
    full_dates: bool,
    page_size: int,
    page: int,
) -> None:
    """Display data about previous updates of a stack, the newest first."""
    updates = read_history(session.backend.layout, stack)
    if page_size > 0:
        start = (max(page, 1) - 1) * page_size
        updates = updates[start : start + page_size]
    if as_json:
        decrypt = session.open_secrets(stack).config.crypter.decrypt if show_secrets else None
        click.echo(for_json([_entry(update, decrypt) for update in updates], indent=2))
        return
    console = session.invocation.console()
    if not updates:
        console.print(f"No stack updates found on page '{page}'" if page > 1 else "Stack has never been updated")
    for update in updates:
        console.print("\n".join(_lines(update, full_dates=full_dates)), soft_wrap=True)


def _entry(update: UpdateInfo, decrypt: Decrypt | None) -> dict[str, Any]:
    return {
        "version": update.version,
        **update.to_dict(),
        "startTime": _time(update.start_time),
        "config": {key: _config_value(value, decrypt) for key, value in update.config.items()},
        "endTime": _time(update.end_time),
        "resourceChanges": dict(update.resource_changes),
    }


def _config_value(value: Any, decrypt: Decrypt | None) -> dict[str, Any]:
    secret = _decrypted(value, lambda _ciphertext: BLINDED) != value
    if secret and decrypt is None:
        return {"secret": True}
    try:
        shown = value if decrypt is None else _decrypted(value, decrypt)
    except Failure:
        return {"value": _UNREADABLE, "secret": secret}
    if isinstance(shown, (dict, list)):
        return {"value": go_json(shown), "objectValue": shown, "secret": secret}
    return {"value": str(shown), "secret": secret}


def _decrypted(value: Any, decrypt: Decrypt) -> Any:
    if is_secure(value):
        return decrypt(value[SECURE])
    if isinstance(value, dict):
        return {name: _decrypted(one, decrypt) for name, one in value.items()}
    return [_decrypted(one, decrypt) for one in value] if isinstance(value, list) else value


def _lines(update: UpdateInfo, *, full_dates: bool) -> list[str]:
    begun = datetime.fromtimestamp(update.start_time, timezone.utc)
    when = str(begun) if full_dates else ago(begun, datetime.now(timezone.utc))
    counts = update.resource_changes
    signs = "".join(f"{sign}{counts.get(op, 0)}" for sign, op in (("+", "create"), ("-", "delete"), ("~", "update")))
    return [
        f"Version: {update.version}",
        f"UpdateKind: {update.kind}",
        f"Status: {update.result}",
        f"Message: {update.message}",
        f"{signs} {counts.get('same', 0)} Updated {when} took {max(0, update.end_time - update.start_time)}s",
        *(f"    {name}: {value}" for name, value in sorted(update.environment.items()) if value.strip()),
        "",
    ]


def _time(seconds: int) -> str:
    return json_time(datetime.fromtimestamp(seconds, timezone.utc))
