"""Reads the header of a CSV file: column names, delimiter, and where the rows begin."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from digo.lists.files.byte_scan import BLOCK_BYTES, blocks, is_gzip, likely_encoding, line_ends, not_utf8
from digo.lists.files.file_problem import FileProblem, HeaderProblem, NotUtf8
from digo.lists.files.quotes import is_left_open
from digo.text.did_you_mean import closest

SIGNS = ",;\t|"
SHOWN_NAMES, SHOWN_SIGNS = 10, 40
_FIRST_BYTES = 1 << 16  # most headers fit in this; for a longer one, the size grows by this factor
_MORE = 8
_BOM = b"\xef\xbb\xbf"
_ADVICE = "save it as CSV UTF-8"
_GZIP = b"\x1f\x8b"
_OLE = b"\xd0\xcf\x11\xe0"
_NO_TEXT = {  # the first bytes of other kinds of files
    b"\xff\xfe": f"UTF-16 text; {_ADVICE}",
    b"\xfe\xff": f"UTF-16 text; {_ADVICE}",
    b"PK\x03\x04": f"a zip archive, as a workbook of Excel is; {_ADVICE}",
    _OLE: f"a workbook of an old Excel; {_ADVICE}",
    _GZIP: "compressed; give it a name that ends in .csv.gz",
    b"PAR1": "Parquet; give it a name that ends in .parquet",
}
# Excel's own line before the header. A program that saved the file again may have added quotes and empty cells.
_SEP_LINE = re.compile(r'"?sep=(?P<sign>\\t|[^\r\n])?"?(?P<rest>[^\r\n]*)(?:\r\n|\r|\n|$)', re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """A CSV file's header.

    Attributes:
        names: the column names without surrounding spaces; "" for a column without a name.
        sign: the delimiter.
        offset: where the first row begins, in bytes from the beginning of the file.
        line: the line of the header.
        rows_line: the line on which the first row begins.
        alone: whether nothing follows the header.
    """

    names: list[str]
    sign: str
    offset: int
    line: int
    rows_line: int
    alone: bool


def read_header(path: Path, wanted: Collection[str]) -> Header:
    """Reads the file's header: its first record that is not blank, after Excel's `sep=` line if there is one.

    Args:
        path: the file.
        wanted: the columns that the caller needs; they help to find the delimiter.

    Raises:
        FileProblem: the file cannot be read, or is not UTF-8 text.
        HeaderProblem: there is no header, or it cannot be understood.
    """
    reading = blocks(path)
    read, ended, size = b"", False, _FIRST_BYTES
    while True:
        while not ended and len(read) < size:
            block = next(reading, b"")
            read, ended = read + block, not block
        try:
            return _header(path, read[:size], wanted, whole=ended and len(read) <= size)
        except _Unfinished:
            if size >= BLOCK_BYTES:
                raise HeaderProblem(f"the header is longer than {BLOCK_BYTES >> 20} MiB; is it a CSV file?") from None
            size *= _MORE


class _Unfinished(Exception):
    """The header may continue after the bytes that were read."""


def _header(path: Path, head: bytes, wanted: Collection[str], *, whole: bool) -> Header:
    for magic, what in _NO_TEXT.items():
        if head.startswith(magic):
            raise FileProblem(
                "the file is compressed twice" if is_gzip(path) and magic == _GZIP else f"the file is {what}"
            )
    if not head.removeprefix(_BOM).strip():
        if not whole:
            raise _Unfinished
        raise HeaderProblem("the file is empty; its first line is a header with the names of the columns")
    skipped = len(_BOM) if head.startswith(_BOM) else 0
    text = _decoded(path, head[skipped:], whole=whole)
    if "\0" in text.lstrip("\r\n").partition("\n")[0]:  # the csv module of Python 3.10 cannot read it
        raise NotUtf8(f"the header has NUL characters: UTF-16 text has them; {_ADVICE}", perhaps=likely_encoding(head))
    start, sign = _behind_sep_line(text)
    records = {one: _first_record(text, start, one) for one in (sign or SIGNS)}
    best = _best(records, wanted)
    record = records[best]
    if record.end == len(text) and not whole:
        raise _Unfinished
    before = 1 + line_ends(text[: record.start].encode())
    if record.problem:
        raise HeaderProblem(record.problem, before)
    if not any(record.names):
        raise HeaderProblem("the file has no header: each of its lines is blank", before)
    if sign and len(record.names) == 1 and any(other in record.names[0] for other in SIGNS):
        raise HeaderProblem(f"the line before says that `{sign}` is between columns, and here it is not", before)
    offset = skipped + len(text[: record.end].encode())
    rows_line = 1 + line_ends(text[: record.end].encode())
    return Header(record.names, best, offset, before, rows_line, whole and record.end == len(text))


def _decoded(path: Path, head: bytes, *, whole: bool) -> str:
    try:
        return head.decode()
    except UnicodeDecodeError as problem:
        if whole or len(head) - problem.start > 3:  # otherwise only the last character is cut in two
            raise not_utf8(path) from None
        return head[: problem.start].decode()


def _behind_sep_line(text: str) -> tuple[int, str | None]:
    """The end of a line `sep=;` and its delimiter; 0 and None without such a line."""
    blank = len(text) - len(text.lstrip("\r\n"))
    found = _SEP_LINE.match(text, blank)
    if found is None:
        return 0, None
    sign = {"\\t": "\t", '"': None}.get(found["sign"], found["sign"])
    if found["rest"].strip(f'" {SIGNS}{sign or ""}') or (sign or ",").isalnum() or not (sign or ",").isascii():
        line = found[0].strip()[:20]
        raise HeaderProblem(f"the line `{line}` names no sign between columns; write `sep=;`, or take the line out")
    return found.end(), sign


@dataclass(frozen=True)
class _Record:
    names: list[str]
    start: int
    end: int
    problem: str = ""


def _first_record(text: str, start: int, sign: str) -> _Record:
    """The first record that is not blank, if `sign` is the delimiter."""
    stream = io.StringIO(text, newline="")
    stream.seek(start)
    reader = csv.reader(stream, delimiter=sign)
    while True:
        begin = stream.tell()
        try:
            cells = [cell.strip() for cell in next(reader, ())]
        except csv.Error:
            open_ = is_left_open(text[begin:], sign)
            problem = (
                _LEFT_OPEN if open_ else f"a name in the header is longer than {csv.field_size_limit():,} characters"
            )
            return _Record([], begin, begin, problem)
        end = stream.tell()
        if any(cells) or end == len(text):
            left_open = end == len(text) and is_left_open(text[begin:], sign)
            return _Record(cells, begin, end, _LEFT_OPEN if left_open else "")


_LEFT_OPEN = "a quote that opens in the header is never closed"


def _best(records: dict[str, _Record], wanted: Collection[str]) -> str:
    looked_for = {as_seen(name) for name in wanted}
    known = {sign: len({as_seen(name) for name in one.names} & looked_for) for sign, one in records.items()}
    if any(known.values()):
        return max(records, key=lambda sign: known[sign])
    return max(records, key=lambda sign: len(records[sign].names))


def as_seen(name: str) -> str:
    """A column's name as people see it.

    Composed and decomposed accents, kinds of spaces, and invisible characters make no difference.
    """
    shown = "".join(sign for sign in unicodedata.normalize("NFC", name) if unicodedata.category(sign) != "Cf")
    return " ".join(shown.split())


def columns_of(
    have: Sequence[str], wanted: Collection[str], optional: Collection[str] = (), line: int = 1
) -> dict[str, int]:
    """The index of each wanted column and of each optional column that exists. `line` is the header's.

    Raises:
        HeaderProblem: a wanted column is missing, or one of these columns is there twice.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(have):
        places[as_seen(name)].append(place)
    asked = [*wanted, *(name for name in optional if as_seen(name) in places)]
    for name in asked:
        if as_seen(name) not in places:
            raise HeaderProblem(f"the header has no column `{name}`; {_hint(name, [one for one in have if one])}", line)
        if len(places[as_seen(name)]) > 1:
            raise HeaderProblem(f"the header has the column `{name}` twice", line)
    return {name: places[as_seen(name)][0] for name in asked}


def _hint(name: str, have: Sequence[str]) -> str:
    same = next((one for one in have if one.casefold() == name.casefold()), None)
    if near := same or closest(name, have):
        return f"did you mean `{near}`?"
    shown = ", ".join(f"`{_short(one)}`" for one in have[:SHOWN_NAMES])
    return f"it has {shown or 'no name at all'}{' …' if len(have) > SHOWN_NAMES else ''}"


def _short(name: str) -> str:
    """A name for a message. In a wrong encoding, or without a header, a whole file may be one name."""
    return name if len(name) <= SHOWN_SIGNS else f"{name[:SHOWN_SIGNS]}…"
