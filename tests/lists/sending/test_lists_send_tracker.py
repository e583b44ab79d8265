"""What is known of a shard after a run that was cut off: just what was confirmed, by the state and by the ledger."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from digo.lists.digests.known_rows import BegunBucket, KnownRows, begun_from_text, begun_to_text, no_rows
from digo.lists.digests.shard_change import Change
from digo.lists.digests.sketch import Sketch
from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.key import LedgerKey
from digo.lists.sending.ledger import Ledger
from digo.lists.sending.rows_to_send import RowsToSend, RowToSend
from digo.lists.sending.send_tracker import Before, SendTracker
from digo.lists.sending.shard import Shard, ShardState
from tests.lists.list_files import number, read, source_of

KEY = LedgerKey("a ledger key for the tests, of no worth")
FEW, MANY = 200, 1_500  # rows: a sketch shows which of the few differ, and not which of the many


class Account:
    """A list of the account, and what one machine's state and ledger say of it. Numbers and versions stand for rows."""

    def __init__(self, folder: Path, of: int = 1) -> None:
        self.folder = folder
        self.of = of
        self.rows: dict[str, int] = {}
        self.known = [no_rows(index, of) for index in range(of)]
        self.runs = 0

    def wanted(self, versions: dict[int, int]) -> SortedRows:
        """The list's rows by their versions."""
        path = self.folder / "leads.csv"
        lines = [f"{number(row)},Version {version},1" for row, version in versions.items()]
        path.write_text("\n".join(["phone,name,otp", *lines]) + "\n")
        source = source_of(path)
        return SortedRows(source, read(source).rows, KEY, self.of)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "ledger", "4711", "account", self.of)

    def known_by_ledger(self, index: int) -> KnownRows:
        """What the next run knows of a shard after this one was killed."""
        return self.ledger.known_rows(self.known[index], lambda _: str(self.runs))

    def change(self, rows: SortedRows, *, killed: bool = False) -> list[RowsToSend]:
        """What an up sends of each shard."""
        known = [self.known_by_ledger(index) if killed else self.known[index] for index in range(self.of)]
        changes = [Change.between(sketch, one) for sketch, one in zip(rows.sketches, known, strict=True)]
        return [RowsToSend(rows, change) for change in changes]

    def run(self, rows: SortedRows, confirm: int, lose: int = 0, *, killed: bool = False) -> list[str]:
        """An up that confirms so many rows of each shard; of so many more, half are applied and no reply comes.

        It returns the numbers that it sent. If it is killed, only its ledger is left.
        """
        sent: list[str] = []
        outcomes = []
        for index, to_send in enumerate(self.change(rows, killed=killed)):
            known = self.known_by_ledger(index) if killed else self.known[index]
            before = Before(rows.sketches[index], known, lambda _: str(self.runs))
            tracker = SendTracker(before, to_send, self.ledger)
            begun = self._begun(to_send, tracker, confirm + lose)
            texts = rows.rows_at([one.row for one in begun])
            for at, (one, (_, phone, values)) in enumerate(zip(begun, texts, strict=True)):
                if at < confirm or at % 2 == 0:
                    self.rows[phone] = int(values[0].removeprefix("Version "))
                sent.append(phone)
                tracker.sending(one)
                if at < confirm:
                    tracker.confirm(one)
            outcomes.append(tracker.known())
        if not killed:
            self.known = outcomes
            self.runs += 1
            self.ledger.settle(range(2048))
        return sent

    @staticmethod
    def _begun(to_send: RowsToSend, tracker: SendTracker, most: int) -> Sequence[RowToSend]:
        begun: list[RowToSend] = []
        for group in to_send.groups():
            if len(begun) >= most:
                break
            tracker.begin(group)
            begun.extend(group)
        return begun[:most]


