"""Whom to ring: the table's answer for one call, at one moment."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from digo.masking.table import ANY_CALLER, RULE, Table
from digo.masking.windows import covers, minute_of_week

_MOST_DIGITS = 15
_NO_DIGITS = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class Answer:
    """`digits` to ring, or None; `by` says what decided: `route`, `window`, `default`, `failover` or `none`."""

    digits: str | None
    by: str


NOBODY = Answer(None, "none")


class Lookup:
    """Answers calls from one table. `clock` gives the moment in a zone."""

    def __init__(self, table: Table, clock: Callable[[ZoneInfo], datetime] = datetime.now) -> None:
        self._table = table
        self._clock = clock
        rules = table.rules
        self._rules: Sequence[Sequence[dict[str, Any]]] = rules["rules"]
        self._failover: Sequence[int] = rules["failover"]
        self._zone = ZoneInfo(rules["zone"]) if rules["zone"] else None
        self._country_code: str | None = rules["country_code"]
        self.routes: int = rules["routes"]

    def answer(self, masking: str, caller: str, call: str) -> Answer:
        """Whom to ring when `caller` has dialled `masking`, numbers as DIGO writes them; `call` tells calls apart, and
        spreads them over a pool."""
        maskings = self._spellings(masking)
        for dialled in maskings:
            for calling in self._spellings(caller):
                target = self._table.get(dialled, calling)
                if target is None:
                    continue
                if not target & RULE:
                    return Answer(str(target), "route")
                if (found := self._by_rule(target ^ RULE, call)) is not None:
                    return found
        for dialled in maskings:
            target = self._table.get(dialled, ANY_CALLER)
            if target is not None and (found := self._by_rule(target ^ RULE, call)) is not None:
                return found
        return Answer(_one_of(self._failover, call), "failover") if self._failover else NOBODY

    def _by_rule(self, index: int, call: str) -> Answer | None:
        minute: int | None = None
        for option in self._rules[index]:
            spans = option["spans"]
            if spans is not None:
                if minute is None:
                    assert self._zone is not None
                    minute = minute_of_week(self._clock(self._zone))
                if not covers(spans, minute):
                    continue
            return Answer(_one_of(option["to"], call), option["by"])
        return None

    def _spellings(self, text: str) -> tuple[int, ...]:
        """The digits as they are, and with the country code where the number may lack it."""
        digits = _NO_DIGITS.sub("", text)
        if digits.startswith("00"):
            digits = digits[2:]
        elif not text.lstrip().startswith("+") and self._country_code is not None:
            longer = self._country_code + digits.lstrip("0")
            if digits and len(longer) <= _MOST_DIGITS:
                return int(digits), int(longer)
        return (int(digits),) if digits and len(digits) <= _MOST_DIGITS else ()


def _one_of(numbers: Sequence[int], call: str) -> str:
    place = zlib.crc32(call.encode()) % len(numbers) if len(numbers) > 1 else 0
    return str(numbers[place])
