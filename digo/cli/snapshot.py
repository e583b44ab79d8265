"""`digo snapshot`: writes the account and the state to a file, for plans without a token."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import click
from pydantic import ValidationError

from digo.api.agent_calls import ReadOptions
from digo.api.snapshot import Snapshot
from digo.cli.context import Context, pass_context
from digo.cli.output import write_output
from digo.desired import Desired
from digo.plan.pseudonyms import Pseudonyms
from digo.plan.snapshot_file import AccountSnapshotFile
from digo.sanitize.json import for_json
from digo.settings.failure import SettingsError
from digo.settings.profiles import Ability, Subject
from digo.state.interrupted_runs import state_with_interrupted_runs
from digo.state.last_up import LastUp
from digo.system.regular_file import read_any
from digo.text.counts import counted
from digo.text.formatting import duration

_NO_TOKEN = "none: nothing is sent"


@click.command(
    epilog="Example: digo --stack prod snapshot account.json && digo --stack prod plan --snapshot account.json"
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_context
def snapshot(context: Context, file: Path) -> int:
    """Records the account and the stack's state to FILE, for `digo plan --snapshot FILE`.

    The file has pseudonyms in place of phone numbers, made with the ledger key. It needs one request.

    Exit code: 0 done, 1 an error.
    """
    pseudonyms = _pseudonyms(context)
    endpoint = context.settings.access.endpoint
    applied = state_with_interrupted_runs(
        context.last_up(), pseudonyms.key.check, context.root, context.stack, endpoint
    )
    # Which lists a later plan needs is not known here.
    lists = context.settings.profile.can(Ability.READ_BACK, Subject.BROADCAST_LIST)
    listed = context.snapshot(ReadOptions(lists=lists))
    now = datetime.now(timezone.utc)
    snapshot_file = AccountSnapshotFile.of(listed, applied, pseudonyms, context.stack, endpoint, now)
    write_output(for_json(snapshot_file.model_dump(mode="json", exclude_none=True), indent=1) + "\n", file)
    click.echo(f"recorded {counted(len(listed.agents), 'agent')} to {file}")
    return 0


def read_snapshot_file(file: Path) -> AccountSnapshotFile:
    """Reads a snapshot file.

    Raises:
        click.ClickException: the file is not a snapshot file, or of a later version.
    """
    try:
        return AccountSnapshotFile.model_validate_json(read_any(file))
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be read: {problem.strerror}") from None
    except ValidationError as invalid:
        where = ".".join(str(part) for part in invalid.errors()[0]["loc"]) or "the file"
        raise click.ClickException(
            f"{file} is not a snapshot that this version reads ({where}); `digo snapshot {file}` makes one"
        ) from None


def offline(context: Context, snapshot_file: AccountSnapshotFile) -> Context:
    """The context for a plan without the account.

    It needs no token. Its endpoint is that of the snapshot file, unless the stack has one.
    """
    environ = {**context.environ, "DIGO_AUTHORIZATION": _NO_TOKEN}
    if not context.config("endpoint"):
        environ.setdefault("DIGO_ENDPOINT", snapshot_file.endpoint)
    return replace(context, environ=environ)


def restored(context: Context, snapshot_file: AccountSnapshotFile, desired: Desired) -> tuple[Snapshot, LastUp]:
    """The account and the state of a snapshot file.

    Raises:
        SettingsError: there is no ledger key, or not that of the snapshot file.
        click.ClickException: the snapshot file is of another stack.
    """
    if snapshot_file.stack != context.stack:
        raise click.ClickException(f"the snapshot is of stack {snapshot_file.stack}, and this is {context.stack}")
    pseudonyms = _pseudonyms(context)
    if pseudonyms.key.check != snapshot_file.key:
        raise SettingsError(
            [
                f"the snapshot was made with another ledger key than that of {pseudonyms.key.source}: its tokens mean "
                "nothing to this one; give the key that the snapshot was made with, or make a new snapshot"
            ]
        )
    return snapshot_file.restored(pseudonyms, desired)


def age(snapshot_file: AccountSnapshotFile) -> str:
    """The time and age of the snapshot, for messages."""
    seconds = (datetime.now(timezone.utc) - snapshot_file.taken).total_seconds()
    return f"the account as of {snapshot_file.taken:%Y-%m-%d %H:%M} UTC, {duration(seconds)} ago"


def _pseudonyms(context: Context) -> Pseudonyms:
    key = context.ledger_key()
    if key is None:
        raise SettingsError(
            [
                "no ledger key, and the tokens of a snapshot are made with it: set DIGO_LEDGER_KEY, "
                "DIGO_LEDGER_KEY_FILE or digo:ledgerKeyFile; `digo lists key FILE` makes one"
            ]
        )
    return Pseudonyms(key)
