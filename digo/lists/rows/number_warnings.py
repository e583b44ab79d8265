"""Finds the numbers of a column in ranges that no numbering plan assigns.

It gives the answers of `PhoneNumber.assigned` for whole columns.
"""

from __future__ import annotations

from functools import cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from digo.phone.ranges import DEPENDS, HEAD_DIGITS, NOT_IN_USE, head_table, regions

_CODE_DIGITS = 3
_FALSE, _TRUE = pa.scalar(value=False), pa.scalar(value=True)


def unassigned(phones: pa.Array) -> pa.Array:
    """True for a number in no assigned range, False for one in such a range, null if there is no number."""
    bounds = pc.min_max(phones).as_py()
    if bounds["min"] is None:
        return pa.nulls(len(phones), pa.bool_())
    return _by_length(phones, len(str(bounds["min"])), len(str(bounds["max"])))


def _by_length(phones: pa.Array, shortest: int, longest: int) -> pa.Array:
    if shortest == longest:
        return _by_code(phones, shortest)
    found = pa.nulls(len(phones), pa.bool_())
    for length in range(shortest, longest + 1):
        of_length = pc.and_(pc.greater_equal(phones, _number(10 ** (length - 1))), pc.less(phones, _number(10**length)))
        some = phones.filter(of_length)
        if len(some):
            found = pc.replace_with_mask(found, pc.fill_null(of_length, _FALSE), _by_code(some, length))
    return found


def _by_code(phones: pa.Array, length: int) -> pa.Array:
    """`unassigned` for numbers of `length` digits."""
    heads = pc.divide(phones, _number(10 ** (length - _CODE_DIGITS)))
    codes = {_codes()[head] for head in pc.unique(heads).to_pylist() if head is not None}
    if len(codes) == 1:
        return _of_code(phones, codes.pop(), length)
    found = pa.nulls(len(phones), pa.bool_())
    for code in codes:
        within = _within(code, length)
        of_code = pc.and_(pc.greater_equal(phones, _number(within.start)), pc.less(phones, _number(within.stop)))
        some = phones.filter(of_code)
        found = pc.replace_with_mask(found, pc.fill_null(of_code, _FALSE), _of_code(some, code, length))
    return found


def _within(code: int, length: int) -> range:
    room = 10 ** (length - len(str(code)))
    return range(code * room, (code + 1) * room)


def _of_code(phones: pa.Array, code: int, length: int) -> pa.Array:
    national_digits = length - len(str(code))
    heads = pc.subtract(
        pc.divide(phones, _number(10 ** (national_digits - HEAD_DIGITS))), _number(code * 10**HEAD_DIGITS)
    )
    verdicts = _table(code, national_digits).take(heads)
    doubtful = pc.equal(verdicts, NOT_IN_USE)
    depends = pc.fill_null(pc.equal(verdicts, DEPENDS), _FALSE)
    if not pc.any(depends).as_py():
        return doubtful
    some = pc.utf8_slice_codeunits(pc.cast(phones.filter(depends), pa.string()), len(str(code)))
    return pc.replace_with_mask(doubtful, depends, _by_expressions(some, code, national_digits))


@cache
def _table(code: int, national_digits: int) -> pa.Array:
    table = pa.py_buffer(head_table(code, national_digits))
    return pa.UInt8Array.from_buffers(pa.uint8(), len(table), [None, table])


def _by_expressions(national: pa.Array, code: int, digits: int) -> pa.Array:
    """`unassigned` by the library's own rule: the first region that claims the number decides."""
    settled = pa.nulls(len(national), pa.bool_())
    for region in regions(code, digits):
        nothing = pa.repeat(_FALSE, len(national))
        in_use = nothing
        if region.general is not None and region.kinds:
            in_use = pc.and_(_whole(national, (region.general,)), _whole(national, region.kinds))
        if region.leading:
            own = pc.match_substring_regex(national, f"^(?:{region.leading})")
            verdict = pc.if_else(own, in_use, pa.scalar(None, pa.bool_()))
        else:
            verdict = pc.if_else(in_use, _TRUE, pa.scalar(None, pa.bool_()))
        settled = pc.coalesce(settled, verdict)
    return pc.invert(pc.fill_null(settled, _FALSE))


def _whole(national: pa.Array, patterns: tuple[str, ...]) -> pa.Array:
    return pc.match_substring_regex(national, f"^(?:{'|'.join(patterns)})$")


@cache
def _codes() -> list[int]:
    """The country code by the first three digits of a number; 0 for none."""
    found = [0] * 10**_CODE_DIGITS
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        for head in _within(code, _CODE_DIGITS):
            found[head] = code
    return found


def _number(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())
