"""Digests of rows: by column what a plain reading of their description gives, and the same for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from digo.lists.digests.row_delta import PRIME
from digo.lists.digests.row_digests import RowDigester, RowDigests
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from tests.lists.list_files import source_of

KEY = LedgerKey("a ledger key for the tests, of no worth")
SOURCE = source_of(Path("leads.csv"))
PHONES = (12025550100, 12025550101, 12025550102, 12025550103)
VALUES = ("", "Ana\x1f123456", "sixteen bytes ok", "ü" * 40)


def digests(
    phones: Sequence[int] = PHONES,
    values: Sequence[str] = VALUES,
    source: ListSource = SOURCE,
    key: LedgerKey = KEY,
    kind: pa.DataType | None = None,
) -> RowDigests:
    found = pa.array(values, kind or pa.large_string())
    return RowDigester(source, key).digests(pa.array(phones, pa.uint64()), found)


def aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES128(key), modes.ECB()).encryptor().update(block)


def plain_mac(phone: int, text: bytes) -> tuple[int, int]:
    """The digest of a row, one block after the other."""
    head = b"4711\x1ffield_1\x1ffield_5"
    key = hashlib.blake2b(head, key=KEY.derive("row"), digest_size=16).digest()
    mac = aes(key, len(text).to_bytes(8, "little") + phone.to_bytes(8, "little"))
    for at in range(0, len(text), 16):
        block = text[at : at + 16].ljust(16, b"\0")
        mac = aes(key, bytes(one ^ other for one, other in zip(mac, block, strict=True)))
    return int.from_bytes(mac[:8], "little"), int.from_bytes(mac[8:], "little")


def plain_number(phone: int) -> int:
    block = phone.to_bytes(8, "little") + bytes(8)
    return int.from_bytes(aes(KEY.derive("number", 16), block)[:8], "little") % PRIME


@given(st.lists(st.tuples(st.integers(10**6, 10**15 - 1), st.text(max_size=70)), max_size=30))
def test_columns_give_what_one_row_after_the_other_gives(rows: list[tuple[int, str]]) -> None:
    found = digests([phone for phone, _ in rows], [text for _, text in rows])
    assert [tuple(mac) for mac in found.macs.tolist()] == [plain_mac(phone, text.encode()) for phone, text in rows]
    assert found.numbers.tolist() == [plain_number(phone) for phone, _ in rows]
    assert found.first.tolist() == [first % PRIME for first, _ in found.macs.tolist()]
    assert found.second.tolist() == [second % PRIME for _, second in found.macs.tolist()]


def test_digests_never_change() -> None:
    """The states of all users depend on it."""
    found = digests()
    assert found.buckets.tolist() == [1409, 65, 321, 788]
    assert found.numbers.tolist() == [1838464258, 1055054249, 1495163415, 1788421384]
    assert found.macs.tolist() == [
        [16659616938284519873, 12905367764310831343],
        [18071711133381769711, 14648876060238355025],
        [15352532654563093065, 7675062990049712022],
        [8970247914340992808, 12925886890107998518],
    ]


def test_parts_give_what_the_whole_gives() -> None:
    count = 70_000
    phones = pa.array(np.arange(count, dtype=np.uint64) + 12025550100)
    values = pa.array([f"Customer {index}" if index % 3 else "" for index in range(count)], pa.string())
    digester = RowDigester(SOURCE, KEY)
    whole = digester.digests(phones, values)
    cuts = (0, 1, 5, 40_000, count)
    parts = [
        digester.digests(phones[start:end], values[start:end].cast(pa.large_string())) for start, end in pairwise(cuts)
    ]
    same(whole, RowDigests.together(parts))
    order = np.random.default_rng(6).permutation(count)
    same(whole.take(order), digester.digests(phones.take(pa.array(order)), values.take(pa.array(order))))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_long_rows_are_read_some_at_a_time(kind: pa.DataType) -> None:
    values = ["a" * (9 << 20), "", "b" * (17 << 20), "c", "d" * (9 << 20)]
    found = digests(range(12025550100, 12025550105), values, kind=kind)
    alone = [digests([12025550100 + place], [text]) for place, text in enumerate(values)]
    same(found, RowDigests.together(alone))


def same(one: RowDigests, other: RowDigests) -> None:
    assert np.array_equal(one.buckets, other.buckets)
    assert np.array_equal(one.numbers, other.numbers)
    assert np.array_equal(one.macs, other.macs)


def test_no_row_is_no_digest() -> None:
    assert len(digests((), ())) == len(RowDigests.together(())) == 0


@pytest.mark.parametrize(
    "source",
    [
        replace(SOURCE, list_id="4712"),
        replace(SOURCE, named=True),
        replace(SOURCE, columns={"phone": "field_0", "name": "field_1", "otp": "field_6"}),
    ],
)
def test_another_list_has_other_digests_of_rows_and_the_same_of_numbers(source: ListSource) -> None:
    one, other = digests(), digests(source=source)
    assert not np.intersect1d(one.macs, other.macs).size
    assert np.array_equal(one.numbers, other.numbers)
    assert np.array_equal(one.buckets, other.buckets)


def test_the_id_of_a_named_list_is_in_no_digest() -> None:
    named = replace(SOURCE, named=True)
    same(digests(source=named), digests(source=replace(named, list_id="4712")))


def test_another_key_has_other_digests() -> None:
    one, other = digests(), digests(key=LedgerKey("another ledger key for the tests, no worth"))
    assert not np.intersect1d(one.macs, other.macs).size
    assert not np.intersect1d(one.numbers, other.numbers).size


def test_the_end_of_a_text_counts() -> None:
    texts = ["", "\0", "\0\0", "a", "a\0", "a" * 16, "a" * 16 + "\0", "a" * 32]
    found = digests([12025550100] * len(texts), texts)
    assert len({tuple(mac) for mac in found.macs.tolist()}) == len(texts)
    assert len(set(found.numbers.tolist())) == 1
