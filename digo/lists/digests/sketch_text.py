"""A sketch's cells as a text for the state, and back. It is as short as its numbers allow."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from digo.lists.digests.row_delta import PRIME
from digo.lists.digests.row_digests import U64
from digo.lists.digests.sketch_cells import FURTHER_SUMS, OWN_SUMS, TABLES, Cells

BEGINNING = ":"  # no text in base64 begins so
_BITS = 31
_COUNT_BYTES = 4
_HEAD = struct.Struct("<BH")  # how many further tables there are, and how many cells each of them has
_DAMAGED = "the sketch is damaged, or of another shard"
# Go's JSON writes six characters for each of the first three.
_PLAIN = bytes.maketrans(b"<>&", b",./")
_BACK = bytes.maketrans(b",./", b"<>&")


def to_text(cells: Cells, *, complete: bool) -> str:
    """The cells as a text; the further cells are left out if they are not `complete`."""
    counts = cells.own_counts.astype("<u4").view(np.uint8).reshape(-1, _COUNT_BYTES).T.tobytes()
    sums = [cells.own.ravel()]
    head = _HEAD.pack(0, 0)
    if complete:
        head = _HEAD.pack(TABLES, cells.further.shape[1])
        sums.append(cells.further.ravel())
        counts += cells.further_counts.tobytes()
    packed = _pack(np.concatenate(sums))
    written = base64.b85encode(head + packed + zlib.compress(counts, 9)).translate(_PLAIN)
    return BEGINNING + written.decode()


def from_text(text: str, buckets: int, size: int) -> tuple[Cells, bool]:
    """The cells of a text, and whether the further cells are among them.

    Further cells of a version that has more or fewer of them are left out.

    Args:
        text: a text of `to_text`.
        buckets: how many buckets the shard has.
        size: how many cells each of its further tables has.

    Raises:
        ValueError: the text is damaged, or of a shard of another size.
    """
    if not text.startswith(BEGINNING):
        raise ValueError("this is not a sketch")
    try:
        content = base64.b85decode(text[len(BEGINNING) :].encode().translate(_BACK))
        found = _HEAD.unpack_from(content)
        further = found[0] * found[1]
        values = buckets * OWN_SUMS + further * FURTHER_SUMS
        end = _HEAD.size + -(-values * _BITS // 8)
        counts = zlib.decompress(content[end:])
    except (ValueError, struct.error, zlib.error):
        raise ValueError(_DAMAGED) from None
    if len(counts) != buckets * _COUNT_BYTES + further:
        raise ValueError(_DAMAGED)
    sums = _unpack(content[_HEAD.size : end], values)
    if sums.size and sums.max() >= PRIME:
        raise ValueError(_DAMAGED)
    return _cells(sums, counts, buckets, size, complete=found == (TABLES, size))


def _cells(sums: U64, counts: bytes, buckets: int, size: int, *, complete: bool) -> tuple[Cells, bool]:
    cells = Cells.empty(buckets, size)
    own = buckets * OWN_SUMS
    cells.own[:] = sums[:own].reshape(-1, OWN_SUMS)
    planes = np.frombuffer(counts, np.uint8, buckets * _COUNT_BYTES).reshape(_COUNT_BYTES, -1)
    cells.own_counts[:] = np.ascontiguousarray(planes.T).view("<u4").ravel()
    if complete:
        cells.further[:] = sums[own:].reshape(TABLES, size, FURTHER_SUMS)
        cells.further_counts[:] = np.frombuffer(counts, np.uint8, offset=planes.size).reshape(TABLES, size)
    return cells, complete


def _pack(values: U64) -> bytes:
    bits = np.unpackbits(values.astype(">u4").view(np.uint8)).reshape(-1, 32)[:, 1:]
    return np.packbits(bits).tobytes()


def _unpack(content: bytes, values: int) -> U64:
    bits: NDArray[np.uint8] = np.zeros((values, 32), np.uint8)
    bits[:, 1:] = np.unpackbits(np.frombuffer(content, np.uint8), count=values * _BITS).reshape(-1, _BITS)
    return np.packbits(bits).view(">u4").astype(np.uint64)
