"""Values that do not fit their column: none is lost, and CSV, Parquet and the report say the same of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digo.api import CallRecord
from digo.call_records.columns import COLUMNS, COUNTS, OTHER, count
from digo.call_records.parquet import Parquet
from digo.call_records.report import Scope, write_report
from digo.call_records.summary import Summary
from digo.call_records.writers import Csv, JsonLines, Table
from digo.sanitize.csv import harmless

SCOPE = Scope("2026-03-01 00:00:00", "2026-03-31 23:59:59", "Asia/Kolkata")
WHOLE = [
    ("12", 12),
    (12, 12),
    (12.0, 12),
    ("12.0", 12),
    (" 7 ", 7),
    ("+3", 3),
    (-5, -5),
    ("-5", -5),
    ("007", 7),
    (0, 0),
]
WHOLE += [(2**63 - 1, 2**63 - 1), (str(-(2**63)), -(2**63))]
MISFITS = [
    "00:01:12",
    "12.5",
    12.5,
    "",
    " ",
    "12 s",
    "1_000",
    "1,000",
    "\uff11\uff12",
    "0x10",
    "1e3",
    "nan",
    True,
    False,
    [1],
    [],
    {"seconds": 12},
    2**63,
    -(2**63) - 1,
    str(2**63),
    "9" * 40,
    1e300,
    "=1+1",
]


def parquet(tmp_path: Path, *records: CallRecord) -> list[dict[str, Any]]:
    writer = Parquet(tmp_path / "calls.parquet")
    writer.write(records)
    writer.close(complete=True)
    table = pyarrow.parquet.read_table(tmp_path / "calls.parquet")
    assert {name: str(table.schema.field(name).type) for name in COUNTS} == dict.fromkeys(COUNTS, "int64")
    return table.to_pylist()


def sheet(*records: CallRecord) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    Csv(None, out, None).write(records)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


@pytest.mark.parametrize(("value", "number"), WHOLE, ids=repr)
def test_whole_numbers_are_numbers(tmp_path: Path, value: Any, number: int) -> None:
    (row,) = parquet(tmp_path, CallRecord({"id": "1", "call_duration": value}))
    assert row["call_duration"] == count(value) == number
    assert row[OTHER] is None


@pytest.mark.parametrize("name", sorted(COUNTS))
@pytest.mark.parametrize("value", MISFITS, ids=repr)
def test_what_is_no_whole_number_stays_under_its_name(tmp_path: Path, name: str, value: Any) -> None:
    record = CallRecord({"id": "1", name: value, "new": 1, "other": "mine"})
    (row,) = parquet(tmp_path, record)
    assert row[name] is None and count(value) is None
    kept = json.loads(row[OTHER])
    assert kept == {name: value, "new": 1, "other": "mine"} and type(kept[name]) is type(value)


def test_nothing_is_nothing(tmp_path: Path) -> None:
    rows = parquet(tmp_path, CallRecord({"id": "1", "call_duration": None}), CallRecord({"id": "2", "notes": ""}))
    assert [(row["call_duration"], row["notes"], row[OTHER]) for row in rows] == [(None, None, None), (None, "", None)]


VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES |= st.lists(st.integers(), max_size=2)
NAMES = st.sampled_from([*COLUMNS, "new field"])


# Hypothesis also draws constants of the modules that are loaded, so its examples depend on the tests that ran before.
@given(st.lists(st.dictionaries(NAMES, VALUES), min_size=1, max_size=4))
@example([{"call_duration": -1e16}])
@example([{"call_duration": "-5\t", "answered_seconds": "\n+3", "minutes_consumed": "\u2003-12.0\r\n"}])
def test_csv_and_parquet_carry_the_same_facts(
    tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, Any]]
) -> None:
    records = [CallRecord(fields) for fields in found]
    for fields, line, row in zip(
        found, sheet(*records), parquet(tmp_path_factory.mktemp("facts"), *records), strict=True
    ):
        beyond = json.loads(row[OTHER]) if row[OTHER] else {}
        for name in COLUMNS:
            if name == OTHER:
                continue
            value = beyond.get(name) if name in beyond else row[name]
            if name in COUNTS and value is not None:
                assert value == fields[name] or value == count(fields[name])
                assert name in beyond or float(line[name]) == float(fields[name])
            else:
                assert line[name] == ("" if value is None else harmless(value))
        rest = {name: value for name, value in beyond.items() if name not in COUNTS}
        assert rest == {name: value for name, value in fields.items() if name in (OTHER, "new field")}
        assert (json.loads(line[OTHER].removeprefix("'")) if line[OTHER] else {}) == rest


@given(st.lists(st.dictionaries(st.text(), VALUES), max_size=3))
def test_json_lines_come_back_as_they_came(found: list[dict[str, Any]]) -> None:
    out = io.StringIO()
    JsonLines(None, out, None).write([CallRecord(fields) for fields in found])
    lines = out.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == found


def test_the_report_says_what_is_in_no_sum(tmp_path: Path) -> None:
    lengths = [60, "30", "00:01:12", 12.5, None]
    summary = Summary()
    day = {"date": "2026-03-10", "status": "answered", "agent_name": "Ada \u202e[\x1b"}
    summary([CallRecord({**day, "answered_seconds": length}) for length in lengths], None)
    assert (summary.answered, summary.unread) == (5, 2)
    assert [tally.seconds for tally in summary.tallies.values()] == [90]
    write_report(tmp_path / "report.html", summary, SCOPE)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "2 answered calls have a length that is not a whole number of seconds" in text
    assert "<bdi>Ada \ufffd[\ufffd</bdi>" in text and not set(text) & set("\u202e\x1b")


@pytest.mark.parametrize("date", ['<a href="https://evil.example">x</a>', "2026-03-10"])
def test_the_report_has_no_link_of_a_record(date: str, tmp_path: Path) -> None:
    summary = Summary()
    agent = '<a href="https://evil.example">x</a>'
    summary([CallRecord({"date": date, "status": "missed", "agent_name": agent})], None)
    write_report(tmp_path / "report.html", summary, SCOPE)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for link in ('<a href="https://evil', '<a href=\\"https://evil', "\\u003ca href", "\\u003ca href=\\"):
        assert link not in text
    assert "&lt;a href=" in text


@pytest.mark.parametrize("number", ["202 5550104", "+1\u2011202\u2011555\u20110104", "+1_202_555_0104", "2.02e9"])
def test_the_table_masks_a_number_however_it_is_spelt(number: str) -> None:
    out = io.StringIO()
    Table(None, out, None).write([CallRecord({"client_number": number, "agent_name": "A\x1b[31m\n::b"})])
    line = out.getvalue().splitlines()[1]
    assert "***" in line or number == "2.02e9"
    assert "5550104" not in line and "202\u2011555" not in line and "202_555" not in line
    assert "A\ufffd[31m\ufffd::b" in line
