"""Files without a name, which parent and workers share by their descriptors.

Nobody can find such a file by a path, and it is gone with the last process that has it open, however that ends. On
Linux it is memory (`memfd_create`), which needs no room in a temporary folder and can be sealed: the kernel then
refuses every change. Elsewhere it is a temporary file whose name is removed at once.
"""

from __future__ import annotations

import os
import tempfile

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_FIXED_SIZE = ("F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_SEAL")
_FIXED_CONTENT = ("F_SEAL_WRITE", *_FIXED_SIZE)


def private_file(name: str) -> int:
    """The descriptor of a new, empty file. The caller closes it. `name` is only for people who look at a process.

    Raises:
        OSError: there is no memory, no room or no descriptor for it.
    """
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with tempfile.TemporaryFile(prefix=name) as file:
        return os.dup(file.fileno())


def seal(descriptor: int) -> None:
    """Makes content and size of the file unchangeable, where the system can."""
    _seal(descriptor, _FIXED_CONTENT)


def seal_size(descriptor: int) -> None:
    """Makes the size of the file unchangeable, if the system can: a process that maps it needs no length check."""
    _seal(descriptor, _FIXED_SIZE)


def _seal(descriptor: int, names: tuple[str, ...]) -> None:
    if hasattr(os, "memfd_create") and hasattr(fcntl, "F_ADD_SEALS"):
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, sum(getattr(fcntl, name) for name in names))


def write_all(descriptor: int, content: bytes) -> None:
    """Writes the content at the file's position.

    Raises:
        OSError: it cannot be written whole.
    """
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
