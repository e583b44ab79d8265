"""`digo lists key FILE`; `python -m digo.cli.lists_key FILE` is the same for scripts, and loads less."""

from __future__ import annotations

from pathlib import Path

import click

from digo.lists.key import ensure_key
from digo.sanitize.terminal import one_line


@click.command("key", epilog="Example: digo lists key .sandbox/ledger.key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(file: Path) -> None:
    """Makes a ledger key in FILE, readable by you alone. A file that is there is left as it is."""
    try:
        made = ensure_key(file)
    except OSError as problem:
        raise click.ClickException(f"no ledger key was made: {problem.filename}: {problem.strerror}") from None
    if made:
        print(f"made a ledger key for lead lists: {one_line(str(file))} (keep it: without it all rows are sent again)")


if __name__ == "__main__":
    key()
