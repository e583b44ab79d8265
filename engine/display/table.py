"""The rows as a table that fits the terminal's width: nothing wraps, and the names stay readable.

Source of the layout: pulumi/pulumi, `pkg/backend/display/tableutil.go`. Short types are this engine's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from rich.cells import cell_len, set_cell_size
from rich.text import Text

DOTS = ("", ".", "..", "...")
_GAP = "  "


class TypeColumn(IntEnum):
    """How the types are shown: whole, without package and folders, or not at all. A narrower one is greater."""

    WHOLE = 0
    SHORT = 1
    NONE = 2


_INFO_WIDTH = {TypeColumn.WHOLE: 40, TypeColumn.SHORT: 20, TypeColumn.NONE: 20}
"""So much of the information is worth a narrower column of types: `1,234 of 10,000 rows`, or all of a progress."""
_STATUS_WIDTH = len("creating (10s)...")
"""A status grows while it is shown. The columns are chosen for this one."""
_NAME_WIDTH = 16
_ELLIPSIS = "…"


@dataclass
class Cells:
    """The cells of one line, and their widths.

    Attributes:
        branch: the tree's branches in front of the type.
        type: the whole type; None where the line has no column of types.
        short_type: the short type.
        dots: they follow the status of a row that is not done; None for others.
    """

    sign: Text
    branch: str
    type: Text | None
    short_type: Text | None
    name: Text
    status: Text
    info: Text
    dots: Text | None = None

    def __post_init__(self) -> None:
        self.room_for_dots = 0 if self.dots is None else len(DOTS) - 1
        self.branch_width = cell_len(self.branch)
        self.sign_width, self.name_width = self.sign.cell_len, self.name.cell_len
        self.status_width, self.info_width = self.status.cell_len, self.info.cell_len
        types = {TypeColumn.WHOLE: self.type, TypeColumn.SHORT: self.short_type}
        self.type_widths = {column: text.cell_len if text is not None else 0 for column, text in types.items()}


@dataclass(frozen=True)
class Table:
    """The lines' cells, the titles first, for a terminal of `width` columns.

    `widest` is the widest column of types to use. In the frames of one run it never gets wider again, so that the
    columns do not jump with every status.
    """

    rows: Sequence[Cells]
    width: int
    widest: TypeColumn = TypeColumn.WHOLE

    @cached_property
    def types(self) -> TypeColumn:
        """The column of types that there is room for."""
        if self._shows_urns:
            return TypeColumn.NONE
        for types in (TypeColumn.WHOLE, TypeColumn.SHORT)[self.widest :]:
            if self._needed(types) + self._info(types) < self.width:
                return types
        return TypeColumn.NONE

    @cached_property
    def _shows_urns(self) -> bool:
        return bool(self.rows) and self.rows[0].type is None

    def _info(self, types: TypeColumn) -> int:
        # The information of most rows is short. That of a few errors takes what there is.
        return min(max(cells.info_width for cells in self.rows), _INFO_WIDTH[types])

    @cached_property
    def _sign(self) -> int:
        return max(cells.sign_width for cells in self.rows)

    @cached_property
    def _status(self) -> int:
        # There is room for all dots, so that the width stays constant while their number changes.
        return max(cells.status_width + cells.room_for_dots for cells in self.rows)

    @cached_property
    def _name(self) -> int:
        room = self.width - 1 - self._info(self.types) - (self._needed(self.types) - self._widest_name)
        return min(self._widest_name, max(room, _NAME_WIDTH))

    @cached_property
    def _widest_name(self) -> int:
        return max(self._branch_width(cells) + cells.name_width for cells in self.rows)

    def _branch_width(self, cells: Cells) -> int:
        """The width of the branches in front of the name. The narrowest terminals have no room for them."""
        return cells.branch_width if self._shows_urns else 0

    def _type_width(self, types: TypeColumn) -> int:
        return max(cells.branch_width + cells.type_widths[types] for cells in self.rows)

    def _needed(self, types: TypeColumn) -> int:
        """The width of all columns but the last, with the gaps."""
        status = max(self._status, _STATUS_WIDTH)
        fixed = 1 + self._sign + status + 3 * len(_GAP) + self._widest_name
        return fixed if types is TypeColumn.NONE else fixed + self._type_width(types) + len(_GAP)

    def line(self, cells: Cells) -> Text:
        """The cells as one line, padded to the columns' widths and cut at the terminal's edge."""
        line = Text(" ")
        _add(line, cells.sign, self._sign - cells.sign_width)
        shown = {TypeColumn.WHOLE: cells.type, TypeColumn.SHORT: cells.short_type}.get(self.types)
        if shown is not None:
            line.append(cells.branch)
            _add(line, shown, self._type_width(self.types) - cells.branch_width - cells.type_widths[self.types])
        elif self._shows_urns:
            line.append(cells.branch)
        room = self._name - self._branch_width(cells)
        name = _cut_in_the_middle(cells.name, room)
        _add(line, name, room - name.cell_len)
        line.append_text(cells.status)
        dots = cells.dots or Text("")
        _add(line, dots, self._status - cells.status_width - dots.cell_len)
        line.append_text(cells.info)
        return cut(line, self.width)


def cut(line: Text, width: int) -> Text:
    """The line with at most `width` - 1 columns: a terminal may wrap one that fills its last column."""
    line.rstrip()
    line.truncate(max(width - 1, 1), overflow="ellipsis")
    return line


def _add(line: Text, text: Text, missing: int) -> None:
    line.append_text(text).append(" " * missing + _GAP)


def _cut_in_the_middle(name: Text, width: int) -> Text:
    """A long name with its beginning and its end, which are what tells names apart."""
    if name.cell_len <= width:
        return name
    first = max((width - 1) // 2, 1)
    rest = max(width - 1 - first, 1)
    plain = name.plain
    begin = set_cell_size(plain, first).rstrip()
    end = set_cell_size(plain[::-1], rest).rstrip()[::-1]
    return Text(f"{begin}{_ELLIPSIS}{end}", name.style)
