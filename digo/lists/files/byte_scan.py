"""Reads a file's bytes, uncompressed, and finds all that is wrong with them before they are parsed."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digo.lists.files.file_problem import FileProblem, NotUtf8, reason
from digo.system.limits import LIST_MIB
from digo.system.regular_file import kind_of
from digo.text.unicode import is_unicode

BLOCK_BYTES = 4 << 20
BEHIND_THE_END = "something follows the end of the compressed data; compress the file again"


def is_gzip(path: Path) -> bool:
    """Whether the file is compressed, by its name."""
    return path.name.lower().endswith(".gz")


def check_plain(path: Path) -> None:
    """Checks that the path is a file, or a link to one. Opening a pipe would wait forever.

    Raises:
        FileProblem: it is something else, or does not exist.
    """
    if not is_unicode(str(path)):
        raise FileProblem("its name is not UTF-8 text, and the library that reads files takes no such name; rename it")
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        raise FileProblem(f"it cannot be read: {reason(problem)}") from None
    if what := kind_of(mode):
        raise FileProblem(f"it is {what}, and a file is due here")


class SizeLimit:
    """Counts a file's bytes as they are unpacked, up to the limit."""

    def __init__(self) -> None:
        self._most = LIST_MIB.value() << 20
        self._size = 0

    def add(self, size: int) -> None:
        """Counts the next bytes.

        Raises:
            FileProblem: there are too many: the file is a bomb, a device, or grows while it is read.
        """
        self._size += size
        if self._size > self._most:
            raise FileProblem(f"it has more than {self._most >> 20:,} MiB, unpacked; {LIST_MIB.way_out}")


@dataclass(frozen=True)
class ScanResult:
    """What one pass over the bytes found.

    Attributes:
        tail: at least the last 4 MiB of the file, or all of it.
        lone_returns: whether there is a CR without LF, as a line end of old Macs or inside a cell.
    """

    tail: bytes
    lone_returns: bool


def blocks(path: Path, encoding: str = "utf-8") -> Iterator[bytes]:
    """The file's bytes in blocks of some MiB, uncompressed. A problem's line needs the encoding.

    Raises:
        FileProblem: it cannot be read, is damaged, or is too large. The problem's line is the last readable one.
    """
    limit = SizeLimit()
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                limit.add(len(block))
                yield block
    except (OSError, EOFError, zlib.error) as problem:
        good, line = _readable_part(path, encoding) if is_gzip(path) else (0, 1)
        raise FileProblem(f"it cannot be read: {_why(problem, good)}", line) from None


def scan(path: Path) -> ScanResult:
    """Reads the file once, to check that it can be read to its end and is UTF-8 text.

    Raises:
        FileProblem: one of these does not hold. It has the line.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    last, before, lone_returns, ends_in_return = b"", b"", False, False
    for block in blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            raise not_utf8(path) from None
        lone_returns = lone_returns or _lone_returns(block, after_return=ends_in_return)
        ends_in_return = block.endswith(b"\r")
        last, before = block, last
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise not_utf8(path) from None
    return ScanResult(before + last, lone_returns or ends_in_return)


def not_utf8(path: Path) -> FileProblem:
    """The problem of a file that is not UTF-8, with the first bad line. It reads the file again."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    counting, head = LineCount(), b""
    for block in blocks(path):
        head = head or block
        text = decoder.decode(block)
        if not is_unicode(text):
            good = next(place for place, sign in enumerate(text) if not is_unicode(sign))
            counting.add(text[:good].encode())
            break
        counting.add(text.encode())
    return NotUtf8("the file is not UTF-8 text; save it as CSV UTF-8", counting.line, likely_encoding(head))


def likely_encoding(head: bytes) -> str:
    """An example of an encoding for a message, from a file's first bytes. Nothing is read by it."""
    return {0: "utf-16-be", 1: "utf-16-le"}.get(head[:2].find(b"\0"), "windows-1252")


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a file that `scan` has checked, with their line ends.

    Raises:
        FileProblem: it can no longer be read.
    """
    try:
        with gzip.open(path, "rb") if is_gzip(path) else path.open("rb") as file:
            yield from io.TextIOWrapper(file, encoding="utf-8", newline="")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as problem:
        raise FileProblem(f"it cannot be read: {_why(problem, 1)}") from None


class LineCount:
    """Counts lines as editors do: CRLF, LF and CR each end one. `line` is the line of the next byte."""

    def __init__(self) -> None:
        self.line = 1
        self._ends_in_return = False

    def add(self, block: bytes) -> None:
        """Counts the next bytes."""
        if not block:
            return
        self.line += line_ends(block)
        if self._ends_in_return and block.startswith(b"\n"):
            self.line -= 1
        self._ends_in_return = block.endswith(b"\r")


def last_line(tail: bytes) -> bytes:
    """The last line in the last bytes of a file."""
    body = tail.removesuffix(b"\n").removesuffix(b"\r")
    return body[max(body.rfind(b"\n"), body.rfind(b"\r")) + 1 :]


def line_ends(block: bytes) -> int:
    """How many lines end in the block."""
    found = block.count(b"\n")
    if b"\r" in block:
        found += block.count(b"\r") - block.count(b"\r\n")
    return found


def _lone_returns(block: bytes, *, after_return: bool) -> bool:
    if after_return and not block.startswith(b"\n"):
        return True
    if b"\r" not in block:
        return False
    return block.count(b"\r") - block.endswith(b"\r") != block.count(b"\r\n")


def _why(problem: BaseException, good: int) -> str:
    if isinstance(problem, EOFError):
        return "the compressed data end too early, as after a copy that was cut off; bring the file again"
    if isinstance(problem, gzip.BadGzipFile):
        if "Not a gzipped file" in str(problem):
            return BEHIND_THE_END if good else "it is not a gzip file"
        if "method" in str(problem):
            return "its compression is none that gzip has, or it is damaged; compress the file again"
        wrong = "checksum" if "CRC" in str(problem) else "length"
        return f"the {wrong} of the compressed data is wrong: they are damaged; bring the file again"
    if isinstance(problem, zlib.error):
        return "the compressed data are damaged; bring the file again"
    return reason(problem)


def _readable_part(path: Path, encoding: str) -> tuple[int, int]:
    """How many bytes of a damaged file can be unpacked, and the line on which they end.

    It reads the file again, only for the message.
    """
    counting, good = LineCount(), 0
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    try:
        with gzip.open(path) as file:
            while block := file.read1(BLOCK_BYTES):
                counting.add(decoder.decode(block).encode())
                good += len(block)
    except (OSError, EOFError, zlib.error):
        pass
    return good, counting.line
