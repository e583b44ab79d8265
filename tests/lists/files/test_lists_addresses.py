"""Addresses in a `source`: which are taken, and that no signature is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.desired import ConfigError, load_environment
from digo.lists.files.addresses import check_address, file_name, has_secret, is_address, is_pattern, shown_address
from digo.lists.files.source import Duplicates, ListSource
from digo.lists.sending.shard import source_from_dict, source_to_dict


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("s3://leads/a.csv", True),
        ("HTTPS://example.com/a.csv", True),
        ("ftp://example.com/a.csv", True),
        ("leads/a.csv", False),
        ("/leads/a.csv", False),
        ("a:b.csv", False),
        ("s3:/leads/a.csv", False),
    ],
)
def test_what_is_an_address(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


@pytest.mark.parametrize(
    "text",
    [
        "s3://leads/a.csv",
        "gs://leads/today/*.csv.gz",
        "https://example.com/a.parquet?X-Amz-Signature=x&a=/b",
        "http://127.0.0.1:8080/a.csv",
        "http://localhost/a.xlsx",
        "http://[::1]/a.csv",
        "s3://leads/../a.csv",
        "s3://leads/a#1.csv",
    ],
)
def test_addresses_that_are_taken(text: str) -> None:
    assert check_address(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ftp://example.com/a.csv", "a source elsewhere begins with s3://, gs://, https://"),
        ("file:///etc/a.csv", "a source elsewhere begins with"),
        ("http://example.com/a.csv", "http:// is not encrypted"),
        ("http://127.0.0.1.example.com/a.csv", "http:// is not encrypted"),
        ("https://user:canary@example.com/a.csv", "an address has no user or password in it"),
        ("https://canary@example.com/a.csv", "an address has no user or password in it"),
        ("s3://canary:canary@leads/a.csv", "an address has no user or password in it"),
        ("https:///a.csv", "the address of a source has a bucket or a server"),
        ("s3://leads", "the address of a source has a bucket or a server"),
        ("s3://leads/", "the address of a source has a bucket or a server"),
        ("https://example.com/leads/../a.csv", "an address has no `..` in its path"),
        ("https://example.com/leads/%2e%2E/a.csv", "an address has no `..` in its path"),
        ("https://example.com/leads/..%5Ca.csv", "an address has no `..` in its path"),
        ("https://example.com/a.csv#x", "an address has no `#`"),
        ("https://[::1/a.csv", "this is not an address that can be read"),
    ],
)
def test_addresses_that_are_not(text: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        check_address(text)
    assert str(refused.value).startswith(why) and "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "name", "pattern", "secret", "shown"),
    [
        ("s3://leads/a/b.csv", "b.csv", False, False, "s3://leads/a/b.csv"),
        ("s3://leads/a/?.csv", "?.csv", True, False, "s3://leads/a/?.csv"),
        ("gs://leads/[a]/*.csv", "*.csv", True, False, "gs://leads/[a]/*.csv"),
        ("https://x.example/a*[1].csv", "a*[1].csv", False, False, "https://x.example/a*[1].csv"),
        ("https://x.example/a.csv?k=/b.txt", "a.csv", False, True, "https://x.example/a.csv?***"),
    ],
)
def test_the_parts_of_an_address(text: str, name: str, pattern: bool, secret: bool, shown: str) -> None:
    assert (file_name(text), is_pattern(text), has_secret(text), shown_address(text)) == (name, pattern, secret, shown)


def test_a_source_is_the_same_behind_the_state(tmp_path: Path) -> None:
    source = ListSource(
        "4711",
        ("s3://leads/a.csv", tmp_path / "b.csv", "https://x.example/a.csv?k=v"),
        {"phone": "field_0"},
        "IN",
        Duplicates.LAST,
        True,
        "windows-1252",
        "Leads",
    )
    assert source_from_dict("4711", source_to_dict(source, tmp_path), tmp_path) == source
    plain = ListSource("4711", (tmp_path / "b.csv",), {"phone": "field_0"})
    assert source_to_dict(plain, tmp_path) == {
        "files": ["b.csv"],
        "columns": {"phone": "field_0"},
        "country": None,
        "duplicates": "error",
    }


def refused(folder: Path, entry: str) -> list[str]:
    (folder / "lists.yaml").write_text(f"lists:\n  otp: {{id: 4711, {entry}}}\n")
    with pytest.raises(ConfigError) as found:
        load_environment(folder, folder)
    return [str(one) for one in found.value.problems]


@pytest.mark.parametrize(
    ("entry", "where", "why"),
    [
        ("source: a.csv, encoding: base64", "2:44: lists.otp.encoding", "`base64` is not an encoding of text"),
        ("source: a.xlsx, encoding: cp1252", "2:35: lists.otp.encoding", "only CSV files have it"),
        ("source: a.parquet, encoding: cp1252", "2:38: lists.otp.encoding", "only CSV files have it"),
        ("source: a.csv, sheet: Leads", "2:34: lists.otp.sheet", "only workbooks have it"),
        ("encoding: cp1252, leads: []", "2:19: lists.otp.encoding", "it means something only beside a `source`"),
        ("sheet: A, leads: []", "2:19: lists.otp.sheet", "it means something only beside a `source`"),
        ("source: 'https://u:canary@x.example/a.csv'", "2:27: lists.otp.source", "an address has no user or password"),
        (
            "source: 'https://x.example/a.txt?k=canary.csv'",
            "2:27: lists.otp.source",
            "a source is a file or a glob that",
        ),
        ("source: 'ftp://x.example/canary.csv'", "2:27: lists.otp.source", "a source elsewhere begins with s3://"),
    ],
)
def test_what_is_wrong_in_config_has_its_place(tmp_path: Path, entry: str, where: str, why: str) -> None:
    (found,) = refused(tmp_path, entry)
    assert found.startswith(f"lists.yaml:{where}: {why}")
    assert "canary" not in found


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("a.TXT", "; a file of text, with any sign between its columns, may be called .csv"),
        ("s3://leads/a.tsv", "; a file of text, with any sign between its columns, may be called .csv"),
        ("a.xlsm", "; save it as .xlsx"),
        ("a.json", ""),
    ],
)
def test_a_file_with_another_ending(tmp_path: Path, source: str, advice: str) -> None:
    (found,) = refused(tmp_path, f"source: '{source}'")
    assert found.endswith(f" .csv, .csv.gz, .parquet, .xlsx, .xls or .ods{advice}")
