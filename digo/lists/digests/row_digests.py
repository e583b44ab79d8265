"""Keyed digests of a list's rows, for all rows at once: of each number, and of each whole row.

A row's digest is a CBC-MAC by AES-128. The first block has the length of the row's text and its number, so no message
is the beginning of another one, and the MAC is a pseudo-random function (Bellare, Kilian, Rogaway: *The Security of
the Cipher Block Chaining Message Authentication Code*, 2000; Petrank, Rackoff: *CBC MAC for Real-Time Data Sources*,
2000). Who has no ledger key can neither search for a number nor make two rows with one digest. A list's id and fields
are in the key, so a row of another list has another digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from digo.lists.digests.bucket_digests import BUCKETS
from digo.lists.digests.row_delta import PRIME
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey

U64: TypeAlias = NDArray[np.uint64]
_BLOCK = 16
_KEY_BYTES = 16
_ROWS_AT_ONCE = 1 << 16
_BYTES_AT_ONCE = 16 << 20
_FEW = 8  # so many rows are done sooner one after the other, however long they are
_BETWEEN = "\x1f"
# The first n bytes of a block, for n from 0 to 16: what is behind the end of a text is zero.
_MASKS = np.tril(np.full((_BLOCK + 1, _BLOCK), 0xFF, np.uint8), -1).view("<u8")


@dataclass(frozen=True)
class RowDigests:
    """The digests of some rows, in the order of the rows.

    Attributes:
        buckets: each row's bucket, as `uint16`. It depends on the number and the key only.
        numbers: a digest of each number, less than `PRIME`, as `uint32`. It depends on the number and the key only.
        macs: the digest of each whole row in two halves, as `uint64` with the shape (rows, 2).
    """

    buckets: NDArray[np.uint16]
    numbers: NDArray[np.uint32]
    macs: U64

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def first(self) -> U64:
        """A digest of each whole row, less than `PRIME`."""
        return _reduced(self.macs[:, 0])

    @property
    def second(self) -> U64:
        """Another digest of each whole row, less than `PRIME`. It is independent of the first."""
        return _reduced(self.macs[:, 1])

    def take(self, places: NDArray[Any]) -> RowDigests:
        """The digests of the rows at these places."""
        return RowDigests(self.buckets[places], self.numbers[places], self.macs[places])

    def slice(self, start: int, end: int) -> RowDigests:
        """The digests of the rows from `start` to before `end`."""
        return RowDigests(self.buckets[start:end], self.numbers[start:end], self.macs[start:end])

    @classmethod
    def together(cls, parts: Sequence[RowDigests]) -> RowDigests:
        """The digests of all parts, in their order."""
        if not parts:
            return cls(np.zeros(0, np.uint16), np.zeros(0, np.uint32), np.zeros((0, 2), np.uint64))
        return cls(
            np.concatenate([part.buckets for part in parts]),
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.macs for part in parts]),
        )


class RowDigester:
    """Computes the digests of a list's rows. `source` gives the list's id, unless config names the list, and fields."""

    def __init__(self, source: ListSource, key: LedgerKey) -> None:
        self._key = key
        list_id = "" if source.named else source.list_id
        head = _BETWEEN.join((list_id, *source.fields)).encode()
        row_key = hashlib.blake2b(head, key=key.derive("row"), digest_size=_KEY_BYTES).digest()
        self._rows = _Aes(row_key)
        self._numbers = _Aes(key.derive("number", _KEY_BYTES))

    def digests(self, phones: pa.Array, values: pa.Array) -> RowDigests:
        """The digests of rows.

        Args:
            phones: the numbers' digits with country code, as unsigned integers of 64 bits.
            values: the other values of each row, joined by `BETWEEN_VALUES`, as texts of either size.
        """
        return RowDigests.together(list(self.parts(phones, values)))

    def parts(self, phones: pa.Array, values: pa.Array) -> Iterator[RowDigests]:
        """The same, some rows at a time: for who does not keep them."""
        bounds, _ = _bounds(values)
        start = 0
        while start < len(phones):
            end = int(np.searchsorted(bounds, bounds[start] + _BYTES_AT_ONCE, side="right")) - 1
            end = min(max(end, start + 1), start + _ROWS_AT_ONCE, len(phones))
            yield self._part(phones[start:end], values[start:end])
            start = end

    def _part(self, phones: pa.Array, values: pa.Array) -> RowDigests:
        digits = phones.to_numpy(zero_copy_only=False).astype("<u8", copy=False)
        return RowDigests(
            bucket_of_each(phones, self._key).to_numpy(zero_copy_only=False).astype(np.uint16),
            self._number_digests(digits),
            self._macs(digits, values),
        )

    def _number_digests(self, digits: U64) -> NDArray[np.uint32]:
        blocks = np.zeros((len(digits), 2), "<u8")
        blocks[:, 0] = digits
        return _reduced(self._numbers.encrypt(blocks)[:, 0]).astype(np.uint32)

    def _macs(self, digits: U64, values: pa.Array) -> U64:
        starts, ends, data = _text_of(values)
        text = np.ndarray((len(data) - _BLOCK + 1,), "V16", data, strides=(1,))  # the 16 bytes from each place on
        lengths = ends - starts
        first = np.empty((len(digits), 2), "<u8")
        first[:, 0], first[:, 1] = lengths, digits
        macs = self._rows.encrypt(first)
        rows = np.nonzero(lengths)[0]
        at = 0
        while len(rows) > _FEW:
            blocks = text[starts[rows] + at].view("<u8").reshape(-1, 2)
            blocks &= _MASKS[np.minimum(lengths[rows] - at, _BLOCK)]
            blocks ^= macs[rows]
            macs[rows] = self._rows.encrypt(blocks)
            at += _BLOCK
            rows = rows[lengths[rows] > at]
        for row in rows.tolist():
            macs[row] = self._rows.chain(macs[row], data[starts[row] + at : ends[row]])
        return macs.astype(np.uint64, copy=False)


class _Aes:
    """AES-128 of many blocks at once, each by itself: what the blocks are makes it secure, as above."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES128(key), modes.ECB())

    def encrypt(self, blocks: U64) -> U64:
        """Encrypts blocks of two integers each, in a new array."""
        done = bytearray(blocks.nbytes + _BLOCK - 1)
        encryptor = self._cipher.encryptor()
        encryptor.update_into(np.ascontiguousarray(blocks).data.cast("B"), done)
        return np.frombuffer(done, "<u8", count=blocks.size).reshape(-1, 2)

    def chain(self, before: U64, text: NDArray[np.uint8]) -> U64:
        """Encrypts a text block by block, each joined with the one before: the last block of it."""
        padded = text.tobytes() + bytes(-len(text) % _BLOCK)
        encryptor = Cipher(self._cipher.algorithm, modes.CBC(before.tobytes())).encryptor()
        return np.frombuffer(encryptor.update(padded)[-_BLOCK:], "<u8")


