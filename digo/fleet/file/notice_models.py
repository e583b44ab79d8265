"""`notices` of fleet.yaml as pydantic models: receivers of notices about drift and ups."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import Field, model_validator

from digo.desired.models import Written
from digo.fleet.file.addresses import Address
from digo.fleet.file.strict import Strict, enum_schema, enum_value
from digo.fleet.file.values import Name, Variable


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


ServiceWord = Annotated[ChatService, enum_value(ChatService), enum_schema(ChatService)]
OccasionWord = Annotated[Occasion, enum_value(Occasion), enum_schema(Occasion)]


class WebhookNotice(Strict):
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


class ChatNotice(Strict):
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


class IssueNotice(Strict):
    """An issue at GitHub or GitLab that is updated, and closed when nothing is left to say."""

    title: Name = Field(description="The issue's title.")
    label: Written | None = Field(default=None, description="A label of the issue.")


class NoticeEntry(Strict):
    """One receiver of notices: exactly one of webhook, chat and issue."""

    webhook: WebhookNotice | None = Field(default=None, description="A signed JSON document to an address.")
    chat: ChatNotice | None = Field(default=None, description="A message to a chat service.")
    issue: IssueNotice | None = Field(default=None, description="An issue of the pipeline's own service.")
    on: tuple[OccasionWord, ...] = Field(
        default=tuple(Occasion), min_length=1, description="What its notices are about: drift, up. Both if omitted."
    )
    always: bool = Field(
        default=False,
        description="Whether it gets a notice of each watch. If omitted, only of a watch that finds a change. Not for "
        "`issue`.",
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> NoticeEntry:
        if sum(one is not None for one in (self.webhook, self.chat, self.issue)) != 1:
            raise ValueError("exactly one of webhook, chat and issue is due here")
        return self
