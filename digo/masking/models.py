"""`masking.yaml` as pydantic models. Descriptions are for editors: `digo.schemas` publishes them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from digo.desired.models import Number, Written, check_number, require_text, shape
from digo.masking.call_party import PartyProblem, parse_party
from digo.phone.number import PhoneNumber
from digo.text.week import parse_days, parse_minute
from digo.text.zones import EXAMPLES, zone_named

REJECT: Literal["reject"] = "reject"


def _zone(value: Any) -> ZoneInfo:
    if (zone := zone_named(require_text(value))) is None:
        raise ValueError(f"it is no time zone; {EXAMPLES}")
    return zone


def _country_code(text: str) -> str:
    digits = text.removeprefix("+")
    if not re.fullmatch(r"[1-9]\d{0,2}", digits):
        raise ValueError("a country code has one to three digits, such as 91")
    return digits


def _days(value: Any) -> frozenset[int]:
    return parse_days(require_text(value))


def _minute(value: Any) -> int:
    return parse_minute(require_text(value))


def _caller(value: Any) -> Any:
    """Passes a number on. A word for a withheld number is an error: such callers belong to `anonymous`."""
    if isinstance(value, str) and re.search("[a-z]", value, re.IGNORECASE) and _is_anonymous(value):
        raise ValueError("a caller who withholds the number has no route: write `anonymous:` beside `routes`")
    return value


def _is_anonymous(text: str) -> bool:
    try:
        return parse_party(text).anonymous
    except PartyProblem:
        return False


def _file(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a file's name is not empty and has no control characters")
    return text


Days = Annotated[frozenset[int], PlainValidator(_days), shape(r"\s*[A-Za-z]{3}.*")]
Minute = Annotated[int, PlainValidator(_minute), shape(r"\s*[0-9]{1,2}:[0-9]{2}\s*", minimum=0, maximum=24 * 60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Destination(_Strict):
    """Whom to ring: a number, an agent by its config key, or one member of a pool, chosen for each call."""

    callee: Number | None = Field(default=None, description="The number that rings, with + and country code.")
    agent: Annotated[Written, shape()] | None = Field(
        default=None, description="The key of an agent in agents.yaml. That agent's number rings."
    )
    pool: Annotated[tuple[Destination, ...], Field(min_length=1)] | None = Field(
        default=None, description="Several numbers or agents. Calls are spread over them by call id."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> Destination:
        given = [name for name in ("callee", "agent", "pool") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of callee, agent and pool is due here")
        if self.pool is not None and any(one.pool is not None for one in self.pool):
            raise ValueError("a pool has no pools in it")
        return self


class Times(_Strict):
    """A time span on some days. If `to` is not after `from`, the span ends on the next day."""

    days: Days = Field(
        default_factory=lambda: frozenset(range(7)), description="`mon-fri`, or `sat, sun`. Every day if omitted."
    )
    begin: Minute = Field(alias="from", description="The beginning, in the file's zone, such as `09:00`.")
    end: Minute = Field(alias="to", description="The end. A time that is not after `from` is on the next day.")


class Window(Destination, Times):
    """The destination at these times of every caller without a route."""


class Route(Destination):
    """The destination of one caller; with windows, only at those times."""

    caller: Annotated[Number, BeforeValidator(_caller)] = Field(
        description="The caller's number, with + and country code."
    )
    windows: tuple[Times, ...] = Field(default=(), description="When the route applies. Always if omitted.")


def _pair(value: Any) -> tuple[PhoneNumber, PhoneNumber]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a pair is a list of two numbers")
    first, second = (check_number(one) for one in value)
    return first, second


Pair = Annotated[
    tuple[PhoneNumber, PhoneNumber],
    PlainValidator(_pair),
    WithJsonSchema({"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2, "maxItems": 2}),
]


def _anonymous(value: Any, _: ValidatorFunctionWrapHandler) -> Destination | Literal["reject"]:
    if value == REJECT:
        return REJECT
    if not isinstance(value, dict):
        raise ValueError("one of callee, agent and pool is due here, or the word `reject`")
    return Destination.model_validate(value)


class MaskingEntry(_Strict):
    """The routing of one masking number, or of several."""

    numbers: Annotated[tuple[Number, ...], Field(min_length=1)] = Field(
        description="The masking numbers. The rest of the entry applies to each of them."
    )
    routes: tuple[Route, ...] = Field(default=(), description="Destinations of single callers.")
    pairs: tuple[Pair, ...] = Field(default=(), description="Pairs of two numbers: each one reaches the other.")
    files: tuple[Annotated[Written, AfterValidator(_file), shape()], ...] = Field(
        default=(),
        description="Files of routes in the environment's folder, with columns caller, callee and optional both_ways.",
    )
    windows: tuple[Window, ...] = Field(
        default=(), description="Destinations, at certain times, of callers without a route."
    )
    default: Destination | None = Field(
        default=None, description="The destination of callers without a route when no window applies."
    )
    anonymous: Annotated[Destination | Literal["reject"] | None, WrapValidator(_anonymous)] = Field(
        default=None,
        description="The destination of callers who withhold their number, or `reject`. If omitted, they count as "
        "callers without a route.",
    )


class MaskingHeader(_Strict):
    """The file's keys besides `masking`."""

    zone: Annotated[ZoneInfo, PlainValidator(_zone), shape()] | None = Field(
        default=None, description="The time zone of all times, such as Asia/Kolkata. Required if there are times."
    )
    country_code: (
        Annotated[Written, AfterValidator(_country_code), shape(r"\+?[1-9][0-9]{0,2}", minimum=1, maximum=999)] | None
    ) = Field(default=None, description="The country code of numbers that DIGO sends without one.")
    failover: Destination | None = Field(
        default=None, description="The destination of a caller when nothing else applies."
    )


HEAD_KEYS = tuple(MaskingHeader.model_fields)
