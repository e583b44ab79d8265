"""The names of a stack's settings (`digo:…`), their meaning, and what their values can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from digo.api.access import DEFAULT_REPLY_MEGABYTES
from digo.api.calls import NumberForm
from digo.api.jwt import without_bearer
from digo.settings.profiles import DOCUMENTED_IN, PROFILES
from digo.text.did_you_mean import hint

DEFAULT_CPS = 3  # the smallest calls-per-second limit that the sibling product documents
DEFAULT_LATE_SECONDS = 5
DEFAULT_BULK_ROWS = 500  # what clients of the sibling product send; no page has a maximum

KEYS = {
    "endpoint": "the API's address, without /v1",
    "environment": "the folder under config/ to read, if not the stack's name",
    "account": "a name of the account, where one host has several; the same name in each stack of one account",
    "authorization": "the token, as a stack secret (prefer DIGO_AUTHORIZATION or a file: those never reach state)",
    "authorizationFile": "a file with the token, relative to the project",
    "loginId": "the login id, if the profile's product has logins: see docs/login.md",
    "loginPassword": "its password, as a stack secret (prefer DIGO_LOGIN_PASSWORD or a file)",
    "loginPasswordFile": "a file with that password, relative to the project",
    "scheme": "verbatim (the token is the whole Authorization header) or bearer",
    "cps": "the account's calls per second, for all calls together; 0 means no limit",
    "paceStore": "redis://… or postgresql://…, if machines share the account's pace; otherwise each has its own",
    "timeout": "seconds that one request may take in all: connection, request, and the reply to its last byte",
    "replyMegabytes": "the longest reply that is read, in megabytes after unpacking",
    "lateSeconds": "seconds that a request with a lost reply may still take effect",
    "numberForm": "how numbers are written to the API: plus, digits or integer",
    "ledgerKey": "the key of the digests of lead lists, as a stack secret (prefer DIGO_LEDGER_KEY or a file)",
    "ledgerKeyFile": "a file with that key, relative to the project",
    "profile": f"which product's API it is: {', '.join(PROFILES)}",
    "undocumented": f"calls to use that no page of the vendor has, by name: see {DOCUMENTED_IN}",
    "guards": "limits of what a run may do without approval, as a mapping: see docs/guards.md",
    "cannotConverge": "warn, or error to refuse a plan that leaves a difference",
    "deletes": "forget to keep on the account what is gone from config, or delete if the profile has a call for it",
    "bulkRows": "rows in one request, if the profile writes leads in bulk",
    "unmanaged": "report, or drift to have `digo drift` count agents that are in no config as drift",
}

# Only some commands read these, no run does: see `digo.cli`.
COMMAND_KEYS = {
    "zone": "the time zone of the account's call records, such as Asia/Kolkata",
    "labels": "labels by which `digo fleet` chooses the stack, as a mapping of texts: see docs/fleets.md",
    "apiKey": "the key of POST /v1/c2c_api, as a stack secret (prefer DIGO_API_KEY or a file)",
    "apiKeyFile": "a file with that key, relative to the project",
    "maskingSecret": "the secret that DIGO sends to the number-masking service, as a stack secret",
    "maskingSecretFile": "a file with that secret, relative to the project",
}


class CannotConverge(str, Enum):
    """What a plan does about a difference that the API has no call for."""

    WARN = "warn"
    ERROR = "error"


class Unmanaged(str, Enum):
    """What `digo drift` does about agents that the account has and config does not."""

    REPORT = "report"
    DRIFT = "drift"


class Deletes(str, Enum):
    """What becomes of an entry that is gone from config, if the profile has a call to delete it.

    FORGET: only the state loses it, as it does if the profile has no such call. DELETE: the account loses it too.
    """

    FORGET = "forget"
    DELETE = "delete"


class Scheme(str, Enum):
    """How the token becomes the `Authorization` header: as it is (page), or after `Bearer` (some siblings)."""

    VERBATIM = "verbatim"
    BEARER = "bearer"

    def header(self, token: str) -> str:
        """The header's value. A token that was pasted with `Bearer` gets the word once."""
        return f"Bearer {without_bearer(token)}" if self is Scheme.BEARER else token


class WholeNumber(NamedTuple):
    """A setting that is a whole number: its value if it is not set, the least and the most."""

    default: int
    least: int
    most: int


NUMBERS: Mapping[str, WholeNumber] = {
    "cps": WholeNumber(DEFAULT_CPS, 0, 10_000),
    "timeout": WholeNumber(30, 1, 600),
    "replyMegabytes": WholeNumber(DEFAULT_REPLY_MEGABYTES, 1, 1024),
    "lateSeconds": WholeNumber(DEFAULT_LATE_SECONDS, 0, 3600),
    "bulkRows": WholeNumber(DEFAULT_BULK_ROWS, 1, 10_000),
}
# The first word of each is the one that holds if the setting is left out.
CHOICES: Mapping[str, type[Enum]] = {
    "scheme": Scheme,
    "numberForm": NumberForm,
    "cannotConverge": CannotConverge,
    "unmanaged": Unmanaged,
    "deletes": Deletes,
}
# What nobody may read in a file of the repository.
SECRETS = ("authorization", "loginPassword", "apiKey", "maskingSecret", "ledgerKey")


def unknown_keys(names: Iterable[str]) -> list[str]:
    """The problems of unknown setting names, without `digo:`. A misspelt setting would silently have its default."""
    problems = []
    known = {**KEYS, **COMMAND_KEYS}
    for name in names:
        if name not in known:
            near = hint(name, known, f"known: {', '.join(KEYS)}", "digo:{}")
            problems.append(f"digo:{name} is not a setting; {near}")
    return problems


def in_clear_text(name: str) -> str:
    """The problem of a secret that the stack's config has in clear text."""
    return f"digo:{name} is in clear text in the stack's config: renew it, and `pulumi config set --secret digo:{name}`"
