"""What can be chosen about the sandbox's behaviour, at start or while it runs."""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, field_validator, model_validator

from sandbox.smartflo.settings import SmartfloSettings

EXAMPLE_TOKEN = "example-token"
EXAMPLE_API_KEY = "example-api-key"

Profile = Literal["digo"]
NumberForm = Literal["plus", "digits", "national"]
Scheme = Literal["verbatim", "bearer"]
AgentIdForm = Literal["eid", "id", "other"]
Duplicates = Literal["allow", "refuse"]
Overwrite = Literal["replace", "merge"]
DuplicateOption = Literal["overwrite", "skip", "clone"]


class Settings(SmartfloSettings):
    """How the simulated accounts behave.

    Where the vendor's page is silent, the default is the choice that is hardest on a client. What begins with
    `smartflo_` is about the sibling's account alone, and `token`, `scheme`, `duplicates` and `lists` about the other
    one alone.

    Attributes:
        profile: which of the vendor's products the service plays.
        token: accepted values of `Authorization`.
        scheme: `verbatim` wants the token alone, `bearer` wants `Bearer <token>`.
        cps: requests a second for the whole account; 0 means no limit.
        retry_after: seconds in a `Retry-After` header on a 429; None sends no such header.
        latency_ms: milliseconds that every request waits before it is handled.
        number_form: how numbers come back: `+12025550100`, `12025550100` or the last ten digits.
        agent_id: what the reply to a create has as `agent_id`: the EID, the numeric id or neither.
        duplicates: whether a second agent with the same number or intercom is made or refused.
        overwrite: whether `duplicate_option: overwrite` drops the columns that were left out or keeps them.
        default_duplicate_option: what a lead without `duplicate_option` means.
        api_key: keys that `POST /v1/c2c_api` accepts.
        zone: time zone of the dates in call records and in requests to the user's masking API.
        record_limit: the largest page of call records that is given, whatever `limit` asks for.
        call_queue_ms, call_ring_ms, call_talk_ms: how long a call waits, rings, and lasts once answered.
        call_missed_every: nobody answers every call whose number is a multiple of this; 0 means none.
        masking_url: the user's masking API, which is asked on an inbound call; None means no such API.
        masking_header: a header of those requests, as `Name: value`.
        masking_timeout_ms: how long the service waits for the user's API.
        masking_failover: the number that rings if the user's API gives no usable answer.
        lists: ids of the lead lists that exist; None means that any id does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Profile = "digo"
    token: tuple[str, ...] = Field(default=(EXAMPLE_TOKEN,), min_length=1)
    scheme: Scheme = "verbatim"
    cps: int = Field(default=0, ge=0)
    retry_after: int | None = Field(default=None, ge=0)
    latency_ms: int = Field(default=0, ge=0)
    number_form: NumberForm = "plus"
    agent_id: AgentIdForm = "eid"
    duplicates: Duplicates = "allow"
    overwrite: Overwrite = "replace"
    default_duplicate_option: DuplicateOption = "clone"
    api_key: tuple[str, ...] = Field(default=(EXAMPLE_API_KEY,), min_length=1)
    zone: str = "Asia/Kolkata"
    record_limit: int = Field(default=500, ge=1)
    call_queue_ms: int = Field(default=100, ge=0)
    call_ring_ms: int = Field(default=400, ge=0)
    call_talk_ms: int = Field(default=3000, ge=0)
    call_missed_every: int = Field(default=0, ge=0)
    masking_url: str | None = None
    masking_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+: \S.*$")
    masking_timeout_ms: int = Field(default=1000, ge=1)
    masking_failover: str | None = None
    lists: tuple[str, ...] | None = None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone") from None
        return name

    def changed(self, **changes: object) -> "Settings":
        """These settings with `changes` applied and checked; raises pydantic.ValidationError."""
        return type(self).model_validate({**self.model_dump(), **changes})

    def authorizes(self, header: str | None) -> bool:
        """Whether an `Authorization` header of this value is accepted."""
        if header is None:
            return False
        if self.scheme == "verbatim":
            return header in self.token
        return header != bare(header) and bare(header) in self.token


class NamedSettings(Settings):
    """How a named account behaves. It may speak one product's API only, and has no login unless it is given one."""

    token: tuple[str, ...] = ()
    smartflo_token: tuple[str, ...] = ()
    smartflo_login_id: str = ""

    @model_validator(mode="after")
    def _with_a_token(self) -> "NamedSettings":
        if not self.token and not self.smartflo_token:
            raise ValueError("it has no token, so nobody could use it: give token or smartflo_token")
        return self


def bare(header: str) -> str:
    """The token in the value of an `Authorization` header, without the word `Bearer`."""
    scheme, _, token = header.partition(" ")
    return token if scheme.lower() == "bearer" else header
