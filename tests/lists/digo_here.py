"""`digo` in the process of the test: for what a command says. That it starts as a process is proven elsewhere."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from workspace import Outcome

from digo.cli.main import run


def digo_here(folder: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> Outcome:
    """Runs a command of `digo` in a folder, with these variables and no others."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - environ.keys():
            patch.delenv(name)
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            code = run(arguments)
    said = [stream.detach().getvalue().decode() for stream in streams]
    return Outcome(code, *said)
