"""fleet.yaml as pydantic models. Descriptions are for editors: `digo.schemas` publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from digo.desired.models import Written, require_text
from digo.fleet.file.addresses import SQLITE, Address, Database
from digo.fleet.file.values import (
    VARIABLE_SHAPE,
    Count,
    Days,
    Duration,
    FailureLimit,
    Failures,
    LabelValues,
    Minute,
    Name,
    Pattern,
    Percent,
    SomeTime,
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


class ChatService(str, Enum):
    """The chat services that have a template."""

    SLACK = "slack"
    TEAMS = "teams"
    GOOGLE_CHAT = "google-chat"
    MATTERMOST = "mattermost"
    DISCORD = "discord"


class Occasion(str, Enum):
    """What a notice is about."""

    DRIFT = "drift"
    UP = "up"


def _word(kind: type[Enum]) -> PlainValidator:
    """The check of one of the words of an enumeration."""
    words = [one.value for one in kind]

    def check(value: Any) -> Enum:
        text = require_text(value).strip()
        if text not in words:
            raise ValueError(f"one of these is due here: {', '.join(words)}")
        return kind(text)

    return PlainValidator(check)


def _words(kind: type[Enum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [one.value for one in kind]})


RefusedWord = Annotated[Refused, _word(Refused), _words(Refused)]
ServiceWord = Annotated[ChatService, _word(ChatService), _words(ChatService)]
OccasionWord = Annotated[Occasion, _word(Occasion), _words(Occasion)]


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=False, arbitrary_types_allowed=True, defer_build=True
    )


class GroupEntry(_Strict):
    """A group: the stacks that one of the globs matches and that have all of the labels."""

    stacks: Texts = Field(
        default=("*",), description="Globs of stack names, such as `branch-*`; `!name` leaves out. All if omitted."
    )
    labels: Mapping[Written, LabelValues] = Field(
        default_factory=dict,
        description="Labels that a stack must have (`digo:labels` in its file). A value may be a glob, or a list.",
    )


class WaveEntry(_Strict):
    """A part of an up that ends before the next one begins."""

    name: Name = Field(description="The wave's name, for tables and reports.")
    groups: Texts = Field(description="Its groups. A stack is in the first wave that names one of its groups.")
    percent: Percent | None = Field(
        default=None, description="So many of its groups' stacks, in percent and at least one, are in this wave."
    )
    wait: Duration = Field(default=timedelta(), description="The time after it before the next wave, such as `10m`.")


class Rate(_Strict):
    """How many ups may begin in a period."""

    ups: Count = Field(description="How many ups may begin in the period.")
    per: SomeTime = Field(description="The period, such as `1m`.")


class FailureRule(_Strict):
    """Which failures stop an up."""

    stop: Failures = Field(
        default=FailureLimit(),
        description="So many failed stacks in a wave stop the up, or such a share of it: `3`, or `5%`.",
    )


class WindowEntry(_Strict):
    """When ups of some groups may begin. An up that has begun ends, whenever that is."""

    groups: Texts | None = Field(default=None, description="The groups that it applies to. All if omitted.")
    days: Days = Field(default=EVERY_DAY, description="`mon-fri`, or `[sat, sun]`. Every day if omitted.")
    begin: Minute = Field(alias="from", description="The beginning, in its zone, such as `22:00`.")
    end: Minute = Field(alias="to", description="The end. A time that is not after `from` is on the next day.")
    zone: Zone = Field(description="The time zone, such as Asia/Kolkata.")


class StackVariables(_Strict):
    """Where the environment variables of each single stack come from, on the machine that runs it."""

    files: Texts = Field(
        default=(),
        description="Files in dotenv form; `{stack}` is the stack's name. Later ones win. Relative to the project.",
    )
    variables: Mapping[Variable, Pattern] = Field(
        default_factory=dict,
        description="By name, the variable that has its value: `DIGO_AUTHORIZATION_{STACK}`. They win over files.",
        json_schema_extra={"propertyNames": {"pattern": VARIABLE_SHAPE}},
    )


class WebhookNotice(_Strict):
    """A POST of a JSON document, signed as Standard Webhooks has it."""

    url: Address | None = Field(default=None, description="The address, if nothing in it is secret.")
    url_variable: Variable | None = Field(
        default=None, alias="urlVariable", description="The environment variable that has the address."
    )
    secret_variable: Variable | None = Field(
        default=None,
        alias="secretVariable",
        description="The environment variable that has the signing secret, `whsec_…`.",
    )
    secret_file: Written | None = Field(
        default=None, alias="secretFile", description="The file that has the signing secret, instead of a variable."
    )

    @model_validator(mode="after")
    def _one_address(self) -> WebhookNotice:
        if (self.url is None) is (self.url_variable is None):
            raise ValueError("exactly one of url and urlVariable is due here")
        if (self.secret_variable is None) is (self.secret_file is None):
            raise ValueError("exactly one of secretVariable and secretFile is due here: a webhook is signed")
        return self


class ChatNotice(_Strict):
    """A message to a chat service, by its incoming webhook."""

    service: ServiceWord | None = Field(default=None, description="The service, whose template is used.")
    template: Written | None = Field(
        default=None, description="A file with a template of your own (Jinja, JSON), instead of `service`."
    )
    url_variable: Variable = Field(
        alias="urlVariable", description="The environment variable that has the webhook's address, which is a secret."
    )

    @model_validator(mode="after")
    def _one_form(self) -> ChatNotice:
        if (self.service is None) is (self.template is None):
            raise ValueError("exactly one of service and template is due here")
        return self


class IssueNotice(_Strict):
    """An issue at GitHub or GitLab that is updated, and closed when nothing is left to say."""

    title: Written = Field(description="The issue's title.")
    label: Written | None = Field(default=None, description="A label of the issue.")


class NoticeEntry(_Strict):
    """One receiver of notices: exactly one of webhook, chat and issue."""

    webhook: WebhookNotice | None = Field(default=None, description="A signed JSON document to an address.")
    chat: ChatNotice | None = Field(default=None, description="A message to a chat service.")
    issue: IssueNotice | None = Field(default=None, description="An issue of the pipeline's own service.")
    on: tuple[OccasionWord, ...] = Field(
        default=tuple(Occasion), description="What it is told of: drift, up. Both if omitted."
    )
    always: bool = Field(
        default=False,
        description="Told of each watch. If omitted, only of a watch that finds a change. Not for `issue`.",
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> NoticeEntry:
        if sum(one is not None for one in (self.webhook, self.chat, self.issue)) != 1:
            raise ValueError("exactly one of webhook, chat and issue is due here")
        return self


class FleetSettings(_Strict):
    """The content of fleet.yaml."""

    groups: Mapping[Name, GroupEntry] = Field(description="Groups of stacks by their names.", min_length=1)
    waves: tuple[WaveEntry, ...] = Field(
        default=(), description="The waves of an up. One wave of all groups if omitted."
    )
    concurrency: Count = Field(default=8, description="How many ups run at once, on all machines together.")
    worker_concurrency: Count | None = Field(
        default=None,
        alias="workerConcurrency",
        description="How many ups run at once in one process. As many as the machine has processors if omitted.",
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
    notices: tuple[NoticeEntry, ...] = Field(default=(), description="Who is told of drift and of ups.")
