"""The ledger on disk, and the words of progress."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.lists.bucket_digests import Change, Digests
from digo.lists.ledger import Ledger
from digo.lists.progress import ListProgress

OLD, NEW, OTHER = (bytes([place]) * 6 for place in (1, 2, 3))
STATE = Digests({1: OLD, 2: OLD}, {1: 10, 2: 20})
NOTHING = Digests({}, {})


def ledger(folder: Path, owner: str = "account", of: int = 1) -> Ledger:
    return Ledger(folder, "4711", owner, of)


def test_begun_is_unknown_and_confirmed_is_known(tmp_path: Path) -> None:
    ledger(tmp_path).begin(STATE, {1: 11, 2: 21})
    assert ledger(tmp_path).sent_digests(STATE) == Digests({}, {1: 11, 2: 21})
    ledger(tmp_path).confirm(STATE, 2, NEW, 21)
    assert ledger(tmp_path).sent_digests(STATE) == Digests({2: NEW}, {1: 11, 2: 21})


def test_a_bucket_that_another_machine_wrote_since_is_the_states(tmp_path: Path) -> None:
    ledger(tmp_path).begin(STATE, {1: 11, 2: 21})
    later = Digests({1: OTHER, 2: OLD}, {1: 12, 2: 20})
    assert ledger(tmp_path).sent_digests(later) == Digests({1: OTHER}, {1: 12, 2: 21})


def test_a_bucket_that_was_sent_in_other_shards_is_unknown(tmp_path: Path) -> None:
    ledger(tmp_path, of=2).begin(NOTHING, {1: 11})
    ledger(tmp_path, of=2).confirm(NOTHING, 1, NEW, 11)
    assert ledger(tmp_path).sent_digests(STATE) == Digests({2: OLD}, {1: 10, 2: 20})


def test_another_accounts_ledger_is_not_believed_and_gives_way(tmp_path: Path) -> None:
    ledger(tmp_path, "another").begin(STATE, {1: 11})
    assert ledger(tmp_path).sent_digests(STATE) == STATE
    ledger(tmp_path).begin(STATE, {2: 21})
    assert ledger(tmp_path).sent_digests(STATE) == Digests({1: OLD}, {1: 10, 2: 21})


def test_settled_is_gone(tmp_path: Path) -> None:
    ledger(tmp_path).begin(STATE, {1: 11})
    ledger(tmp_path).settle({1})
    ledger(tmp_path).settle({1})
    assert ledger(tmp_path).sent_digests(STATE) == STATE
    assert list(tmp_path.iterdir()) == []


SETTLES_ON_A_FULL_DISK = """
import pathlib, resource, signal, sys
from digo.lists.ledger import Ledger
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
Ledger(pathlib.Path(sys.argv[1]), "4711", "account").settle({1})
"""


def test_lines_that_cannot_be_removed_are_not_believed_and_end_no_run(tmp_path: Path) -> None:
    ledger(tmp_path).begin(STATE, {1: 11, 2: 21})
    ledger(tmp_path).confirm(STATE, 1, NEW, 11)
    (file,) = tmp_path.iterdir()
    before = file.read_text()
    subprocess.run([sys.executable, "-c", SETTLES_ON_A_FULL_DISK, str(tmp_path)], check=True, timeout=60)
    assert file.read_text() == before
    taken_over = Digests({1: NEW}, {1: 11, 2: 20})
    assert ledger(tmp_path).sent_digests(taken_over).digests == {1: NEW}


def test_what_another_shard_left_stays(tmp_path: Path) -> None:
    ledger(tmp_path).begin(STATE, {1: 11, 2: 21})
    ledger(tmp_path).settle({1, 3})
    assert ledger(tmp_path).sent_digests(STATE) == Digests({1: OLD}, {1: 10, 2: 21})
    ledger(tmp_path).settle({2, 4})
    assert list(tmp_path.iterdir()) == []


def test_shards_that_write_at_once_lose_no_line(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda bucket: ledger(tmp_path).begin(NOTHING, {bucket: 1}), range(200)):
            pass
    assert ledger(tmp_path).sent_digests(NOTHING).counts == dict.fromkeys(range(200), 1)


def test_a_new_list_goes_on_where_it_was(tmp_path: Path) -> None:
    ledger(tmp_path).begin(NOTHING, {1: 11, 2: 21})
    ledger(tmp_path).confirm(NOTHING, 1, NEW, 11)
    sent = ledger(tmp_path).sent_digests(NOTHING)
    change = Change.between(sent.digests, sent.counts, Digests({1: NEW, 2: NEW}, {1: 11, 2: 21}))
    assert (change.buckets, change.rows) == ((2,), 21)


@given(st.data())
def test_a_file_cut_at_any_byte_never_says_more_than_was_confirmed(
    tmp_path_factory: object, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")  # type: ignore[attr-defined]
    ledger(folder).begin(STATE, {1: 11, 2: 21})
    begun = len((folder / "4711.jsonl").read_bytes())
    ledger(folder).confirm(STATE, 1, NEW, 11)
    path = folder / "4711.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(begun, len(whole)))])
    assert ledger(folder).sent_digests(STATE).digests in ({}, {1: NEW})
    ledger(folder).confirm(STATE, 2, NEW, 21)
    assert ledger(folder).sent_digests(STATE).digests[2] == NEW


@pytest.mark.parametrize(
    ("seconds", "done", "told"),
    [
        (0, 0, "0 of 1,000 rows, 0 %"),
        (10, 300, "300 of 1,000 rows, 30 %, 30/s, 23 s left"),
        (10, 999, "999 of 1,000 rows, 99 %, 100/s, 1 s left"),
        (10, 1000, "1,000 of 1,000 rows, 100 %, 100/s"),
    ],
)
def test_progress(seconds: float, done: int, told: str) -> None:
    now = [5.0]
    progress = ListProgress(lambda: now[0])
    progress.expect(0, 2, 400)
    progress.expect(1, 2, 600)
    progress.begin()
    now[0] += seconds
    for _ in range(done):
        progress.count()
    assert str(progress) == told


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    now = [0.0]
    progress = ListProgress(lambda: now[0])
    progress.expect(0, 1, 10_000)
    progress.begin()
    for second in range(120):
        now[0] += 1
        progress.done += 100 if second < 60 else 10
        rate = progress.rate
    assert rate is not None and round(rate) == 10
