"""What can be chosen about the sibling's account. Its documentation is silent on most of it."""

from typing import Literal

from pydantic import BaseModel, Field

EXAMPLE_SMARTFLO_TOKEN = "example-smartflo-token"
EXAMPLE_LOGIN = "example-login"
EXAMPLE_PASSWORD = "example-password"

PREFIX = "smartflo_"

Answered = Literal["answer", "403", "404", "405", "false"]
UserDuplicates = Literal["allow", "refuse"]
CreatedId = Literal["none", "id", "user_id", "agent_id", "data"]
ErrorForm = Literal["texts", "text", "errors"]
IdForm = Literal["int", "text"]
ReplyNames = Literal["lower", "capital"]
EmptyForm = Literal["array", "object", "message"]
BatchKey = Literal["status", "batch_status", "message"]


class SmartfloSettings(BaseModel):
    """How the sibling's account behaves. The names have a prefix, because both accounts share one set of settings.

    Attributes:
        smartflo_token: accepted values of `Authorization`, alone or behind `Bearer`.
        smartflo_users: whether the calls about users are answered; otherwise the status of their refusal, where
            `false` is a `success: false` with status 200.
        smartflo_agents: the same for the legacy calls about agents.
        smartflo_duplicates: whether a second user or agent of one number, login id, e-mail or intercom is refused.
        smartflo_page_limit: the largest page of users that is given, whatever `limit` asks for.
        smartflo_numbers: the account's own phone numbers.
        smartflo_country: country code that a number of ten digits comes back with; empty adds none.
        smartflo_created_id: where the reply to a new user has an id: nowhere, as `id` or `user_id` (the user's), as
            `agent_id` (the agent's EID), or as `id` below `data`.
        smartflo_errors: a refused user's form: 400 and texts in arrays, 422 and texts, or 400 with `errors`.
        smartflo_ids: whether the ids of users and lists are numbers or text.
        smartflo_reply_names: whether a changed user is answered with `success` or, as its page prints, `Success`.
        smartflo_empty: what the leads of an empty list are: `[]`, `{}`, or an object with a message.
        smartflo_lead_columns: how many columns a lead shows, set or not.
        smartflo_batch_ms: milliseconds that a batch takes.
        smartflo_batch_slices: parts in which a batch's rows become visible during that time.
        smartflo_batch_key: the key that has a batch's status.
        smartflo_batch_rows: whether that status has counts and the refused rows as well.
        smartflo_batch_limit: most rows of a batch; 0 means no limit.
        smartflo_refused_text: a batch leaves out each row that has this text in a column.
        smartflo_login_id, smartflo_password: what `POST /v1/auth/login` accepts.
        smartflo_password_days: days until the password ends.
        smartflo_token_seconds: how long a token of a login lives.
        smartflo_lock_after: refused logins in a row that lock the account.
        smartflo_lock_seconds: how long it is locked.
        smartflo_login_status: HTTP status of a refused login.
    """

    smartflo_token: tuple[str, ...] = Field(default=(EXAMPLE_SMARTFLO_TOKEN,), min_length=1)
    smartflo_users: Answered = "answer"
    smartflo_agents: Answered = "answer"
    smartflo_duplicates: UserDuplicates = "refuse"
    smartflo_page_limit: int = Field(default=1000, ge=1)
    smartflo_numbers: tuple[str, ...] = ("+12025550190", "+12025550191")
    smartflo_country: str = Field(default="", pattern=r"^\d{0,3}$")
    smartflo_created_id: CreatedId = "none"
    smartflo_errors: ErrorForm = "texts"
    smartflo_ids: IdForm = "int"
    smartflo_reply_names: ReplyNames = "lower"
    smartflo_empty: EmptyForm = "array"
    smartflo_lead_columns: int = Field(default=35, ge=1)
    smartflo_batch_ms: int = Field(default=0, ge=0)
    smartflo_batch_slices: int = Field(default=1, ge=1)
    smartflo_batch_key: BatchKey = "status"
    smartflo_batch_rows: bool = False
    smartflo_batch_limit: int = Field(default=0, ge=0)
    smartflo_refused_text: str | None = None
    smartflo_login_id: str = EXAMPLE_LOGIN
    smartflo_password: str = EXAMPLE_PASSWORD
    smartflo_password_days: int = 90
    smartflo_token_seconds: int = Field(default=3600, ge=0)
    smartflo_lock_after: int = Field(default=3, ge=1)
    smartflo_lock_seconds: int = Field(default=900, ge=0)
    smartflo_login_status: int = Field(default=200, ge=200, le=599)
