"""Entries of config as pydantic models: what all have, and agents. Unknown keys are refused.

`digo.desired.list_models` has lists.

Descriptions and `shape`s are for editors: `digo.schemas` publishes them.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from digo.fields.types import NUMBERS, TEXTS, WHOLE, WHOLES, FieldType, as_json, check_intercom
from digo.phone.number import PhoneNumber, parse_number
from digo.source.due import A_LIST, A_MAPPING, due
from digo.text.redact import mask_numbers

_MAX_KEY = 200
_PASSWORD_NAME = r"[a-z][A-Za-z0-9]{0,55}Password"
# Less strict than `parse_number`: any text with a character beyond ASCII may be a number.
_NUMBER_SHAPE = (
    r"[\s('\"=`]*(?:[tT][eE][lL]:)?[\s(]*(?:\+|00)[0-9 ().\-/]{9,40}['\"`\s]*|[\s\S]*[^\u0000-\u007f][\s\S]*"
)


def check_key(text: str) -> str:
    """Returns the key if it can name a Pulumi resource.

    Raises:
        ValueError: it cannot; the message says why.
    """
    if not text.strip() or text != text.strip() or len(text) > _MAX_KEY:
        raise ValueError("a key has 1 to 200 characters and no space at its ends")
    if "::" in text or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("a key names a Pulumi resource: it can have neither `::` nor control characters")
    if mask_numbers(text) != text:
        raise ValueError("a key names a Pulumi resource, which is shown everywhere: it can have no phone number in it")
    return text


def require_text(value: Any) -> str:
    """Returns the value if it is a text.

    YAML reads `yes`, `no`, `on` and `off` as truth values, so a text of that spelling needs quotes.

    Raises:
        ValueError: it is not a text; the message says why.
    """
    if isinstance(value, bool):
        raise ValueError("YAML reads this as true or false; write it in quotes")
    if value is None:
        raise ValueError("it has no value")
    if not isinstance(value, str):
        raise ValueError(due("a plain text", value))
    return value


def check_number(value: Any) -> PhoneNumber:
    """Returns the phone number that the value spells.

    Raises:
        ValueError: it is no text, or no phone number.
    """
    return parse_number(require_text(value))


def check_name(text: str) -> str:
    """Returns the name if an agent or a broadcast list can have it.

    Raises:
        ValueError: it is empty, or has control characters.
    """
    if not text.strip():
        raise ValueError("a name cannot be empty")
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("a name has no control characters")
    return text


def shape(pattern: str | None = None, **integer: int) -> WithJsonSchema:
    """The JSON Schema of a text: its pattern, or a text with a variable in it.

    YAML reads a text of digits as a number, and JSON Schema then sees a number; `integer` has its bounds.
    """
    text: dict[str, Any] = {"type": "string"}
    if pattern is not None:
        text["pattern"] = rf"^(?:{pattern})$|\$\{{"
    return WithJsonSchema({"anyOf": [text, {"type": "integer", **integer} if integer else {"type": "number"}]})


Written = Annotated[str, BeforeValidator(require_text)]
Key = Annotated[str, AfterValidator(check_key)]
Number = Annotated[
    PhoneNumber,
    PlainValidator(check_number),
    shape(_NUMBER_SHAPE, minimum=10**9, maximum=10**15 - 1),
]
Intercom = Annotated[Written, AfterValidator(check_intercom), shape(r"[0-9]{4}", minimum=0, maximum=9999)]


def _formerly(value: Any) -> tuple[str, ...]:
    keys = value if isinstance(value, list) else [value]
    return tuple(check_key(require_text(key)) for key in keys)


def _absent(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(due("true or false", value))
    return value


def _flag(value: Any) -> str:
    return "true" if _absent(value) else "false"


def _list_of(kind: FieldType) -> Any:
    """The validator of a list: its value is the text that the field has."""

    def check(value: Any) -> str:
        if not isinstance(value, list):
            raise ValueError(due(A_LIST, value))
        return kind.check(as_json([require_text(item) for item in value]))

    return PlainValidator(check)


def _mapping(value: Any) -> str:
    if not isinstance(value, dict):
        raise ValueError(due(A_MAPPING, value))
    return as_json(value)


def _filled(text: str) -> str:
    if not text.strip() or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("it has no text, or control characters in it")
    return text


def _password_name(text: str) -> str:
    """The name of a secret that is a new user's password. Config comes from pull requests, so it names no other one."""
    if not re.fullmatch(_PASSWORD_NAME, text) or text == "loginPassword":
        raise ValueError(
            "the name of a secret with a new user's password is like `agentPassword`: letters and digits, the first a "
            "small letter, and `Password` at its end; `loginPassword` is the stack's own. The value itself "
            "is never in config"
        )
    return text


