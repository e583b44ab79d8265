"""Puts the memory of a process into huge pages, so that its forks are cheap.

A fork copies the page table. A warm server with 130 MB of objects has 30,000 entries of small pages, and copying and
freeing them takes longer than all that a short command does. Of huge pages (2 MB) there are a few dozen. Linux 6.1 and
later have the call for it (madvise(2), MADV_COLLAPSE); elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

_MADV_COLLAPSE = 25
_HUGE = 1 << 21


def use_huge_pages() -> None:
    """Does so for all memory that this process may write and shares with no file."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return
    libc = ctypes.CDLL(None)
    for line in maps.read_text().splitlines():
        addresses, modes, _, _, inode, *name = line.split(maxsplit=5)
        if modes != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
            continue
        begin, end = (int(address, 16) for address in addresses.split("-"))
        begin, end = -(-begin // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if begin < end:
            libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _MADV_COLLAPSE)
