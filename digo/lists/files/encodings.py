"""The encoding of a CSV file: from its byte-order mark or from config, never guessed.

A file in another encoding than UTF-8 is read from a copy in UTF-8, which is gone after the reading. The copy has the
file's lines, so line numbers stay right.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digo.lists.files.byte_scan import LineCount, blocks, check_plain, is_gzip
from digo.lists.files.copy_folder import copy_folder
from digo.lists.files.file_problem import FileProblem
from digo.text.unicode import is_unicode

_UTF8 = "utf-8"
_MARKS = (  # the longer ones first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, _UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEED_MARK = {"utf-16": "UTF-16", "utf-32": "UTF-32"}
_NO_FILES = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "unicode_escape"}
"""Python has them as encodings of text, and no file of a spreadsheet has them."""


def check_encoding(name: str) -> str:
    """Returns the encoding if files of text can have it.

    Args:
        name: a name that Python's codecs know, in any spelling, such as `windows-1252` or `cp1252`.

    Raises:
        ValueError: there is no such encoding; the message says why.
    """
    try:
        found = codecs.lookup(name)
        if found.name in _NO_FILES or found.incrementaldecoder is None:
            raise LookupError
        "".encode(name)  # refuses what Python calls a codec and what turns no text into bytes, such as base64
    except (LookupError, ValueError):
        raise ValueError(
            f"`{name}` is not an encoding of text; write its name as Python has it, such as windows-1252, utf-16-le, "
            "iso-8859-15 or shift_jis"
        ) from None
    return name


@contextmanager
def as_utf8(path: Path, encoding: str | None) -> Iterator[Path]:
    """The file itself if it is UTF-8; otherwise a copy in UTF-8, which exists inside the context.

    Args:
        path: a CSV file, plain or gzip.
        encoding: its encoding by config; None for UTF-8, or what its mark says.

    Raises:
        FileProblem: it cannot be read, its bytes are no such text, or its mark says something else.
    """
    check_plain(path)
    mark, marked = _mark(path)
    used = _agreed(encoding, marked)
    if used is None:
        yield path
        return
    with copy_folder() as folder:
        copy = folder / "list.csv"
        _convert(path, copy, used, encoding or used, len(mark))
        yield copy


def _mark(path: Path) -> tuple[bytes, str | None]:
    """The file's byte-order mark and its encoding. A file that cannot be read has none: its reading says why."""
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return b"", None
    return next(((mark, encoding) for mark, encoding in _MARKS if head.startswith(mark)), (b"", None))


def _agreed(encoding: str | None, marked: str | None) -> str | None:
    """The encoding by config and mark, as Python names it; None for UTF-8.

    Raises:
        FileProblem: the two differ, or the mark is missing.
    """
    if encoding is None:
        return None if marked == _UTF8 else marked
    name = codecs.lookup(encoding).name
    if marked is None:
        if name in _NEED_MARK:
            both = f"`{name}-le` or `{name}-be`"
            raise FileProblem(
                f"the file has no byte-order mark, and {_NEED_MARK[name]} without one has two orders; name {both}"
            )
        return None if name in (_UTF8, "utf-8-sig") else name
    family = marked[: len("utf-16")]
    if name not in (marked, family, f"{marked}-sig"):
        raise FileProblem(
            f"config says `{encoding}`, and the file begins with the byte-order mark of {marked.upper()}; take out "
            "`encoding`, which a file with a mark does not need, or bring the file that is meant"
        )
    return None if marked == _UTF8 else marked


def _convert(path: Path, copy: Path, encoding: str, named: str, skipped: int) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = LineCount()
    with copy.open("wb") as file:
        try:
            for block in blocks(path, encoding):
                text = _decoded(decoder, block[skipped:], lines, named)
                skipped = 0
                lines.add(text)
                file.write(text)
            file.write(_decoded(decoder, b"", lines, named))
        except OSError as problem:
            raise FileProblem(f"no copy of it in UTF-8 can be made: {problem.strerror}") from None


def _decoded(decoder: codecs.IncrementalDecoder, block: bytes, lines: LineCount, named: str) -> bytes:
    """The block's text in UTF-8. An empty block is the end.

    Raises:
        FileProblem: it is no such text. The problem has the line.
    """
    state = decoder.getstate()
    try:
        return decoder.decode(block, final=not block).encode()
    except (UnicodeError, ValueError):
        decoder.setstate(state)
        lines.add(_good_part(decoder, block))
        raise FileProblem(
            f"the file is not {named} text; name its encoding, or save it as CSV UTF-8", lines.line
        ) from None


def _good_part(decoder: codecs.IncrementalDecoder, block: bytes) -> bytes:
    """What can be decoded of a block, in UTF-8."""
    good: list[bytes] = []
    for at in range(len(block)):
        try:
            text = decoder.decode(block[at : at + 1])
        except (UnicodeError, ValueError):
            break
        if not is_unicode(text):
            break
        good.append(text.encode())
    return b"".join(good)