def _text_of(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text begins and ends, and all texts, with 16 zeros behind them."""
    bounds, data = _bounds(values)
    size = int(bounds[-1] - bounds[0])
    padded = np.zeros(size + _BLOCK, np.uint8)
    if size:
        padded[:size] = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    places = bounds.astype(np.int64) - bounds[0]
    return places[:-1], places[1:], padded


def _bounds(values: pa.Array) -> tuple[NDArray[Any], pa.Buffer]:
    """Where each text begins in the buffer of all texts, with the end of the last one; and the buffer."""
    _, offsets, data = values.buffers()
    kind = "<i8" if pa.types.is_large_string(values.type) else "<i4"
    return np.frombuffer(offsets, kind)[values.offset : values.offset + len(values) + 1], data


def _reduced(values: U64) -> U64:
    found: U64 = values % np.uint64(PRIME)
    return found


def bucket_of_each(phones: pa.Array, key: LedgerKey) -> pa.Array:
    """Each number's bucket. It mixes as SplitMix64 does (Steele, Lea, Flood 2014); arithmetic wraps at 64 bits."""
    mixed = pc.bit_wise_xor(phones, _u64(int.from_bytes(key.derive("bucket", 8), "big")))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = pc.multiply(pc.bit_wise_xor(mixed, pc.shift_right(mixed, _u64(shift))), _u64(factor))
    mixed = pc.bit_wise_xor(mixed, pc.shift_right(mixed, _u64(31)))
    return pc.bit_wise_and(mixed, _u64(BUCKETS - 1))


def _u64(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())
