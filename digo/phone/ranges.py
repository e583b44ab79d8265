"""Tables of the number ranges in use: `phonenumbers.is_valid_number` for millions of numbers.

The library's metadata has a regular expression for each kind of number of each country. The expressions consist of
digits only. So for numbers of one length the first digits decide most cases: whatever follows, the number is in use, or
it is not. The expressions themselves decide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

HEAD_DIGITS = 4
IN_USE, NOT_IN_USE, DEPENDS = 0, 1, 2
_ANY = frozenset(range(10))
# Source: phonenumbers.phonenumberutil, `_number_type_helper`.
_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)
_Sequence = tuple[frozenset[int], ...]
_PART = re.compile(r"\(\?:|[)|]|(?:\d|\\d|\[[^\]]*\])|\?|\{(\d+)(?:,(\d+))?\}")


@dataclass(frozen=True)
class Region:
    """One region's numbers of one length.

    A number that `leading` matches belongs to the region, even if other regions of the country code match it. It is in
    use if `general` and one of `kinds` match it completely.
    """

    leading: str | None
    general: str | None
    kinds: tuple[str, ...]


@cache
def regions(code: int, length: int) -> tuple[Region, ...]:
    """The regions of a country code in the library's order, for national numbers of that length."""
    names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    found = []
    for name in names:
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
        if metadata is None:
            continue
        kinds = tuple(pattern for kind in _KINDS if (pattern := _pattern(getattr(metadata, kind), length)) is not None)
        # The leading digits of an only region do not matter.
        leading = metadata.leading_digits if len(names) > 1 else None
        found.append(Region(leading, _pattern(metadata.general_desc, length), kinds))
    return tuple(found)


def _pattern(described: PhoneNumberDesc | None, length: int) -> str | None:
    if described is None or described.national_number_pattern is None:
        return None
    lengths = described.possible_length
    return described.national_number_pattern if not lengths or length in lengths else None


@cache
def head_table(code: int, length: int) -> bytes:
    """IN_USE, NOT_IN_USE or DEPENDS, by the first HEAD_DIGITS digits of a national number of that length."""
    table = bytearray([NOT_IN_USE]) * 10**HEAD_DIGITS
    settled: set[int] = set()
    for region in regions(code, length):
        verdicts = _own_verdicts(region, length)
        led = _led(region.leading) if region.leading else {}
        for head in led if region.leading else verdicts:
            if head not in settled:
                table[head] = verdicts.get(head, NOT_IN_USE) if led.get(head, True) else DEPENDS
                settled.add(head)
    return bytes(table)


def _led(leading: str) -> dict[int, bool]:
    """The heads of the numbers that an expression of leading digits matches; False if more digits decide."""
    found: dict[int, bool] = {}
    for one in _sequences(leading, None):
        whole = len(one) <= HEAD_DIGITS
        for head in _numbers([*one, *[_ANY] * HEAD_DIGITS][:HEAD_DIGITS]):
            found[head] = whole or found.get(head, False)
    return found


def _own_verdicts(region: Region, length: int) -> dict[int, int]:
    """The possible heads of numbers in use, by the region's own expressions."""
    if region.general is None:
        return {}
    general = _heads([region.general], length)
    kinds = _heads(region.kinds, length)
    return {head: max(verdict, general[head]) for head, verdict in kinds.items() if head in general}


def _heads(patterns: Sequence[str], length: int) -> dict[int, int]:
    whole = {one for pattern in patterns for one in _sequences(pattern, length) if len(one) == length}
    # Many sequences begin alike.
    in_use = {one[:HEAD_DIGITS] for one in whole if all(digits == _ANY for digits in one[HEAD_DIGITS:])}
    depends = {one[:HEAD_DIGITS] for one in whole} - in_use
    found: dict[int, int] = {}
    for beginnings, verdict in ((depends, DEPENDS), (in_use, IN_USE)):
        for one in beginnings:
            found.update(dict.fromkeys(_numbers(one), verdict))
    return found


def _numbers(digits: Sequence[frozenset[int]]) -> list[int]:
    numbers = [0]
    for one in digits:
        numbers = [10 * number + digit for number in numbers for digit in one]
    return numbers


@cache
def _sequences(pattern: str, length: int | None) -> tuple[_Sequence, ...]:
    """All sequences of digit sets that the expression matches, without those longer than `length`."""
    parts = list(_PART.finditer(pattern))
    assert "".join(part.group() for part in parts) == pattern, pattern
    sequences, rest = _alternatives(parts, 0, length)
    assert rest == len(parts), pattern
    return tuple(sequences)


def _alternatives(parts: list[re.Match[str]], at: int, longest: int | None) -> tuple[set[_Sequence], int]:
    found: set[_Sequence] = set()
    here: set[_Sequence] = {()}
    while at < len(parts) and (sign := parts[at].group()) != ")":
        if sign == "|":
            found |= here
            here, at = {()}, at + 1
            continue
        if sign == "(?:":
            inside, at = _alternatives(parts, at + 1, longest)
        else:
            inside = {(_digits(sign),)}
        at += 1
        least, most, at = _repeats(parts, at)
        here = set(_repeated(here, inside, least, most, longest))
    return found | here, at


def _repeats(parts: list[re.Match[str]], at: int) -> tuple[int, int, int]:
    if at < len(parts) and (part := parts[at]).group() == "?":
        return 0, 1, at + 1
    if at < len(parts) and (part := parts[at])[1]:
        return int(part[1]), int(part[2] or part[1]), at + 1
    return 1, 1, at


def _repeated(
    heads: set[_Sequence], inside: set[_Sequence], least: int, most: int, longest: int | None
) -> Iterator[_Sequence]:
    for count in range(most + 1):
        if count >= least:
            yield from heads
        if count < most:
            heads = {
                (*head, *one) for head in heads for one in inside if longest is None or len(head) + len(one) <= longest
            }


def _digits(sign: str) -> frozenset[int]:
    if sign == r"\d":
        return _ANY
    if sign[0] != "[":
        return frozenset({int(sign)})
    found: set[int] = set()
    for first, last in re.findall(r"(\d)(?:-(\d))?", sign):
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)
