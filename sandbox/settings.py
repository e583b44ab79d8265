"""What can be chosen about the sandbox's behaviour, at start or while it runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_TOKEN = "example-token"

Profile = Literal["digo"]
NumberForm = Literal["plus", "digits", "national"]
Scheme = Literal["verbatim", "bearer"]
AgentIdForm = Literal["eid", "id", "other"]
Duplicates = Literal["allow", "refuse"]
Overwrite = Literal["replace", "merge"]
DuplicateOption = Literal["overwrite", "skip", "clone"]


class Settings(BaseModel):
    """How the simulated account behaves. Where the vendor's page is silent, the default is the choice that
    is hardest on a client.

    Attributes:
        profile: which of the vendor's products the service plays.
        token: values of `Authorization` that are let in.
        scheme: `verbatim` wants the token alone, `bearer` wants `Bearer <token>`.
        cps: requests a second for the whole account; 0 means no limit.
        retry_after: seconds in a `Retry-After` header on a 429; None sends no such header.
        latency_ms: milliseconds that every request waits before it is handled.
        number_form: how numbers come back: `+12025550100`, `12025550100` or the last ten digits.
        agent_id: what `agent_id` in the reply to a create is: the EID, the numeric id or neither.
        duplicates: whether a second agent with the same number or intercom is made or refused.
        overwrite: whether `duplicate_option: overwrite` drops the columns that were left out or keeps them.
        default_duplicate_option: what a lead without `duplicate_option` means.
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
    lists: tuple[str, ...] | None = None

    def changed(self, **changes: object) -> "Settings":
        """These settings with `changes` applied and checked; raises pydantic.ValidationError."""
        return Settings.model_validate({**self.model_dump(), **changes})

    def authorizes(self, header: str | None) -> bool:
        """Whether an `Authorization` header of this value is let in."""
        if header is None:
            return False
        if self.scheme == "verbatim":
            return header in self.token
        scheme, _, token = header.partition(" ")
        return scheme.lower() == "bearer" and token in self.token
