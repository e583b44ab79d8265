"""The rows that the account has of a list, in the form in which config's rows are compared: by number, in columns."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from digo.api.lead_stream import Leads
from digo.lists.rows.list_rows import BETWEEN_VALUES

_LONGEST = 15  # digits of a number with its country code (ITU-T E.164)
_NATIONAL = 10  # digits of a number without it, as the product's own country writes them
_NO_NUMBER = 0


@dataclass(frozen=True)
class LiveRows:
    """The rows of one list on the account, in its order.

    Attributes:
        phones: the digits of each number as it is spelled, as unsigned integers; 0 where there is no usable number.
        bare: whether a number is spelled without its country code, as far as its spelling tells.
        numbers: each number as the account spells it.
        values: the columns that config manages, joined as `Rows.values` are.
    """

    phones: pa.Array
    bare: pa.Array
    numbers: pa.Array
    values: pa.Array

    @classmethod
    def of(cls, leads: Leads, fields: tuple[str, ...]) -> LiveRows:
        """The rows, with these columns. `leads` must have been read with them."""
        numbers = leads.numbers.cast(pa.large_string()).combine_chunks()
        digits = pc.replace_substring_regex(numbers, r"[^0-9]", "")
        usable = pc.and_(pc.greater(pc.binary_length(digits), 0), pc.less_equal(pc.binary_length(digits), _LONGEST))
        phones = pc.if_else(usable, digits, str(_NO_NUMBER)).cast(pa.uint64())
        short = pc.less(phones, pa.scalar(10**_NATIONAL, pa.uint64()))
        bare = pc.and_(short, pc.invert(pc.starts_with(pc.utf8_ltrim_whitespace(numbers), "+")))
        columns = [leads.columns[name].cast(pa.large_string()).combine_chunks() for name in fields]
        between = pa.scalar(BETWEEN_VALUES if columns else "", pa.large_string())
        values = pc.binary_join_element_wise(*columns, between) if columns else pa.repeat(between, len(numbers))
        return cls(phones, bare, numbers, values)

    def __len__(self) -> int:
        return len(self.phones)

    def places_in(self, wanted: pa.Array) -> pa.Array:
        """For each row, the place of its number in `wanted` (with country codes); null where it is not there.

        A number that is spelled without its country code is the wanted one with the same last ten digits, if there is
        only one, and if the account has that one in no whole spelling.
        """
        places = pc.index_in(self.phones, value_set=wanted)
        open_ = pc.and_(self.bare, pc.is_null(places))
        if not pc.any(open_).as_py():
            return places
        ends = _ends(wanted)
        counted = pc.value_counts(ends)
        twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        unmatched = pc.invert(pc.is_in(wanted, value_set=self.phones))
        single = pc.and_(pc.invert(pc.is_in(ends, value_set=twice)), unmatched)
        where = pc.indices_nonzero(single).cast(pa.int32())
        by_end = where.take(pc.index_in(self.phones, value_set=ends.take(where)))
        return pc.if_else(open_, by_end, places)

    def spelled_like(self, wanted: pa.Array) -> pa.Array:
        """Whether a row may be one of the wanted numbers: by its last ten digits, if its spelling has no more."""
        return pc.and_(self.bare, pc.is_in(self.phones, value_set=_ends(wanted)))

    @property
    def has_number(self) -> pa.Array:
        """Whether a row has a usable number."""
        return pc.not_equal(self.phones, pa.scalar(_NO_NUMBER, pa.uint64()))


def _ends(phones: pa.Array) -> pa.Array:
    """The last ten digits of each number. Leading zeros are lost on both sides of a comparison."""
    base = pa.scalar(10**_NATIONAL, pa.uint64())
    return pc.subtract(phones, pc.multiply(pc.divide(phones, base), base))
