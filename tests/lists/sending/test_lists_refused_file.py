"""The file of refused rows: what a run did with each shard, and which row of a corrected file is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.lists.digests.row_delta import RowId
from digo.lists.sending.refused_file import RefusedEntry, RefusedFile
from digo.lists.sending.retry import refused_of, retried_list
from digo.settings.failure import SettingsError
from digo.source.positions import Position


def entry(line: int, row: RowId, reason: str = "on a DND list", column: str = "") -> RefusedEntry:
    return RefusedEntry("leads.csv", line, column, reason, row)


A, B, C = entry(3, RowId(0, 2**31 - 2)), entry(9, RowId(2047, 0), 'bad, "so"\nhere', "phone"), entry(5, RowId(2, 7))


def never(_: RefusedEntry) -> bool:
    return False


def test_what_is_written_is_read_in_the_order_of_the_lines(tmp_path: Path) -> None:
    file = RefusedFile(tmp_path / "refused", "a/b%")
    assert file.entries() == ()
    file.settle(0, 1, [B, A, C], never)
    assert file.entries() == (A, C, B)
    assert file.path.name == "a%2Fb%25.csv"


def test_a_shard_replaces_its_own_rows_only(tmp_path: Path) -> None:
    file = RefusedFile(tmp_path, "otp")
    file.settle(0, 2, [A, C], never)
    file.settle(1, 2, [B], never)
    assert file.entries() == (A, C, B)
    file.settle(0, 2, [entry(3, A.row, "another reason")], never)
    assert file.entries() == (entry(3, A.row, "another reason"), B)
    file.settle(0, 2, [], lambda one: one.row == A.row)
    assert len(file.entries()) == 2


def test_the_file_goes_with_its_last_row(tmp_path: Path) -> None:
    file = RefusedFile(tmp_path, "otp")
    file.settle(0, 1, [A], never)
    file.settle(0, 1, [], never)
    assert not file.path.exists()
    file.settle(0, 1, [], never)
    assert not file.path.exists()


def test_lines_that_somebody_edited_are_left_out(tmp_path: Path) -> None:
    file = RefusedFile(tmp_path, "otp")
    file.settle(0, 1, [A, B, C], never)
    lines = file.path.read_text().splitlines()
    file.path.write_text("\n".join([*lines[:2], "leads.csv,x,,why,bbb", "short", *lines[3:]]))
    assert file.entries() == (A, B)


def test_a_file_of_the_version_before_has_no_rows_that_are_known(tmp_path: Path) -> None:
    (tmp_path / "otp.csv").write_text("file,line,reason\nleads.csv,9,no\n")
    file = RefusedFile(tmp_path, "otp")
    assert file.entries() == ()
    file.settle(0, 1, [A], never)
    assert file.entries() == (A,)


def test_the_files_of_the_version_before_go_with_an_up_of_their_shard(tmp_path: Path) -> None:
    """It had one for each shard. A list with such a key has a file of the same name, which stays."""
    for name in ("a_b-1", "a_b-2", "a_b-10"):
        (tmp_path / f"{name}.csv").write_text("file,line,reason\nleads.csv,9,no\n")
    another = RefusedFile(tmp_path, "a_b-2")
    another.settle(0, 1, [B], never)
    file = RefusedFile(tmp_path, "a/b")
    file.settle(0, 2, [], never)
    file.settle(1, 2, [A], never)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a%2Fb.csv", "a_b-10.csv", "a_b-2.csv"]
    assert another.entries() == (B,)


def at(line: int) -> Position:
    return Position("leads.csv", line, 1)


def test_a_refused_row_is_known_by_its_number_and_else_by_its_place() -> None:
    moved, corrected, other = (A.row, at(30)), (RowId(8, 8), at(9)), (RowId(9, 9), at(77))
    assert refused_of([A, B, C], [moved, corrected, other]) == {0: A, 1: B}


def test_a_place_counts_only_where_its_row_is_nowhere_else() -> None:
    """The row moved, and another one has its line now: the other one was not refused."""
    assert refused_of([A], [(A.row, at(30)), (RowId(9, 9), at(3))]) == {0: A}


def test_the_variable_names_a_list() -> None:
    assert retried_list({}) == ""
    assert retried_list({"DIGO_RETRY": " otp "}) == "otp"
    with pytest.raises(SettingsError, match="DIGO_RETRY is empty"):
        retried_list({"DIGO_RETRY": " "})
