"""Phone numbers of a whole column at once: the same answers as `parse_number`, at the speed of columns.

Most rows are plain: `+`, a country code, and as many digits as that country's plan allows. Those are settled by regular
expressions and tables of the phone library's own metadata. Where the library might change a number (a national prefix
in it, another country's spelling) or refuse it, it is asked itself, once for each spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

from digo.phone import MAX_DIGITS, MIN_DIGITS, NumberProblem, parse_number

_SEPARATORS = r"[ ().\-/\x{a0}]"
_PLAIN = rf"^\+[1-9][0-9]{{{MIN_DIGITS - 1},{MAX_DIGITS - 1}}}$"
_DECIMAL = r"^[0-9]+\.0+$"
_NATIONAL = r"^[0-9]{4,14}$"
_CODE_DIGITS = 3
_LOST_PLUS = "; a spreadsheet drops the + of a column that is not formatted as text: format it, and write the + again"


@dataclass(frozen=True)
class Numbers:
    """A column's numbers: `phones` has the digits with country code as an unsigned integer, null where there is none;
    `problems` why, by row."""

    phones: pa.Array
    problems: dict[int, str]


class NumberColumn:
    """Reads columns of numbers. `country` is for those without `+`; None demands the `+`."""

    def __init__(self, country: str | None) -> None:
        self._country = country
        self._plan = None if country is None else PhoneMetadata.metadata_for_region(country)

    def read(self, column: pa.Array) -> Numbers:
        """The numbers of a batch; null cells count as empty."""
        text = pc.utf8_trim_whitespace(column)
        compact = pc.replace_substring_regex(text, _SEPARATORS, "")
        digits = self._international(compact)
        if self._plan is not None:
            # A decimal number loses its point with the separators, and would be another phone number then.
            decimal = pc.match_substring_regex(text, _DECIMAL)
            compact = pc.if_else(decimal, pa.scalar(None, compact.type), compact)
            digits = pc.coalesce(digits, _national(compact, self._plan))
        phones = pc.cast(digits, pa.uint64())
        return self._ask_the_library(text, phones) if phones.null_count else Numbers(phones, {})

    @staticmethod
    def _international(compact: pa.Array) -> pa.Array:
        """The digits where a number is plain, null elsewhere."""
        plain = pc.if_else(pc.match_substring_regex(compact, _PLAIN), compact, pa.scalar(None, compact.type))
        digits = pc.utf8_slice_codeunits(plain, 1)
        table = _plans()
        head = pc.cast(pc.utf8_slice_codeunits(digits, 0, _CODE_DIGITS), pa.int32())
        code = table.codes.take(head)
        fits = _bit(table.lengths.take(head), pc.utf8_length(digits))
        for value in pc.unique(code).to_pylist():
            if value is not None:
                fits = pc.and_(fits, _unchanged(digits, code, value))
        return pc.if_else(fits, digits, pa.scalar(None, digits.type))

    def _ask_the_library(self, text: pa.Array, phones: pa.Array) -> Numbers:
        rows = pc.indices_nonzero(pc.is_null(phones))
        answers: list[int | None] = []
        problems: dict[int, str] = {}
        for row, written in zip(rows.to_pylist(), text.take(rows).to_pylist(), strict=True):
            answer = self._parse(written or "")
            answers.append(answer if isinstance(answer, int) else None)
            if isinstance(answer, str):
                problems[row] = answer
        return Numbers(pc.replace_with_mask(phones, pc.is_null(phones), pa.array(answers, pa.uint64())), problems)

    def _parse(self, text: str) -> int | str:
        if not text:
            return "it is empty"
        try:
            return int(parse_number(text, self._country).digits)
        except NumberProblem as problem:
            return f"{problem}{self._lost_plus(text)}"

    def _lost_plus(self, text: str) -> str:
        """The likely reason where digits alone are a number as soon as they get a `+`."""
        if re.fullmatch(r"[0-9]+", text):
            try:
                parse_number(f"+{text}")
            except NumberProblem:
                return ""
            return (
                _LOST_PLUS if self._country else f"{_LOST_PLUS}, or give the list `country` if all its numbers lack it"
            )
        return ""


@dataclass(frozen=True)
class _Plans:
    """By the first three digits of a number: its country code, and a bit for each length of the whole number."""

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
    """True for numbers of other countries, and for those of this one that begin with no national prefix."""
    metadata = _metadata(value)
    prefix = metadata.national_prefix_for_parsing if metadata else None
    if not prefix:
        return pc.is_valid(code)
    written = str(value)
    national = pc.utf8_slice_codeunits(digits, len(written))
    return pc.or_(pc.not_equal(code, value), pc.equal(_without(national, prefix), national))


def _national(compact: pa.Array, plan: PhoneMetadata) -> pa.Array:
    """The digits with the country code where a number without `+` is plain in the country, null elsewhere."""
    code = str(plan.country_code)
    plain = pc.and_(
        pc.match_substring_regex(compact, _NATIONAL),
        pc.is_in(pc.utf8_length(compact), pa.array(_lengths(plan, len(code)), pa.int32())),
    )
    for prefix in (code, plan.international_prefix, plan.national_prefix_for_parsing):
        if prefix:
            plain = pc.and_(plain, pc.equal(_without(compact, prefix), compact))
    return pc.if_else(plain, pc.binary_join_element_wise(code, compact, ""), pa.scalar(None, compact.type))


def _without(text: pa.Array, prefix: str) -> pa.Array:
    return pc.replace_substring_regex(text, f"^(?:{prefix})", "", max_replacements=1)
