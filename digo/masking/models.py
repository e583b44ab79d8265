"""What `masking.yaml` says, entry by entry."""

from __future__ import annotations

import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from digo.desired.models import Written, written
from digo.masking.windows import WindowProblem, parse_days, parse_minute
from digo.phone import NumberProblem, PhoneNumber, parse_number


def _number(value: Any) -> PhoneNumber:
    try:
        return parse_number(written(value))
    except NumberProblem as problem:
        raise ValueError(str(problem)) from None


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it is no time zone; one is called Asia/Kolkata, Europe/Berlin or UTC") from None


def _country_code(text: str) -> str:
    digits = text.removeprefix("+")
    if not re.fullmatch(r"[1-9]\d{0,2}", digits):
        raise ValueError("a country code has one to three digits, such as 91")
    return digits


def _days(value: Any) -> frozenset[int]:
    try:
        return parse_days(written(value))
    except WindowProblem as problem:
        raise ValueError(str(problem)) from None


def _minute(value: Any) -> int:
    try:
        return parse_minute(written(value))
    except WindowProblem as problem:
        raise ValueError(str(problem)) from None


Number = Annotated[PhoneNumber, PlainValidator(_number)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Destination(_Strict):
    """Whom to ring: a number, an agent by its config key, or one of a pool, a new one for each call."""

    callee: Number | None = None
    agent: Written | None = None
    pool: Annotated[tuple[Destination, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Destination:
        given = [name for name in ("callee", "agent", "pool") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of callee, agent and pool is due here")
        if self.pool is not None and any(one.pool is not None for one in self.pool):
            raise ValueError("a pool has no pools in it")
        return self


class Times(_Strict):
    """A span of the day on some days; where `to` is not after `from`, it ends on the next day."""

    days: Annotated[frozenset[int], PlainValidator(_days)] = frozenset(range(7))
    begin: Annotated[int, PlainValidator(_minute)] = Field(alias="from")
    end: Annotated[int, PlainValidator(_minute)] = Field(alias="to")


class Window(Destination, Times):
    """Whom every caller without a route of their own gets in these times."""


class Route(Destination):
    """Whom one caller gets; with windows, only in those times."""

    caller: Number
    windows: tuple[Times, ...] = ()


def _pair(value: Any) -> tuple[PhoneNumber, PhoneNumber]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a pair is a list of two numbers")
    first, second = (_number(one) for one in value)
    return first, second


class Entry(_Strict):
    """What holds on one masking number, or on each of several."""

    numbers: Annotated[tuple[Number, ...], Field(min_length=1)]
    routes: tuple[Route, ...] = ()
    pairs: tuple[Annotated[tuple[PhoneNumber, PhoneNumber], PlainValidator(_pair)], ...] = ()
    files: tuple[Written, ...] = ()
    windows: tuple[Window, ...] = ()
    default: Destination | None = None


class Head(_Strict):
    """The file's keys beside `masking`. `country_code` belongs to numbers that DIGO writes without one."""

    zone: Annotated[ZoneInfo, BeforeValidator(written), PlainValidator(_zone)] | None = None
    country_code: Annotated[Written, AfterValidator(_country_code)] | None = None
    failover: Destination | None = None


HEAD_KEYS = tuple(Head.model_fields)
