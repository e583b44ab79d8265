"""A `digo` for PATH, as after `make setup`: messages then say `digo …`, whichever Python runs the tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_digo(folder: Path, python: Path | str, others: Sequence[Path | str] = ()) -> Path:
    """Makes the command `digo` in the folder. It runs the `digo` of the folder that it is called in.

    Args:
        folder: where to put it; it is made if need be.
        python: the Python that it starts.
        others: more Pythons whose messages are to say `digo`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "digo"
    named = " ".join(str(other) for other in others)
    script.write_text(f'#!/bin/sh\nexec "{python}" -m digo "$@" # {named}\n', encoding="utf-8")
    script.chmod(0o755)
    return script
