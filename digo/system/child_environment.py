"""What a process of ours keeps of its environment: core files and variables that it does not need stay away.

The engine needs the passphrase of the stack and the token of the backend. The program and the provider host do not. A
secret that a process does not have cannot leak from it: into a traceback, a child process, or `/proc`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, MutableMapping

_NEEDED = frozenset({"DIGO_AUTHORIZATION", "DIGO_LEDGER_KEY", "DIGO_PACE_STORE", "PULUMI_CONFIG_SECRET_KEYS"})
_PREFIXES_NEEDED = ("DIGO_VAR_", "PG")
"""The config's own variables, and those of a pace store in Postgres (libpq's documentation)."""

_PASSWORD = re.compile(r"DIGO_\w*PASSWORD", re.ASCII)
"""Of the stack's login, and of the new users whose entries name one: the host sends them."""

_WITHHELD = frozenset(
    {
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_ACCESS_TOKEN",
        "DIGO_API_KEY",
        "DIGO_API_KEY_FILE",
        "DIGO_MASKING_SECRET",
        "DIGO_MASKING_SECRET_FILE",
    }
)
"""The engine's secrets, and those that only commands of `digo` read."""

_SECRET_ENDINGS = (
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "SECRETS",
    "SECRET_KEY",
    "ACCESS_KEY",
    "ACCESS_KEY_ID",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIALS",
    "CREDENTIAL",
    "AUTH_SOCK",
    "ACCOUNT_KEY",
    "SAS_TOKEN",
    "CONNECTION_STRING",
    "CONNECTIONSTRING",
    "TOKENS",
    "PASSWORDS",
    "APIKEYS",
    "_KEY",
    "_KEYS",
    "_PASS",
    "_PWD",
    "_PAT",
    "_PSK",
    "_SAS",
    "_JWT",
    "_JWT_V1",
    "_JWT_V2",
    "_AUTH",
    "_AUTH_CONFIG",
    "_COOKIE",
    "_SECRET_ID",
    "_WEBHOOK",
    "_WEBHOOK_URL",
)
"""How the names of other tools' secrets end: GITHUB_TOKEN, AWS_SECRET_ACCESS_KEY, SSH_AUTH_SOCK, DB_PASS.

An ending that is also a word, such as KEY, begins with `_`.
"""

STORES = "DIGO_STORES"
"""The addresses, separated by blanks, below which lists may be read; see `digo.lists.addresses`."""

_OF_STORES = {
    "s3": frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}),
    "gs": frozenset({"GOOGLE_APPLICATION_CREDENTIALS"}),
}
"""What program and host keep if they read lists from a store, by the beginning of its addresses."""

_PROXY_ENDING = "_PROXY"
"""The client of the account reads the proxies, which may have a password."""

_SECRET_VALUE = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s/@]*:[^\s/@]+@\S+"  # postgres://user:password@host, https://user:token@host
    r"|https?://[^\s/@]+@\S+"  # https://token@host
    r"|(?:.*;)?\s*(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)\s*=.*",
    re.IGNORECASE | re.DOTALL,
)
"""A whole value that is an address with a password, or a connection string with a key."""

_FEW = 4_096  # characters: config in a variable is longer, and no address is


def _is_withheld(name: str, value: str, needed_for_stores: frozenset[str]) -> bool:
    """Whether the program and the provider host go without a variable, by its name and its value."""
    upper = name.upper()
    if (
        upper in needed_for_stores
        or upper in _NEEDED
        or upper.startswith(_PREFIXES_NEEDED)
        or upper.endswith(_PROXY_ENDING)
    ):
        return False
    if _PASSWORD.fullmatch(upper):
        return False
    if upper in _WITHHELD or upper.endswith(_SECRET_ENDINGS):
        return True
    return len(value) <= _FEW and _SECRET_VALUE.fullmatch(value) is not None


def _needed_for_stores(environ: Mapping[str, str]) -> frozenset[str]:
    schemes = {one.partition("://")[0].lower() for one in environ.get(STORES, "").split()}
    return frozenset().union(*(names for scheme, names in _OF_STORES.items() if scheme in schemes))


def for_children(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program or a provider host."""
    kept = dict(environ)
    drop_withheld(kept)
    return kept


def drop_withheld(environ: MutableMapping[str, str]) -> None:
    """Takes what the process does not need out of its own environment, so that no child of it has it."""
    needed = _needed_for_stores(environ)
    for name in [name for name, value in environ.items() if _is_withheld(name, value, needed)]:
        del environ[name]


def no_core_files() -> None:
    """Lets neither this process nor its children write a core file: its memory has secrets in clear text."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
