"""The values of fleet.yaml that are not plain texts: durations, shares, times of the week, zones, names of variables.

YAML's numbers are texts here, as in all config: see `digo.source.positions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from digo.desired.models import Written, require_text
from digo.source.due import A_LIST, due
from digo.text.did_you_mean import hint
from digo.text.week import WindowProblem, parse_days, parse_minute
from digo.text.zones import EXAMPLES, zone_named

MOST = 100_000
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile("".join(rf"(?:([0-9]{{1,6}}){unit})?" for unit in _UNITS))
_LONGEST = timedelta(days=30)
_LONGEST_NAME = 100
_ZONES = 0.8  # IST is not a misspelt EST
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


@dataclass(frozen=True)
class FailureLimit:
    """How many failures in a wave stop the run: a number of stacks, or a percentage of the wave's stacks.

    A wave whose stacks have all failed stops it, too: a canary of one stack would stop nothing otherwise.
    """

    count: int = 1
    percent: int | None = None

    def reached(self, failed: int, stacks: int) -> bool:
        """Whether `failed` of the wave's `stacks` are too many. No failure never is."""
        if not failed:
            return False
        if failed >= stacks:
            return True
        return failed >= self.count if self.percent is None else failed * 100 >= self.percent * stacks

    def __str__(self) -> str:
        return f"{self.count:,}" if self.percent is None else f"{self.percent}%"


def parse_duration(text: str) -> timedelta:
    """The time in `10m`, `1h30m`, `45s` or `2d`.

    Raises:
        ValueError: it is no such time, or longer than 30 days.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        raise ValueError("a time is written as `45s`, `10m`, `1h30m` or `2d`")
    seconds = sum(int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS.values(), strict=True))
    if (length := timedelta(seconds=seconds)) > _LONGEST:
        raise ValueError("a time is at most `30d`")
    return length


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A check of a whole number from `least` to `most`."""

    def check(value: Any) -> int:
        text = require_text(value).strip()
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not least <= number <= most:
            raise ValueError(f"a whole number from {least:,} to {most:,} is due here")
        return number

    return check


def _failures(value: Any) -> FailureLimit:
    text = require_text(value).strip()
    found = re.fullmatch(r"([0-9]{1,6})\s*(%?)", text)
    number = int(found[1]) if found else 0
    if not found or not number or (found[2] and number > 100):
        raise ValueError("a number of failures from 1, or a share of the wave such as `5%`, is due here")
    return FailureLimit(percent=number) if found[2] else FailureLimit(number)


def _duration(value: Any) -> timedelta:
    return parse_duration(require_text(value))


def _positive_duration(value: Any) -> timedelta:
    if not (length := _duration(value)):
        raise ValueError("a time longer than nothing is due here, such as `1m`")
    return length


def _days(value: Any) -> frozenset[int]:
    parts = value if isinstance(value, list) else [value]
    if not parts:
        raise ValueError("the list is empty; leave the key out for every day")
    try:
        return frozenset(day for part in parts for day in parse_days(require_text(part)))
    except WindowProblem as problem:
        raise ValueError(f"{problem}, or as a list of both") from None


def _minute(value: Any) -> int:
    return parse_minute(require_text(value))


def _zone(value: Any) -> ZoneInfo:
    text = require_text(value)
    if (zone := zone_named(text)) is None:
        raise ValueError(f"it is no time zone; {hint(text, available_timezones(), EXAMPLES, likeness=_ZONES)}")
    return zone


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(due(A_LIST, value))
    if not value:
        raise ValueError("the list is empty, and one is due here")
    return tuple(require_text(one) for one in value)


def _label_values(value: Any) -> tuple[str, ...]:
    return _texts(value) if isinstance(value, list) else (require_text(value),)


def _name(text: str) -> str:
    if not text or text != text.strip() or not text.isprintable() or len(text) > _LONGEST_NAME:
        raise ValueError(f"a name has 1 to {_LONGEST_NAME} characters that can be seen, and no blanks at its ends")
    return text


def _file_name(text: str) -> str:
    if not text.strip():
        raise ValueError("the name of a file is due here")
    if wrong := next((one for one in re.findall(r"\{[^{}]*\}", text) if one not in ("{stack}", "{STACK}")), None):
        raise ValueError(
            f"`{wrong}` stands for nothing: `{{stack}}` is the stack's name, and a variable is not replaced"
        )
    if text.startswith("~"):
        raise ValueError("`~` is not replaced: write the name from `/`, or relative to the project")
    return text


def _pattern(text: str) -> str:
    _variable(text.replace("{STACK}", "S"))
    return text


def _variable(text: str) -> str:
    # Who writes the secret itself in the place of a variable's name must not read it in a log, too.
    if not re.fullmatch(_VARIABLE, text) or text.lower().startswith("whsec_"):
        raise ValueError("the name of an environment variable is due here, not a value: letters, digits and `_`")
    return text


VARIABLE_SHAPE = f"^{_VARIABLE}$"
_DURATION_SHAPE = {"type": "string", "pattern": r"^\s*(?=\S)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?\s*$"}
_TEXTS_SHAPE = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
_TEXT_SHAPE = {"type": ["string", "number"]}

Duration = Annotated[timedelta, PlainValidator(_duration), WithJsonSchema(_DURATION_SHAPE)]
PositiveDuration = Annotated[timedelta, PlainValidator(_positive_duration), WithJsonSchema(_DURATION_SHAPE)]
Failures = Annotated[
    FailureLimit,
    PlainValidator(_failures),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\s*\d+\s*%?\s*$"}]}),
]
Days = Annotated[
    frozenset[int],
    PlainValidator(_days),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
Minute = Annotated[
    int,
    PlainValidator(_minute),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\s*\d{1,2}:\d{2}\s*$"}, {"type": "integer"}]}),
]
Zone = Annotated[ZoneInfo, PlainValidator(_zone), WithJsonSchema({"type": "string"})]
Texts = Annotated[tuple[Written, ...], Field(min_length=1), WithJsonSchema(_TEXTS_SHAPE)]
FileName = Annotated[Written, AfterValidator(_file_name), WithJsonSchema(_TEXT_SHAPE)]
LabelValues = Annotated[
    tuple[str, ...], PlainValidator(_label_values), WithJsonSchema({"anyOf": [_TEXT_SHAPE, _TEXTS_SHAPE]})
]
Name = Annotated[Written, AfterValidator(_name), WithJsonSchema(_TEXT_SHAPE)]
Pattern = Annotated[
    Written,
    AfterValidator(_pattern),
    WithJsonSchema({"type": "string", "pattern": r"^([A-Za-z_]|\{STACK\})([A-Za-z0-9_]|\{STACK\})*$"}),
]
Variable = Annotated[Written, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE_SHAPE})]

Percent = Annotated[
    int, PlainValidator(whole(1, 100)), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100})
]
Count = Annotated[
    int, PlainValidator(whole(1, MOST)), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST})
]
