"""`stack export`: write the state in the form that `pulumi stack import` reads."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.backend.files import write_atomically
from engine.backend.layout import StackReference
from engine.cli.session import Session, on_stack
from protocol.stored import keep_encrypted, refuse_secret, write_plaintext


@click.command("export", short_help="Export a stack's deployment to standard out")
@click.option("--file", "file", type=click.Path(dir_okay=False, path_type=Path), help="A file to write to")
@click.option("--show-secrets", is_flag=True, help="Emit secrets in plaintext")
@on_stack
def export(session: Session, stack: StackReference, file: Path | None, *, show_secrets: bool) -> None:
    """Export a stack's deployment. Without --show-secrets, secrets stay encrypted and no passphrase is needed."""
    read = session.open_secrets(stack).read if show_secrets else keep_encrypted
    stored = session.backend.load(stack, read)
    document = stored.export(write_plaintext if show_secrets else refuse_secret)
    text = json.dumps(document, indent=4, ensure_ascii=False) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        write_atomically(file.absolute(), text.encode())
