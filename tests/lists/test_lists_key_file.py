"""The file of the ledger key on a full disk."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from digo.cli.lists_key import key as main
from digo.lists.key import SHORTEST, ensure_key


@contextmanager
def no_room() -> Iterator[None]:
    """A file can be made, but nothing can be written to it, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_key_that_cannot_be_written_leaves_no_file_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    with no_room(), pytest.raises(OSError) as refused:
        ensure_key(path)
    assert refused.value.filename == str(path)
    assert not path.exists()
    assert ensure_key(path)


def test_the_empty_file_of_an_earlier_run_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.touch()
    done = CliRunner().invoke(main, [str(path)])
    assert done.exit_code == 0, done.output
    key = path.read_text().strip()
    assert len(key) >= SHORTEST
    assert path.stat().st_mode & 0o777 == 0o600
    assert not ensure_key(path)
    assert path.read_text().strip() == key
