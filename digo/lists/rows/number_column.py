"""Reads the phone numbers of whole columns. The answers are those of `parse_number`.

Most rows are plain: `+`, a country code, as many digits as that country's plan allows, and the usual signs between
them. Regular expressions and tables of the phone library's metadata handle these. All other rows go to `parse_number`:
other characters, a national prefix, gaps that may separate two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

from digo.lists.rows.number_warnings import unassigned
from digo.phone.number import MAX_DIGITS, MIN_DIGITS, NumberProblem, PhoneNumber, parse_number
from digo.phone.two_numbers import LONG, plan_of

_SIGNS = r"[ ().\-\x{a0}]"
_USUAL = rf"^[+0-9(](?:[+0-9]|{_SIGNS})*$"
_PLAIN = rf"^\+[1-9][0-9]{{{MIN_DIGITS - 1},{MAX_DIGITS - 1}}}$"
_DECIMAL = r"^\+?[0-9]+\.0+$"
_NATIONAL = r"^(?:0[1-9]|[1-9][0-9])[0-9]{2,12}$"
_CODE_DIGITS = 3
_ENDING_DIGITS = range(4, 8)  # `are_two` needs at least four; two times eight are more than a number can have


@dataclass(frozen=True)
class ParsedColumn:
    """A column's numbers.

    Attributes:
        phones: the digits with country code as unsigned integers; null if a cell has no number.
        problems: why a cell has no number, by row.
        dropped: invisible characters that were removed, by row.
    """

    phones: pa.Array
    problems: dict[int, str]
    dropped: dict[int, str]

    @cached_property
    def unassigned(self) -> pa.Array:
        """True if a number is in no range that its numbering plan assigns; null without a number."""
        return unassigned(self.phones)


class NumberColumn:
    """Reads columns of numbers. `country` is for numbers without `+`; None requires the `+`."""

    def __init__(self, country: str | None) -> None:
        self._country = country
        self._plan = None if country is None else PhoneMetadata.metadata_for_region(country)

    def read(self, column: pa.Array) -> ParsedColumn:
        """The numbers of a batch. Null cells count as empty."""
        text = pc.utf8_trim_whitespace(column)
        compact, spaced = self._compact(text)
        digits = self._international(compact, spaced)
        if self._plan is not None:
            digits = pc.coalesce(digits, self._national(compact, spaced, self._plan))
        phones = pc.cast(digits, pa.uint64())
        if not phones.null_count:
            return ParsedColumn(phones, {}, {})
        return self._ask_for_the_rest(column, phones)

    @staticmethod
    def _compact(text: pa.Array) -> tuple[pa.Array, pa.Array | None]:
        """The texts without signs between their digits, and the texts before that.

        A text with other characters becomes null. The second value is None if no text has a sign.
        """
        compact = pc.replace_substring_regex(text, _SIGNS, "")
        if compact.equals(text):
            return text, None
        # Without its point, a decimal number would be another phone number.
        usual = pc.and_(pc.match_substring_regex(text, _USUAL), pc.invert(pc.match_substring_regex(text, _DECIMAL)))
        return _where(usual, compact), text

    @staticmethod
    def _international(compact: pa.Array, spaced: pa.Array | None) -> pa.Array:
        """The digits of plain numbers with `+`; null for all others."""
        plain = _where(pc.match_substring_regex(compact, _PLAIN), compact)
        digits = pc.utf8_slice_codeunits(plain, 1)
        table = _plans()
        head = pc.cast(pc.utf8_slice_codeunits(digits, 0, _CODE_DIGITS), pa.int32())
        code = table.codes.take(head)
        length = pc.utf8_length(digits)
        fits = _bit(table.lengths.take(head), length)
        for value in pc.unique(code).to_pylist():
            if value is not None:
                fits = pc.and_(fits, _unchanged(digits, code, value))
                if spaced is not None and _allows_two(value):
                    two = _may_be_two(spaced, pc.subtract(length, len(str(value))), value, len(str(value)))
                    fits = pc.and_(fits, pc.or_(pc.not_equal(code, value), pc.invert(two)))
        return _where(fits, digits)

    @staticmethod
    def _national(compact: pa.Array, spaced: pa.Array | None, plan: PhoneMetadata) -> pa.Array:
        """The digits, with country code, of plain numbers without `+`; null for all others."""
        code = str(plan.country_code or 0)
        length = pc.utf8_length(compact)
        plain = pc.and_(
            pc.match_substring_regex(compact, _NATIONAL),
            pc.is_in(length, pa.array(_lengths(plan, len(code)), pa.int32())),
        )
        for prefix in (code, plan.international_prefix, plan.national_prefix_for_parsing):
            if prefix:
                plain = pc.and_(plain, pc.equal(_without(compact, prefix), compact))
        if spaced is not None and _allows_two(plan.country_code or 0):
            plain = pc.and_(plain, pc.invert(_may_be_two(spaced, length, plan.country_code or 0, 0)))
        return _where(plain, pc.binary_join_element_wise(code, compact, ""))

    def _ask_for_the_rest(self, column: pa.Array, phones: pa.Array) -> ParsedColumn:
        rows = pc.indices_nonzero(pc.is_null(phones))
        answers: list[int | None] = []
        problems: dict[int, str] = {}
        dropped: dict[int, str] = {}
        for row, written in zip(rows.to_pylist(), column.take(rows).to_pylist(), strict=True):
            answer = self._parse(written or "")
            if isinstance(answer, str):
                problems[row] = answer
                answers.append(None)
                continue
            answers.append(int(answer.digits))
            if answer.dropped:
                dropped[row] = answer.dropped
        phones = pc.replace_with_mask(phones, pc.is_null(phones), pa.array(answers, pa.uint64()))
        return ParsedColumn(phones, problems, dropped)

    def _parse(self, text: str) -> PhoneNumber | str:
        try:
            return parse_number(text, self._country)
        except NumberProblem as problem:
            return str(problem)


def _where(condition: pa.Array, text: pa.Array) -> pa.Array:
    return pc.if_else(condition, text, pa.scalar(None, text.type))


def _allows_two(code: int) -> bool:
    """Whether the digits of two numbers of the country can together pass as one number."""
    lengths = plan_of(code).lengths
    return bool(lengths) and 2 * min(lengths) <= MAX_DIGITS - len(str(code))


def _may_be_two(text: pa.Array, length: pa.Array, code: int, before: int) -> pa.Array:
    """True for all texts that `are_two` could take for two numbers, and for some more.

    `length` is the number of digits of the national number; `before` digits are before it.
    """
    plan = plan_of(code)
    gap = rf"{_SIGNS}+"
    # Slashes are not among the usual signs, so no text here has one.
    patterns = [rf"[0-9]{{{size}}}{_SIGNS}*-{_SIGNS}*[0-9]{{{size}}}{_SIGNS}*$" for size in _ENDING_DIGITS]
    least = min(plan.lengths)
    if plan.trunk:
        digits = rf"(?:[0-9]{_SIGNS}*){{{least},}}"
        ahead = rf"(?:{_SIGNS}*[0-9]){{{before + least},}}"
        patterns.append(rf"{ahead}{gap}{plan.trunk}{_SIGNS}*{digits}$")
    found = pc.match_substring_regex(text, "|".join(patterns))
    found = pc.or_(found, pc.greater_equal(length, 2 * LONG))
    for half in range(least, LONG):
        middle = rf"[0-9]{gap}(?:[0-9]{_SIGNS}*){{{half}}}$"
        found = pc.or_(found, pc.and_(pc.equal(length, 2 * half), pc.match_substring_regex(text, middle)))
    return found


@dataclass(frozen=True)
class _Plans:
    """Country code, and a bit for each possible length of the whole number, by a number's first three digits."""

    codes: pa.Array
    lengths: pa.Array


