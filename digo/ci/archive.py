"""Reads one file of a zip archive that a job has kept, up to a limit."""

from __future__ import annotations

import io
import zipfile
import zlib

from digo.system.limits import CONFIG_MIB


def member_of(archive: bytes, name: str) -> bytes:
    """The content of the file `name` in the archive.

    Raises:
        KeyError: the archive has no such file, or is not an archive.
        ValueError: the file is too large, or damaged. The message says which.
    """
    most = CONFIG_MIB.value() << 20
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened, opened.open(name) as file:
            content = file.read(most + 1)  # the size that the archive states may be another
    except zipfile.BadZipFile as problem:
        if "CRC" in str(problem):
            raise ValueError("it is damaged") from None
        raise KeyError(name) from None
    except (zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        raise ValueError("it is damaged, or packed in a way that cannot be read") from None
    if len(content) > most:
        raise ValueError(f"it has more than {most >> 20:,} MiB, unpacked; {CONFIG_MIB.way_out}")
    return content
