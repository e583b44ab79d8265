"""fleet.yaml as pydantic models. Descriptions are for editors: `digo.schemas` publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Annotated

from pydantic import Field

from digo.desired.models import Written
from digo.fleet.file.addresses import SQLITE, Database
from digo.fleet.file.notice_models import NoticeEntry
from digo.fleet.file.strict import Strict, enum_schema, enum_value
from digo.fleet.file.values import (
    VARIABLE_SHAPE,
    Count,
    Days,
    Duration,
    FailureLimit,
    Failures,
    FileName,
    LabelValues,
    Minute,
    Name,
    Pattern,
    Percent,
    PositiveDuration,
    Texts,
    Variable,
    Zone,
)

EVERY_DAY = frozenset(range(7))


class Refused(str, Enum):
    """What an up does if the plan of a stack is refused or fails.

    STOP: the whole up is refused. SKIP: that stack is left out.
    """

    STOP = "stop"
    SKIP = "skip"


RefusedWord = Annotated[Refused, enum_value(Refused), enum_schema(Refused)]


class GroupEntry(Strict):
    """A group: the stacks that one of the globs matches and that have all of the labels."""

    stacks: Texts = Field(
        default=("*",), description="Globs of stack names, such as `branch-*`; `!name` leaves out. All if omitted."
    )
    labels: Mapping[Written, LabelValues] = Field(
        default_factory=dict,
        description="Labels that a stack must have (`digo:labels` in its file). A value may be a glob, or a list.",
    )


class WaveEntry(Strict):
    """A part of an up that ends before the next one begins."""

    name: Name = Field(description="The wave's name, for tables and reports.")
    groups: Texts = Field(description="Its groups. A stack is in the first wave that names one of its groups.")
    percent: Percent | None = Field(
        default=None, description="The share of its groups' stacks that this wave has, in percent; at least one stack."
    )
    wait: Duration = Field(default=timedelta(), description="The time after it before the next wave, such as `10m`.")


class Rate(Strict):
    """How many ups may begin in a period."""

    ups: Count = Field(description="How many ups may begin in the period.")
    per: PositiveDuration = Field(description="The period, such as `1m`.")


class FailureRule(Strict):
    """Which failures stop an up."""

    stop: Failures = Field(
        default=FailureLimit(),
        description="How many failed stacks of a wave stop the up: `3`, or a share of it, `5%`. A wave whose stacks "
        "have all failed always stops it.",
    )


class WindowEntry(Strict):
    """When ups of some groups may begin. An up that has begun ends, whenever that is."""

    groups: Texts | None = Field(default=None, description="The groups that it applies to. All if omitted.")
    days: Days = Field(default=EVERY_DAY, description="`mon-fri`, or `[sat, sun]`. Every day if omitted.")
    begin: Minute = Field(alias="from", description="The beginning, in its zone, such as `22:00`.")
    end: Minute = Field(alias="to", description="The end. A time that is not after `from` is on the next day.")
    zone: Zone = Field(description="The time zone, such as Asia/Kolkata.")


class StackVariables(Strict):
    """Where the environment variables of each single stack come from, on the machine that runs it."""

    files: tuple[FileName, ...] = Field(
        default=(),
        description="Files in dotenv form; `{stack}` is the stack's name. Later ones win. Relative to the project.",
    )
    variables: Mapping[Variable, Pattern] = Field(
        default_factory=dict,
        description="By name, the variable that has its value: `DIGO_AUTHORIZATION_{STACK}`. They win over files.",
        json_schema_extra={"propertyNames": {"pattern": VARIABLE_SHAPE}},
    )


class FleetSettings(Strict):
    """The content of fleet.yaml."""

    groups: Mapping[Name, GroupEntry] = Field(description="Groups of stacks by their names.", min_length=1)
    waves: tuple[WaveEntry, ...] = Field(
        default=(), description="The waves of an up. One wave of all groups if omitted."
    )
    concurrency: Count = Field(default=8, description="How many ups run at once, on all machines together.")
    worker_concurrency: Count | None = Field(
        default=None,
        alias="workerConcurrency",
        description="How many ups run at once in one process. One more than the machine has processors if omitted.",
    )
    rate: Rate | None = Field(default=None, description="How many ups may begin in a period. No limit if omitted.")
    failures: FailureRule = Field(default_factory=FailureRule, description="How many failures stop an up: `{stop: 3}`.")
    refused: RefusedWord = Field(
        default=Refused.STOP,
        description="`stop`: a stack whose plan is refused or fails refuses the whole up. `skip`: it is left out.",
    )
    windows: tuple[WindowEntry, ...] = Field(default=(), description="When ups may begin. Always if omitted.")
    environment: StackVariables = Field(
        default_factory=StackVariables, description="The environment variables of each single stack."
    )
    database: Database = Field(
        default=SQLITE,
        description="Where runs are kept: `sqlite`, or `postgresql://…` without a password. DIGO_FLEET_DATABASE wins.",
    )
    notices: tuple[NoticeEntry, ...] = Field(default=(), description="The receivers of notices about drift and ups.")