Flag = Annotated[str, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
Whole = Annotated[Written, AfterValidator(WHOLE.check), shape(r"[0-9]{1,18}", minimum=0)]
Texts = Annotated[str, _list_of(TEXTS), WithJsonSchema({"type": "array", "items": {"type": ["string", "integer"]}})]
Wholes = Annotated[str, _list_of(WHOLES), WithJsonSchema({"type": "array", "items": {"type": ["integer", "string"]}})]
Numbers = Annotated[str, _list_of(NUMBERS), WithJsonSchema({"type": "array", "items": {"type": ["string", "integer"]}})]
Mapping = Annotated[str, PlainValidator(_mapping), WithJsonSchema({"type": "object"})]
Filled = Annotated[Written, AfterValidator(_filled), shape(r"(?=.*\S).*")]

_KEY_SHAPE = {"type": "string", "minLength": 1, "maxLength": _MAX_KEY}
Formerly = Annotated[
    tuple[str, ...],
    PlainValidator(_formerly),
    WithJsonSchema({"anyOf": [_KEY_SHAPE, {"type": "array", "items": _KEY_SHAPE}]}),
]


class Strict(BaseModel):
    """An entry: a mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AgentEntry(Strict):
    """One agent: the fields that a call of some profile takes. A plan refuses those that no call of its profile takes.

    `POST /v1/agent` takes the first three (page). The others are those of `POST /v1/user` and `PATCH /v1/user/{id}`, by
    the vendor's pages create-user and patch-a-user.
    """

    # Each field but `formerly`, `absent` and `password_secret` has a row in digo/fields/agents.py; all other code
    # follows that table.

    name: Annotated[Written, AfterValidator(check_name), shape(r"(?=.*\S).*")] = Field(
        description="The name that the panel shows. It is not unique: two agents may have the same name."
    )
    follow_me_number: Number = Field(
        description="The number that rings for the agent, with + and country code, in any spelling. It is the "
        "natural key: the account's agent with this number is this agent."
    )
    intercom: Intercom | None = Field(
        default=None,
        description="Four digits, unique in the account: the second natural key. If omitted, it is left alone.",
    )
    email: Filled | None = Field(default=None, description="The user's e-mail address.")
    login_id: Filled | None = Field(default=None, description="The name that the user logs in with; unique.")
    user_role: Whole | None = Field(
        default=None, description="The id of the user's role, as the panel's address shows it."
    )
    caller_ids: Numbers | None = Field(
        default=None, description="The account's numbers that the agent calls with, each with + and country code."
    )
    agent_group: Texts | None = Field(default=None, description="The ids of the agent's groups.")
    department: Wholes | None = Field(
        default=None, description="The ids of the agent's departments. Only a create takes it."
    )
    time_group: Filled | None = Field(
        default=None, description="The id of the agent's time group. Only a create takes it."
    )
    failover_destinations: Texts | None = Field(
        default=None, description="Where a call goes that the agent does not take. Only a create takes it."
    )
    route_call_through: Whole | None = Field(
        default=None, description="0 agent, 1 extension, 2 both. Only a create takes it."
    )
    assign_extension: Flag | None = Field(
        default=None, description="Whether the user gets an extension. Only a create takes it."
    )
    block_web_login: Flag | None = Field(default=None, description="Whether the user cannot log in to the panel.")
    login_based_calling: Flag | None = Field(
        default=None, description="Whether the agent takes calls only while logged in."
    )
    international_outbound: Flag | None = Field(default=None, description="Whether the agent can call other countries.")
    designation: Filled | None = Field(default=None, description="The user's designation.")
    user_for_cdr: Mapping | None = Field(
        default=None, description="Whose call records the user sees, as the API takes it."
    )
    blocked: Flag | None = Field(default=None, description="Whether the agent takes no calls.")
    disabled: Flag | None = Field(default=None, description="Whether the agent is switched off.")
    password_secret: Annotated[Written, AfterValidator(_password_name), shape(_PASSWORD_NAME)] | None = Field(
        default=None,
        description="The name of the secret with a new user's password: `agentPassword` is DIGO_AGENT_PASSWORD, or the "
        "file in DIGO_AGENT_PASSWORD_FILE. If omitted, a password is made up, sent once and kept nowhere.",
    )
    formerly: Formerly = Field(
        default=(),
        description="The entry's former key, or several. The entry is renamed, and nothing else happens.",
    )
    absent: Annotated[bool, PlainValidator(_absent), WithJsonSchema({"type": "boolean"})] = Field(
        default=False,
        description="true: the agent must not be on the account. It is deleted if the profile has a call for that; "
        "otherwise each plan reports it until it is gone.",
    )
