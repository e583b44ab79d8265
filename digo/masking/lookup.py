"""Looks up whom to ring: the table's answer for one call, at one moment."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from digo.masking.call_party import MOST_DIGITS, CallParty, parse_party
from digo.masking.table import ANONYMOUS_CALLER, ANY_CALLER, RULE, Table
from digo.masking.windows import covers, minute_of_week


@dataclass(frozen=True, slots=True)
class RoutingResult:
    """The digits to ring, or None, and the reason.

    `by` is `route`, `window`, `default`, `anonymous`, `rejected` (the entry rejects anonymous callers), `failover` or
    `none`.
    """

    digits: str | None
    by: str


REJECTED = "rejected"
NOBODY = RoutingResult(None, "none")


class Lookup:
    """Answers calls from one table. `clock` gives the current time in a zone."""

    def __init__(self, table: Table, clock: Callable[[ZoneInfo], datetime] = datetime.now) -> None:
        self._table = table
        self._clock = clock
        rules = table.rules
        self._rules: Sequence[Sequence[dict[str, Any]]] = rules["rules"]
        self._failover: Sequence[int] = rules["failover"]
        self._zone = ZoneInfo(rules["zone"]) if rules["zone"] else None
        self._country_code: str | None = rules["country_code"]
        self.routes: int = rules["routes"]

    def close(self) -> None:
        """Closes the table."""
        self._table.close()

    def answer(self, masking: str, caller: str, call: str) -> RoutingResult:
        """Whom to ring when `caller` has dialled `masking`.

        Numbers are as DIGO writes them. `call` identifies the call; it selects the number of a pool.

        Raises:
            PartyProblem: a number is in scientific form, and digits of it are lost.
        """
        return self.answer_party(parse_party(masking), parse_party(caller), call)

    def answer_party(self, masking: CallParty, caller: CallParty, call: str) -> RoutingResult:
        """Whom to ring, for parties that are parsed already."""
        maskings = self._spellings(masking)
        callers = (ANONYMOUS_CALLER,) if caller.anonymous else self._spellings(caller)
        for dialled in maskings:
            for calling in callers:
                target = self._table.get(dialled, calling)
                if target is None:
                    continue
                if not target & RULE:
                    return RoutingResult(str(target), "route")
                if (found := self._by_rule(target ^ RULE, call)) is not None:
                    return found
        for dialled in maskings:
            target = self._table.get(dialled, ANY_CALLER)
            if target is not None and (found := self._by_rule(target ^ RULE, call)) is not None:
                return found
        return RoutingResult(_one_of(self._failover, call), "failover") if self._failover else NOBODY

    def _by_rule(self, index: int, call: str) -> RoutingResult | None:
        minute: int | None = None
        for option in self._rules[index]:
            spans = option["spans"]
            if spans is not None:
                if minute is None:
                    assert self._zone is not None
                    minute = minute_of_week(self._clock(self._zone))
                if not covers(spans, minute):
                    continue
            to = option["to"]
            return RoutingResult(_one_of(to, call) if to else None, option["by"])
        return None

    def _spellings(self, party: CallParty) -> tuple[int, ...]:
        """The digits as they are, and with the country code if the number may lack it."""
        digits = party.digits
        if not digits:
            return ()
        if self._country_code is not None and not party.international:
            longer = self._country_code + digits.lstrip("0")
            if len(longer) <= MOST_DIGITS:
                return int(digits), int(longer)
        return (int(digits),)


def _one_of(numbers: Sequence[int], call: str) -> str:
    # UTF-8 cannot encode half of a surrogate pair, which an id may contain.
    place = zlib.crc32(call.encode("utf-8", "backslashreplace")) % len(numbers) if len(numbers) > 1 else 0
    return str(numbers[place])
