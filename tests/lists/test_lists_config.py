"""Lists from files in lists.yaml: what a list entry may say, and where its problems are told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from digo.desired import ConfigError, Desired, load_environment
from digo.desired.list_digests import with_list_digests
from digo.lists.key import LedgerKey
from digo.settings.failure import SettingsError
from tests.lists.list_files import write_list

COLUMNS = "columns: {phone: field_0, name: field_1, otp: field_5}"


def load(folder: Path, entry: str, rest: str = "") -> Desired:
    (folder / "lists.yaml").write_text(f"lists:\n  otp: {{{entry}}}\n{rest}")
    return load_environment(folder, folder)


def test_a_list_from_files(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(30))
    write_list(tmp_path / "b.csv", range(30, 50))
    desired = load(tmp_path, f'id: 4711, source: "*.csv", {COLUMNS}, shards: 4, country: us, duplicates: last')
    (wanted,) = desired.lists
    assert (wanted.key, wanted.count, wanted.shards) == ("otp", 50, 4)
    assert (wanted.source.list_id, wanted.source.country, wanted.source.duplicates.value) == ("4711", "US", "last")
    assert [Path(path).name for path in wanted.source.files] == ["a.csv", "b.csv"]
    assert str(wanted.position) == "lists.yaml:2:3"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("source: leads.txt", "lists.yaml:2:27: lists.otp.source: a source is a file or a glob that ends in .csv, "),
        ("source: nowhere.csv", "lists.yaml:2:27: lists.otp.source: there is no file `nowhere.csv` in "),
        ('source: "no/*.csv"', "lists.yaml:2:27: lists.otp.source: there is no file `no/*.csv` in "),
        ('source: "leads/**.parquet"', "lists.yaml:2:27: lists.otp.source: "),
        (
            f"source: {'a' * 300}.csv",
            f"lists.yaml:2:27: lists.otp.source: `{'a' * 300}.csv` cannot be looked for: File name ",
        ),
        ("source: a.csv, leads: []", "lists.yaml:2:34: lists.otp.leads: a list has `leads` or a `source`, not both"),
        ("source: a.csv, shards: 17", "lists.yaml:2:42: lists.otp.shards: a whole number from 1 to 16"),
        ("source: a.csv, shards: two", "lists.yaml:2:42: lists.otp.shards: a whole number from 1 to 16"),
        ("source: a.csv, country: XX", "lists.yaml:2:43: lists.otp.country: a country is two letters"),
        ("source: a.csv, country: NO", "lists.yaml:2:43: lists.otp.country: YAML reads this as true or false"),
        ("source: a.csv, duplicates: clone", "lists.yaml:2:46: lists.otp.duplicates: one of: error, first, last"),
        ("shards: 4", "lists.yaml:2:19: lists.otp.shards: it means something only beside a `source`"),
        ("sorce: a.csv", "lists.yaml:2:19: lists.otp.sorce: unknown key; did you mean `source`?"),
    ],
)
def test_what_is_wrong_with_an_entry(tmp_path: Path, entry: str, told: str) -> None:
    write_list(tmp_path / "a.csv", range(3))
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f"id: 4711, {entry}")
    assert [str(problem)[: len(told)] for problem in refused.value.problems] == [told]


def test_a_link_of_a_glob_that_leads_nowhere_is_not_left_out(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(3))
    (tmp_path / "b.csv").symlink_to(tmp_path / "nowhere.csv")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f'id: 4711, source: "*.csv", {COLUMNS}')
    (problem,) = refused.value.problems
    assert str(problem) == "b.csv:1:1: lists.otp: it cannot be read: No such file or directory"


def test_problems_of_files_stand_beside_those_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("phone,name,otp\n+12025550142,A,1\n" + "oops,B,2\n" * 40)
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f"id: 4711, source: a.csv, {COLUMNS}", "  news: {id: x/y}\n")
    lines = [str(problem) for problem in refused.value.problems]
    assert lines[0] == (
        "a.csv:3:1: lists.otp.phone: write it with + and the country code, such as +1 for the United States or +91 "
        "for India"
    )
    assert [line.partition(": ")[0] for line in lines[:20]] == [f"a.csv:{line}:1" for line in range(3, 23)]
    assert lines[20].startswith("lists.yaml:2:27: lists.otp.source: 20 more problems in its files: 20 times: write it")
    assert lines[21].startswith("lists.yaml:3:14: lists.news.id: a list id has letters")


def test_a_seal_takes_the_rows_place(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(30))
    desired = load(tmp_path, f"id: 4711, source: a.csv, {COLUMNS}")
    key = LedgerKey("k" * 32)
    (one,) = with_list_digests(desired, lambda: key, 30).lists
    assert one.rows is None and one.digests is not None
    assert (one.digests.sketches[0].rows, one.digests.key_check) == (30, key.check)


def test_without_a_key_the_error_says_what_a_new_one_costs(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", range(3000))
    desired = load(tmp_path, f"id: 4711, source: a.csv, {COLUMNS}")
    with pytest.raises(SettingsError) as refused:
        with_list_digests(desired, lambda: None, 10)
    assert "no ledger key, and `otp` needs one: set DIGO_LEDGER_KEY" in str(refused.value)
    assert "all 3,000 rows are sent again (3,000 calls, about 5 min at 10 a second)" in str(refused.value)


def test_no_list_needs_no_key(tmp_path: Path) -> None:
    desired = load(tmp_path, 'id: 4711, leads: [{phone: "+12025550142"}]')
    assert with_list_digests(desired, lambda: pytest.fail("the key was read"), 10) == desired


def test_inline_numbers_of_the_lists_country(tmp_path: Path) -> None:
    (lead,) = load(tmp_path, 'id: 4711, country: US, leads: [{phone: "(202) 555-0142"}]').leads
    assert lead.number.e164 == "+12025550142"


DOUBT = "the number is in no range that the phone library knows to be in use; is it right?"


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_row_is_doubted_as_an_inline_lead_is(tmp_path: Path, ending: str) -> None:
    """The same texts, in a file and in YAML: the same numbers and the same doubts, few of them shown."""
    texts = ["+1 202 555 0100", "+1 055 555 0101", "\u202a+1 202 555 0102", "(+1) 202 555 0103", "'+12025550104"]
    inline = tmp_path / "inline"
    inline.mkdir()
    leads = "\n".join(f"      - {{phone: {json.dumps(text)}}}" for text in texts)
    (inline / "lists.yaml").write_text(f"lists:\n  otp:\n    id: 4711\n    leads:\n{leads}\n")
    written = load_environment(inline, inline)
    table = pa.table({"phone": texts})
    path = tmp_path / f"leads.{ending}"
    if ending == "parquet":
        pq.write_table(table, path)
    else:
        content = "phone\n" + "".join(f"{text}\n" for text in texts)
        path.write_bytes(gzip.compress(content.encode()) if ending == "csv.gz" else content.encode())
    desired = load(tmp_path, f"id: 4711, source: leads.{ending}")
    assert desired.lists[0].rows is not None
    assert desired.lists[0].rows.phones.to_pylist() == [int(lead.number.digits) for lead in written.leads]
    assert [one.message for one in desired.warnings] == [one.message for one in written.warnings]
    first = 1 if ending == "parquet" else 2
    assert [one.position.line for one in desired.warnings] == [first + 1, first + 2]
    assert str(desired.warnings[0]) == f"leads.{ending}:{first + 1}:1: lists.otp.phone: {DOUBT}"


def test_many_doubtful_rows_are_few_warnings(tmp_path: Path) -> None:
    write_list(tmp_path / "leads.csv", range(80_000, 90_000))
    desired = load(tmp_path, f"id: 4711, source: leads.csv, {COLUMNS}")
    assert [str(one) for one in desired.warnings] == [
        *(f"leads.csv:{line}:1: lists.otp.phone: {DOUBT}" for line in range(2, 7)),
        f"lists.yaml:2:27: lists.otp.source: 9,995 more warnings in its files: 9,995 times: {DOUBT}",
    ]
