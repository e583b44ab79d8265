"""The ledger on disk, and the words of progress."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.lists.digests.bucket_digests import NO_DIGESTS, Digests
from digo.lists.digests.known_rows import BegunBucket, KnownRows, no_rows
from digo.lists.digests.row_delta import RowDelta, RowId
from digo.lists.digests.shard_change import Change
from digo.lists.digests.sketch import Sketch
from digo.lists.sending.ledger import Ledger
from digo.lists.sending.ledger_lines import BeginLine
from digo.lists.sending.progress import ListProgress

TARGET = b"a digest"


def row(bucket: int, number: int, values: int = 1) -> RowDelta:
    """What puts a row into a sketch."""
    return RowDelta(RowId(bucket, number), values, values + 1, 1)


def rows(deltas: Iterable[RowDelta], of: int = 1) -> KnownRows:
    return KnownRows(Sketch.empty(0, of).with_deltas(deltas))


STATE = rows([row(1, 11), row(1, 12), row(2, 21)])


def ledger(folder: Path, owner: str = "account", of: int = 1) -> Ledger:
    return Ledger(folder, "4711", owner, of)


def known(folder: Path, state: KnownRows = STATE, token: str = "run", of: int = 1) -> KnownRows:
    """The known rows by a state that the token names."""
    return ledger(folder, of=of).known_rows(state, lambda _: token)


def begin(folder: Path, *buckets: int, token: str = "run", of: int = 1, **more: object) -> None:
    line = BeginLine(dict.fromkeys(buckets, token), of, **more)  # type: ignore[arg-type]
    ledger(folder, of=of).begin(line)


def test_a_row_that_is_begun_is_not_known_until_it_is_confirmed(tmp_path: Path) -> None:
    begin(tmp_path, 1, out=(row(1, 11).undone,))
    assert known(tmp_path).sketch == rows([row(1, 12), row(2, 21)]).sketch
    assert known(tmp_path).cut_off
    ledger(tmp_path).put_in(row(1, 11, 5))
    assert known(tmp_path).sketch == rows([row(1, 11, 5), row(1, 12), row(2, 21)]).sketch


def test_a_bucket_that_is_sent_whole_has_no_known_row_at_first(tmp_path: Path) -> None:
    begin(tmp_path, 1, cleared=frozenset({1}), targets={1: TARGET})
    ledger(tmp_path).put_in(row(1, 12, 5), 1)
    found = known(tmp_path)
    assert not found.sketch.differing(rows([row(1, 12, 5), row(2, 21)]).sketch)
    assert found.begun == {1: BegunBucket(TARGET, 0b10)}


def test_a_bucket_of_another_target_begins_anew(tmp_path: Path) -> None:
    state = KnownRows(STATE.sketch, {1: BegunBucket(TARGET, 0b01)})
    begin(tmp_path, 1, targets={1: TARGET})
    ledger(tmp_path).put_in(row(1, 13), 1)
    assert known(tmp_path, state).begun == {1: BegunBucket(TARGET, 0b11)}
    begin(tmp_path, 1, targets={1: b"others.."}, cleared=frozenset({1}))
    assert known(tmp_path, state).begun == {1: BegunBucket(b"others..", 0)}


def test_a_begun_bucket_whose_rows_are_replaced_one_by_one_is_not_resumed(tmp_path: Path) -> None:
    """Otherwise a revert to its target would count the replaced rows as there."""
    begin(tmp_path, 1, targets={1: TARGET})
    ledger(tmp_path).put_in(row(1, 13), 0)
    assert known(tmp_path).begun == {1: BegunBucket(TARGET, 0b1)}
    begin(tmp_path, 1, out=(row(1, 13).undone,))
    ledger(tmp_path).put_in(row(1, 13, 5))
    assert known(tmp_path).begun == {}


def test_two_killed_runs_add_up(tmp_path: Path) -> None:
    begin(tmp_path, 1, out=(row(1, 11).undone,))
    begin(tmp_path, 1, out=(row(1, 12).undone,))
    ledger(tmp_path).put_in(row(1, 12, 7))
    assert known(tmp_path).sketch == rows([row(1, 12, 7), row(2, 21)]).sketch


def test_a_bucket_that_another_machine_wrote_since_is_the_states(tmp_path: Path) -> None:
    begin(tmp_path, 1, out=(row(1, 11).undone,))
    ledger(tmp_path).put_in(row(1, 11, 5))
    assert known(tmp_path, token="a later run") is STATE


def test_the_same_rows_after_two_runs_elsewhere_are_the_states(tmp_path: Path) -> None:
    """Rows that went back to what they were do not make an old ledger true."""
    begin(tmp_path, 1, out=(row(1, 11).undone,), token="first")
    ledger(tmp_path).put_in(row(1, 11, 5))
    assert known(tmp_path, STATE, token="third") is STATE


def test_a_bucket_that_was_sent_in_other_shards_is_unknown(tmp_path: Path) -> None:
    begin(tmp_path, 1, token="", of=2)
    ledger(tmp_path, of=2).put_in(row(1, 13))
    assert not known(tmp_path).sketch.differing(rows([row(2, 21)]).sketch)


def test_another_accounts_ledger_is_not_believed_and_gives_way(tmp_path: Path) -> None:
    ledger(tmp_path, "another").begin(BeginLine({1: "run"}, 1, cleared=frozenset({1})))
    assert known(tmp_path) is STATE
    begin(tmp_path, 2, out=(row(2, 21).undone,))
    assert known(tmp_path).sketch == rows([row(1, 11), row(1, 12)]).sketch


def test_settled_is_gone(tmp_path: Path) -> None:
    begin(tmp_path, 1, out=(row(1, 11).undone,))
    ledger(tmp_path).put_in(row(1, 11, 5))
    ledger(tmp_path).settle({1})
    ledger(tmp_path).settle({1})
    assert known(tmp_path) is STATE
    assert list(tmp_path.iterdir()) == []


SETTLES_ON_A_FULL_DISK = """
import pathlib, resource, signal, sys
from digo.lists.sending.ledger import Ledger
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
Ledger(pathlib.Path(sys.argv[1]), "4711", "account").settle({1})
"""


def test_lines_that_cannot_be_removed_are_not_believed_and_end_no_run(tmp_path: Path) -> None:
    begin(tmp_path, 1, 2, out=(row(1, 11).undone, row(2, 21).undone))
    (file,) = tmp_path.iterdir()
    before = file.read_text()
    subprocess.run([sys.executable, "-c", SETTLES_ON_A_FULL_DISK, str(tmp_path)], check=True, timeout=60)
    assert file.read_text() == before
    assert known(tmp_path, token="the run that is over") is STATE


def test_what_another_shard_left_stays(tmp_path: Path) -> None:
    begin(tmp_path, 1, 2, out=(row(1, 11).undone,), cleared=frozenset({2}), targets={2: TARGET})
    ledger(tmp_path).put_in(row(2, 22), 0)
    ledger(tmp_path).settle({1, 3})
    found = known(tmp_path)
    assert not found.sketch.differing(rows([row(1, 11), row(1, 12), row(2, 22)]).sketch)
    assert found.begun == {2: BegunBucket(TARGET, 1)}
    ledger(tmp_path).settle({2, 4})
    assert list(tmp_path.iterdir()) == []


def test_shards_that_write_at_once_lose_no_line(tmp_path: Path) -> None:
    def send(bucket: int) -> None:
        begin(tmp_path, bucket, token="")
        ledger(tmp_path).put_in(row(bucket, 1))

    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(send, range(200)):
            pass
    assert known(tmp_path, no_rows(0, 1), "").sketch.counts == dict.fromkeys(range(200), 1)


def test_a_new_list_goes_on_where_it_was(tmp_path: Path) -> None:
    wanted = Sketch.empty(0, 1).with_deltas([row(bucket, n) for bucket in (1, 2) for n in range(1500)])
    begin(tmp_path, 1, token="", targets={1: wanted.digest(1)})
    for place in range(200):
        ledger(tmp_path).put_in(row(1, place), place)
    change = Change.between(wanted, known(tmp_path, no_rows(0, 1), ""))
    assert (change.new_buckets, change.left, change.new, change.rows) == ((2,), 1300, 1500, 2800)
    assert change.sentence(3000) == "2,800 of 3,000 rows are new or not confirmed yet: 2,800 rows are sent"


@given(st.data())
def test_a_file_cut_at_any_byte_never_says_more_than_was_confirmed(
    tmp_path_factory: object, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")  # type: ignore[attr-defined]
    begin(folder, 1, 2, out=(row(1, 11).undone, row(2, 21).undone))
    begun = len((folder / "4711.jsonl").read_bytes())
    ledger(folder).put_in(row(1, 11, 5))
    path = folder / "4711.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(begun, len(whole)))])
    less, more = rows([row(1, 12)]).sketch, rows([row(1, 11, 5), row(1, 12)]).sketch
    assert known(folder).sketch in (less, more)
    ledger(folder).put_in(row(2, 21, 6))
    assert known(folder).sketch in (one.with_deltas([row(2, 21, 6)]) for one in (less, more))


OLD, NEW, OTHER = (bytes([place]) * 6 for place in (1, 2, 3))
OLD_STATE = Digests({1: OLD, 2: OLD}, {1: 10, 2: 20})
OF_THE_VERSION_BEFORE = (
    '{{"owner": "account"}}\n'
    '{{"bucket": 1, "was": "{old}", "now": null, "count": 11, "of": {of}}}\n'
    '{{"bucket": 2, "was": "{old}", "now": null, "count": 21, "of": {of}}}\n'
    '{{"bucket": 2, "was": "{old}", "now": "{new}", "count": 21, "of": {of}}}'
)


@pytest.mark.parametrize(
    ("of", "state", "found"),
    [
        (1, OLD_STATE, Digests({2: NEW}, {1: 11, 2: 21})),
        (1, Digests({1: OTHER, 2: OLD}, {1: 12, 2: 20}), Digests({1: OTHER, 2: NEW}, {1: 12, 2: 21})),
        (2, Digests({1: OTHER}, {1: 12}), Digests({}, {1: 12})),
        (1, NO_DIGESTS, NO_DIGESTS),
    ],
)
def test_a_ledger_of_the_version_before_is_read(tmp_path: Path, of: int, state: Digests, found: Digests) -> None:
    (tmp_path / "4711.jsonl").write_text(OF_THE_VERSION_BEFORE.format(old=OLD.hex(), new=NEW.hex(), of=of))
    assert ledger(tmp_path).old_digests(state) == found
    assert known(tmp_path) is STATE
    ledger(tmp_path).settle({1, 2})
    assert list(tmp_path.iterdir()) == []


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
