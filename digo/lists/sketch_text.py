"""A sketch's cells as a text for the state, and back. It is as short as its numbers allow."""

from __future__ import annotations

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

from digo.lists.row_delta import PRIME
from digo.lists.row_digests import U64
from digo.lists.sketch_cells import FURTHER_SUMS, OWN_SUMS, TABLES, Cells

BEGINNING = ":"  # no text in base64 begins so
_BITS = 31
_COUNT_BYTES = 4
# Go's JSON writes six characters for each of the first three.
_PLAIN = bytes.maketrans(b"<>&", b",./")
_BACK = bytes.maketrans(b",./", b"<>&")


def to_text(cells: Cells, *, complete: bool) -> str:
    """The cells as a text; the further cells are left out if they are not `complete`."""
    counts = cells.own_counts.astype("<u4").view(np.uint8).reshape(-1, _COUNT_BYTES).T.tobytes()
    sums = [cells.own.ravel()]
    if complete:
        sums.append(cells.further.ravel())
        counts += cells.further_counts.tobytes()
    packed = _pack(np.concatenate(sums))
    written = base64.b85encode(packed + zlib.compress(counts, 9)).translate(_PLAIN)
    return BEGINNING + written.decode()


def from_text(text: str, buckets: int, size: int) -> tuple[Cells, bool]:
    """The cells of a text, and whether the further cells are among them.

    Args:
        text: a text of `to_text`.
        buckets: how many buckets the shard has.
        size: how many cells each of its further tables has.

    Raises:
        ValueError: the text is damaged, or of a shard of another size.
    """
    if not text.startswith(BEGINNING):
        raise ValueError("this is no sketch")
    content = base64.b85decode(text[len(BEGINNING) :].encode().translate(_BACK))
    own, further = buckets * OWN_SUMS, TABLES * size * FURTHER_SUMS
    for complete, values in ((True, own + further), (False, own)):
        packed = -(-values * _BITS // 8)
        try:
            counts = zlib.decompress(content[packed:])
        except zlib.error:
            continue
        if len(counts) == buckets * _COUNT_BYTES + complete * TABLES * size:
            return _cells(_unpack(content[:packed], values), counts, buckets, size), complete
    raise ValueError("the sketch is damaged, or of another shard")


def _cells(sums: U64, counts: bytes, buckets: int, size: int) -> Cells:
    if sums.size and sums.max() >= PRIME:
        raise ValueError("the sketch is damaged: a sum is too large")
    cells = Cells.empty(buckets, size)
    own = buckets * OWN_SUMS
    cells.own[:] = sums[:own].reshape(-1, OWN_SUMS)
    planes = np.frombuffer(counts, np.uint8, buckets * _COUNT_BYTES).reshape(_COUNT_BYTES, -1)
    cells.own_counts[:] = np.ascontiguousarray(planes.T).view("<u4").ravel()
    if sums.size > own:
        cells.further[:] = sums[own:].reshape(TABLES, size, FURTHER_SUMS)
        cells.further_counts[:] = np.frombuffer(counts, np.uint8, offset=planes.size).reshape(TABLES, size)
    return cells


def _pack(values: U64) -> bytes:
    bits = np.unpackbits(values.astype(">u4").view(np.uint8)).reshape(-1, 32)[:, 1:]
    return np.packbits(bits).tobytes()


def _unpack(content: bytes, values: int) -> U64:
    bits: NDArray[np.uint8] = np.zeros((values, 32), np.uint8)
    bits[:, 1:] = np.unpackbits(np.frombuffer(content, np.uint8), count=values * _BITS).reshape(-1, _BITS)
    return np.packbits(bits).view(">u4").astype(np.uint64)
