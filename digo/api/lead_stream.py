"""Reads the leads of a list out of a JSON array as it comes, a piece at a time, into columns.

The reply has no paging: a million leads are about 1.2 GB, of which a comparison needs a twentieth. So no piece is kept,
and Python makes no object for a lead: Arrow's own JSON reader takes the columns out of each piece. A piece ends between
two leads. Such a place is guessed by its signs, and the guess is safe: a piece that was cut inside a text or an object
is not JSON, and is cut elsewhere then.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digo.text.unicode import visible

if TYPE_CHECKING:  # pyarrow takes long to import, and most runs read no leads
    import pyarrow as pa

PHONE = "field_0"
PIECE = 1024 * 1024  # so long that the work of one piece is small against its rows, and so short that memory is small
MOST_KEPT = 256 * 1024  # of a body that is not an array, for the message

_BETWEEN = re.compile(rb"\}\s*,\s*\Z")
_LOOK_BACK = 64  # bytes between two leads: a brace, a comma and spaces
_TRIES = 8  # guesses at the end of one piece
_SPACES = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Leads:
    """The leads of one list as the account has them, in its order.

    Attributes:
        numbers: each lead's `field_0` as the account spells it.
        columns: the other columns that were asked for, by the API's field. A column that is not set is "".
    """

    numbers: pa.ChunkedArray
    columns: Mapping[str, pa.ChunkedArray]

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def none(cls, fields: Iterable[str]) -> Leads:
        """No leads."""
        import pyarrow as pa

        return cls(pa.chunked_array([], pa.string()), {name: pa.chunked_array([], pa.string()) for name in fields})


class LeadStream:
    """Takes the body of a reply that lists leads. See `digo.api.reply_body.BodySink`.

    Args:
        fields: the columns to keep beside the phone.

    Attributes:
        problem: what is wrong with the array, as the end of a sentence; "" if nothing is.
        is_array: whether the body is an array. If it is not, `head` has its beginning.
    """

    def __init__(self, fields: Iterable[str]) -> None:
        self._names = (PHONE, *fields)
        self._rest = bytearray()
        self._due = PIECE
        self._pieces: list[Sequence[pa.Array]] = []
        self._count = 0
        self.problem = ""
        self.is_array: bool | None = None

    @property
    def head(self) -> bytes:
        """The beginning of a body that is not an array."""
        return b"" if self.is_array else bytes(self._rest[:MOST_KEPT])

    def add(self, piece: bytes) -> None:
        """Takes the next bytes."""
        if self.problem or (self.is_array is False and len(self._rest) >= MOST_KEPT):
            return
        self._rest += piece
        if self.is_array is None:
            self._look_at_beginning()
        while self.is_array and not self.problem and len(self._rest) >= self._due:
            if not self._take_piece():
                self._due = 2 * len(self._rest)  # one lead is longer than the piece, or its texts look like JSON
                return
            self._due = PIECE

    def end(self) -> None:
        """The connection has ended the body."""
        if self.is_array is None:
            self.is_array = False
        if not self.is_array or self.problem:
            return
        last = bytes(self._rest).rstrip(_SPACES)
        self._rest.clear()
        if not last.endswith(b"]"):
            self.problem = "the list is cut off"
        elif ((body := last[:-1].strip(_SPACES)) or self._count) and not self._parse(body):
            self.problem = "its end is not JSON"

    def leads(self) -> Leads:
        """The leads. The body must have ended without a problem."""
        import pyarrow as pa

        columns = [
            pa.chunked_array([piece[at] for piece in self._pieces], pa.string()) for at in range(len(self._names))
        ]
        return Leads(columns[0], dict(zip(self._names[1:], columns[1:], strict=True)))

    def _look_at_beginning(self) -> None:
        begin = bytes(self._rest[: len(_BOM) + 1])
        if len(begin) <= len(_BOM) and _BOM.startswith(begin[: len(_BOM)]):
            return
        stripped = self._rest.removeprefix(_BOM).lstrip(_SPACES)
        if not stripped:
            self._rest = stripped
            return
        self.is_array = stripped.startswith(b"[")
        if self.is_array:
            self._rest = stripped[1:]

    def _take_piece(self) -> bool:
        """Takes all whole leads out of the bytes so far; False if no place between two of them is found."""
        for end, begin in _cuts(self._rest):
            if self._parse(bytes(self._rest[:end])):
                del self._rest[:begin]
                return True
        return False

    def _parse(self, piece: bytes) -> bool:
        """Keeps the columns of some whole leads, which commas divide; False if the piece is no such thing."""
        found = _fast_columns(piece, self._names)
        if found is None:
            found = _slow_columns(piece, self._names)
        if found is None:
            return False
        columns, wrong = found
        if wrong is not None:
            self.problem = f"item {self._count + wrong + 1:,} of the list is not a lead"
            return True
        self._count += len(columns[0])
        self._pieces.append(columns)
        return True


def _cuts(content: bytearray) -> Iterator[tuple[int, int]]:
    """Where the last lead may end and the next one begin, the latest place first."""
    at, found = len(content), 0
    while found < _TRIES and (at := content.rfind(b"{", 0, at)) > 0:
        start = max(0, at - _LOOK_BACK)
        if between := _BETWEEN.search(bytes(content[start:at])):
            found += 1
            yield start + between.start() + 1, at


_Columns = tuple["Sequence[pa.Array]", "int | None"]
"""The columns of a piece, and the place of the first item that is not a lead."""


def _fast_columns(piece: bytes, names: Sequence[str]) -> _Columns | None:
    """Arrow's reader. It takes only texts and nulls, in UTF-8; None if there is anything else."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pj

    content = b'{"d":[' + piece + b"]}"
    lead = pa.struct([pa.field(name, pa.string()) for name in names])
    try:
        table = pj.read_json(
            io.BytesIO(content),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(content) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=pa.schema([("d", pa.list_(lead))]), unexpected_field_behavior="ignore"
            ),
        )
        leads = table["d"].combine_chunks().flatten()
        columns = leads.flatten()
        for column in columns:
            column.validate(full=True)  # Arrow does not look whether a text is UTF-8
    except pa.ArrowException:
        return None
    absent = pc.is_null(columns[0])
    wrong = pc.index(absent, value=True).as_py()
    filled = [column.fill_null("") for column in columns]
    return filled, None if wrong < 0 else wrong


def _slow_columns(piece: bytes, names: Sequence[str]) -> _Columns | None:
    """Python's reader, for a piece with other values than texts; None if it is not JSON."""
    import pyarrow as pa

    try:
        items = json.loads("[" + piece.decode("utf-8", "replace") + "]")
    except (ValueError, RecursionError):
        return None
    wrong = next((at for at, item in enumerate(items) if not _is_lead(item)), None)
    if wrong is not None:
        return (), wrong
    return [pa.array([_text(item.get(name)) for item in items], pa.string()) for name in names], None


def _is_lead(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get(PHONE), str | int)


def _text(value: Any) -> str:
    """A column's value as text: the page types some as Integer and shows them as String."""
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) else json.dumps(value)
