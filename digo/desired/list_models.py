"""The entries of `lists.yaml` as pydantic models. Unknown keys are refused."""

from __future__ import annotations

import re
from typing import Annotated, Any

import phonenumbers
from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from digo.desired.models import Formerly, Key, Strict, Written, check_name, require_text, shape
from digo.lists.files.addresses import check_address, file_name, is_address
from digo.lists.files.encodings import check_encoding
from digo.lists.files.source import ENDINGS, MAX_SHARDS, PHONE_FIELD, Duplicates, is_source

_API_FIELD = re.compile(r"field_(0|[1-9][0-9]{0,2})")


def _list_id(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ValueError("a list id has letters, digits, `_` and `-` only")
    return text


def is_api_field(text: str) -> bool:
    """Whether the text is one of the API's columns: field_0, field_1 and so on."""
    return _API_FIELD.fullmatch(text) is not None


def _api_field(text: str) -> str:
    if not is_api_field(text):
        raise ValueError("the API's columns are called field_0, field_1, field_2 …")
    return text


ApiField = Annotated[Written, AfterValidator(_api_field), WithJsonSchema({"type": "string", "pattern": "^field_"})]


# Endings match in either case; JSON Schema has no flag for that.
_SOURCE_SHAPE = r".*\.([cC][sS][vV](\.[gG][zZ])?|[pP][aA][rR][qQ][uU][eE][tT]|[xX][lL][sS][xX]?|[oO][dD][sS])(\?.*)?"


_TEXTS, _OTHER_WORKBOOKS = (".txt", ".tsv", ".tab"), (".xlsm", ".xlsb", ".numbers")


def _source(text: str) -> str:
    if is_address(text):
        check_address(text)
    if not is_source(file_name(text)):
        allowed = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise ValueError(f"a source is a file or a glob that ends in {allowed}{_instead(file_name(text).lower())}")
    return text


def _instead(name: str) -> str:
    """What to do with a file that has another ending, as the end of a message."""
    if name.endswith(_TEXTS):
        return "; a file of text, with any sign between its columns, may be called .csv"
    return "; save it as .xlsx" if name.endswith(_OTHER_WORKBOOKS) else ""


def _suppress(value: Any) -> tuple[str, ...]:
    patterns = value if isinstance(value, list) else [value]
    return tuple(_source(require_text(pattern)) for pattern in patterns)


_SUPPRESS_SHAPE = {"type": "string", "pattern": rf"^(?:{_SOURCE_SHAPE})$|\$\{{"}
Suppress = Annotated[
    tuple[str, ...],
    PlainValidator(_suppress),
    WithJsonSchema({"anyOf": [_SUPPRESS_SHAPE, {"type": "array", "items": _SUPPRESS_SHAPE}]}),
]


def check_country(text: str) -> str:
    """Returns the country in capitals if it is one.

    Raises:
        ValueError: it is not a country that phonenumbers knows.
    """
    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("a country is two letters, such as IN or US")
    return text.upper()


Columns = dict[Key, ApiField]
Country = Annotated[Written, AfterValidator(check_country), shape("[A-Za-z]{2}")]


def _duplicates(text: str) -> Duplicates:
    try:
        return Duplicates(text)
    except ValueError:
        raise ValueError(f"one of: {', '.join(choice.value for choice in Duplicates)}") from None


def _shards(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text, flags=re.ASCII) or not 1 <= int(text) <= MAX_SHARDS:
        raise ValueError(f"a whole number from 1 to {MAX_SHARDS}")
    return int(text)


_IDENTITY: dict[str, Any] = {
    "oneOf": [{"required": ["id"]}, {"required": ["name"]}],
    "dependencies": {"description": ["name"]},
}


class ListEntry(Strict):
    """One broadcast list.

    It has an `id` or a `name`. A list with a `name` is adopted by its name, created or renamed, where the stack's
    profile has calls for that. `columns` maps the user's column names to the API's fields; one of them is `field_0`,
    the phone. Inline `leads` have values by those names, or by `field_N`. A `source` is a file whose header has those
    names. `country` applies to numbers without `+`. `duplicates`, `shards`, `encoding` and `sheet` apply to a source
    only; `suppress` applies to both.
    """

    # That an entry has one of the two is checked with all entries, as a problem of its own.
    model_config = ConfigDict(json_schema_extra=_IDENTITY)

    id: Annotated[Written, AfterValidator(_list_id), shape(r"[A-Za-z0-9_-]{1,64}", minimum=0)] | None = Field(
        default=None, description="The list's id in the panel. Either this or `name`."
    )
    name: Annotated[Written, AfterValidator(check_name), shape(r"(?=.*\S).*")] | None = Field(
        default=None,
        description="The list's name in the panel, in place of `id`: the account's list of this name is adopted, or a "
        "new one is created. Only for profiles that can list broadcast lists.",
    )
    description: Annotated[Written, AfterValidator(check_name), shape(r"(?=.*\S).*")] | None = Field(
        default=None,
        description="The description that a list with a `name` gets in the panel, if it is created or renamed. The "
        "API does not show it, so a change in the panel is not noticed.",
    )
    columns: Columns = Field(
        default_factory=lambda: {"phone": PHONE_FIELD},
        description="Maps your column names to the API's fields; field_0 is the phone.",
    )
    # Values are checked with the columns, so that one lead's error does not hide another's.
    leads: list[dict[str, Any]] = Field(
        default_factory=list, description="A few leads, each with values by column name. Not together with `source`."
    )
    source: Annotated[Written, AfterValidator(_source), shape(_SOURCE_SHAPE)] | None = Field(
        default=None,
        description="A file with the leads, or a glob, relative to the environment's folder: CSV, CSV.gz, Parquet, a "
        "workbook (.xlsx, .xls, .ods); or the address of an object: s3://, gs://, https://. Its header has the column "
        "names.",
    )
    encoding: Annotated[Written, AfterValidator(check_encoding), shape(r"[A-Za-z0-9_.: -]+")] | None = Field(
        default=None,
        description="The encoding of a source's CSV files, as Python names it, such as windows-1252. Without it a file "
        "is UTF-8, or what its byte-order mark says.",
    )
    sheet: Annotated[Written, AfterValidator(check_name), shape(r"(?=.*\S).*")] | None = Field(
        default=None, description="The sheet of a source's workbooks. Without it a workbook has one visible sheet."
    )
    formerly: Formerly = Field(
        default=(),
        description="The list's former key, or several. The list is renamed, and nothing is sent again.",
    )
    country: Country | None = Field(
        default=None, description="Two letters. Numbers without + are read as numbers of this country."
    )
    duplicates: Annotated[
        Duplicates,
        PlainValidator(lambda value: _duplicates(require_text(value))),
        WithJsonSchema({"enum": [choice.value for choice in Duplicates]}),
    ] = Field(
        default=Duplicates.ERROR,
        description="What happens if two rows of a source have the same number: an error, or which row counts.",
    )
    shards: Annotated[
        int,
        PlainValidator(lambda value: _shards(require_text(value))),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_SHARDS}),
    ] = Field(
        default=1,
        description="The number of resources that a source is split into. An interrupted up resumes at the last one.",
    )
    suppress: Suppress = Field(
        default=(),
        description="Files or globs with numbers that are never sent, relative to the environment's folder: one, or a "
        "list of them. The column `phone`, or else the first one, has the numbers.",
    )
