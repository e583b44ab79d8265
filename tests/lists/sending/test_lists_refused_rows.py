"""Which rows an up of `digo lists retry` sends, and what stays in the file of refused rows afterwards."""

from __future__ import annotations

from pathlib import Path

from digo.lists.digests.row_delta import RowId
from digo.lists.digests.row_digests import RowDigester
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import Rows
from digo.lists.sending.refused_file import RefusedEntry, RefusedFile
from digo.lists.sending.refused_rows import RefusedRows, refused_entries
from digo.lists.sending.sent_rows import RefusedRow
from digo.lists.sending.shard import Shard
from tests.lists.list_files import COLUMNS, number, read, source_of, write_list

KEY = LedgerKey("a ledger key for the tests, of no worth")


def rows_of(path: Path) -> tuple[ListSource, Rows, list[RowId]]:
    source = source_of(path, columns=COLUMNS)
    rows = read(source).rows
    digests = RowDigester(source, KEY).digests(rows.phones, rows.values)
    return source, rows, [RowId(*one) for one in zip(digests.buckets.tolist(), digests.numbers.tolist(), strict=True)]


def shard(index: int = 0, of: int = 1) -> Shard:
    """The shard: its digests do not matter here."""
    return Shard.from_dict({"list": "otp", "list_id": "4711", "shard": index + 1, "of": of})


def refused(path: Path, places: list[int]) -> list[RefusedEntry]:
    source, rows, ids = rows_of(path)
    told = [RefusedRow(place, "on a DND list", "field_0") for place in places]
    return refused_entries(source, rows, told, [ids[place] for place in places])


def chosen(found: RefusedRows, path: Path, one: Shard) -> list[int]:
    """The places of the rows that are sent, where all rows of the shard differ."""
    _, rows, ids = rows_of(path)
    places = [place for place, id_ in enumerate(ids) if id_.bucket % one.of == one.index]
    return [places[at] for at in found.chosen(one, rows, places, [ids[place] for place in places])]


def test_only_refused_rows_are_sent_wherever_they_are_now(tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", range(50))
    RefusedFile(tmp_path, "otp").settle(0, 1, refused(path, [7, 9]), lambda _: False)
    (entry, _) = RefusedFile(tmp_path, "otp").entries()
    assert (entry.file, entry.line, entry.column) == ("a.csv", 9, "phone")
    write_list(path, [*range(30, 50), *range(30)])
    assert chosen(RefusedRows(tmp_path, "otp"), path, shard()) == [27, 29]


def test_a_corrected_number_is_known_by_its_line_in_whichever_shard_it_is_now(tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", range(50))
    for index in range(2):
        mine = [one for one in refused(path, [7, 9]) if one.row.bucket % 2 == index]
        RefusedFile(tmp_path, "otp").settle(index, 2, mine, lambda _: False)
    path.write_text(path.read_text().replace(number(7), number(700)).replace(number(9), number(901)))
    run = RefusedRows(tmp_path, "otp")
    run.settle(shard(0, 2))
    found = [*chosen(run, path, shard(0, 2)), *chosen(run, path, shard(1, 2))]
    run.settle(shard(1, 2))
    assert sorted(found) == [7, 9]
    assert not RefusedFile(tmp_path, "otp").path.exists()


def test_a_run_that_was_stopped_keeps_what_it_did_not_come_to(tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", range(50))
    first, second = refused(path, [7, 9])
    RefusedFile(tmp_path, "otp").settle(0, 1, [first, second], lambda _: False)
    RefusedRows(tmp_path).settle(shard(), [second], stopped=True)
    assert RefusedFile(tmp_path, "otp").entries() == (first, second)
    RefusedRows(tmp_path).settle(shard(), [second])
    assert RefusedFile(tmp_path, "otp").entries() == (second,)


def test_a_corrected_row_that_is_refused_again_stands_there_once(tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", range(50))
    RefusedFile(tmp_path, "otp").settle(0, 1, refused(path, [7]), lambda _: False)
    path.write_text(path.read_text().replace(number(7), number(700)))
    run = RefusedRows(tmp_path, "otp")
    assert chosen(run, path, shard()) == [7]
    run.settle(shard(), refused(path, [7]), stopped=True)
    assert len(RefusedFile(tmp_path, "otp").entries()) == 1


def test_an_ordinary_run_retries_nothing(tmp_path: Path) -> None:
    assert not RefusedRows(tmp_path).retries(shard())
    assert RefusedRows(tmp_path, "otp").retries(shard())
    assert not RefusedRows(tmp_path, "other").retries(shard())