@cache
def _plans() -> _Plans:
    codes: list[int | None] = [None] * 10**_CODE_DIGITS
    lengths = [0] * 10**_CODE_DIGITS
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        written = str(code)
        metadata = _metadata(code)
        if metadata is None:
            continue
        bits = sum(1 << (length + len(written)) for length in _lengths(metadata, len(written)))
        room = 10 ** (_CODE_DIGITS - len(written))
        for head in range(code * room, (code + 1) * room):
            codes[head], lengths[head] = code, bits
    return _Plans(pa.array(codes, pa.int32()), pa.array(lengths, pa.int32()))


def _metadata(code: int) -> PhoneMetadata | None:
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


def _lengths(metadata: PhoneMetadata, code_digits: int) -> list[int]:
    """The lengths of national numbers that the plan and the API both allow."""
    allowed = range(MIN_DIGITS - code_digits, MAX_DIGITS - code_digits + 1)
    described = metadata.general_desc
    return [length for length in described.possible_length if length in allowed] if described else []


def _bit(bits: pa.Array, place: pa.Array) -> pa.Array:
    return pc.equal(pc.bit_wise_and(pc.shift_right(bits, place), 1), 1)


def _unchanged(digits: pa.Array, code: pa.Array, value: int) -> pa.Array:
    """True for numbers of other countries, and for numbers of this one without a national prefix."""
    metadata = _metadata(value)
    prefix = metadata.national_prefix_for_parsing if metadata else None
    if not prefix:
        return pc.is_valid(code)
    written = str(value)
    national = pc.utf8_slice_codeunits(digits, len(written))
    return pc.or_(pc.not_equal(code, value), pc.equal(_without(national, prefix), national))


def _without(text: pa.Array, prefix: str) -> pa.Array:
    return pc.replace_substring_regex(text, f"^(?:{prefix})", "", max_replacements=1)