def wanted_account(versions: dict[int, int]) -> dict[str, int]:
    return {number(row): version for row, version in versions.items()}


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize(("rows", "of"), [(FEW, 1), (FEW, 4), (MANY, 4)])
def test_the_next_run_sends_just_what_was_not_confirmed(tmp_path: Path, rows: int, of: int, killed: bool) -> None:
    """First of a new list, then of one that has other values in every row."""
    account = Account(tmp_path, of)
    for version in (1, 2):
        versions = dict.fromkeys(range(rows), version)
        wanted = account.wanted(versions)
        confirmed = rows // of // 2
        first = account.run(wanted, confirmed, 10, killed=killed)
        assert len(first) == of * (confirmed + 10)
        left = account.change(wanted, killed=killed)
        assert sum(map(len, left)) == rows - of * confirmed
        rest = account.run(wanted, rows)
        assert len(rest) == (rows if killed else rows - of * confirmed)
        if killed:  # the run before has left nothing but its ledger, and this one was not told to read it
            account.rows |= wanted_account(versions)
        assert account.rows == wanted_account(versions)
        assert not any(map(len, account.change(wanted)))


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_cut_off_and_edited_the_account_is_as_wanted_in_the_end(
    tmp_path: Path, seed: int, killed: bool
) -> None:
    """Edits, cuts and reverts in any order; what is known is never more than what the account has."""
    chance = random.Random(seed)
    account = Account(tmp_path, chance.choice([1, 3]))
    size = chance.choice([FEW, MANY])
    history = [dict.fromkeys(range(size), 0)]
    for _ in range(5):
        versions = dict(chance.choice(history[-2:]))
        for row in chance.sample(range(size + 50), chance.choice([0, 3, size // 2])):
            versions[row] = chance.randrange(4)
        for row in chance.sample(list(versions), chance.choice([0, 2])):
            del versions[row]
        history.append(versions)
        account.run(account.wanted(versions), chance.choice([0, 20, size]), chance.choice([0, 6]), killed=killed)
        if killed:
            killed = chance.random() < 0.6
            account.run(account.wanted(versions), size, killed=True)
    for versions in history[-2:]:
        wanted = account.wanted(versions)
        account.run(wanted, 2 * size, killed=killed)
        assert {one: account.rows[one] for one in wanted_account(versions)} == wanted_account(versions)
        assert not any(map(len, account.change(wanted, killed=killed)))


@pytest.mark.parametrize("of", [1, 16])
def test_the_state_of_a_partly_sent_list_is_small(tmp_path: Path, of: int) -> None:
    """A thousand rows here and there are missing, and one bucket of each shard is cut off in the middle."""
    rows = 12_000
    account = Account(tmp_path, of)
    wanted = account.wanted(dict.fromkeys(range(rows), 1))
    account.run(wanted, rows // of // 2)
    size = 0
    for index, known in enumerate(account.known):
        missing = [
            place for bucket in list(known.sketch.counts)[:: max(1, of)] for place in wanted.places_in(bucket)[:1]
        ]
        sketch = known.sketch.minus(Sketch.of_rows(wanted.digests_at(missing[: 1_000 // of]), index, of))
        shard = Shard("otp", "4711", index, of, rows // of, wanted.sketches[index].to_text(), "check", {})
        outputs = shard.outputs(KnownRows(sketch, known.begun, cut_off=True))
        size += len(outputs["sent"]) + len(outputs["begun"] or "") + 1_200
        state = ShardState.from_dicts({}, outputs)
        assert not state.known.sketch.differing(sketch)
        assert state.known.cut_off
    assert size < 64 * 1024


def test_begun_buckets_without_room_are_left_out_those_with_the_least_first() -> None:
    begun = {bucket: BegunBucket(bucket.to_bytes(8, "big"), (1 << bucket) - 1) for bucket in range(1, 300)}
    assert begun_from_text(begun_to_text(begun)) == begun
    text = begun_to_text(begun, 600)
    kept = begun_from_text(text)
    assert 0 < len(text) <= 600
    assert list(kept) == list(range(300 - len(kept), 300))
