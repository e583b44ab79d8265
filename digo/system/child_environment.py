"""What a process of ours keeps of its environment: core files and variables that it does not need stay away.

The engine needs the passphrase of the stack and the token of the backend. The program and the provider host do not. A
secret that a process does not have cannot leak from it: into a traceback, a child process, or `/proc`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, MutableMapping

_NEEDED = frozenset({"DIGO_AUTHORIZATION", "DIGO_LEDGER_KEY", "PULUMI_CONFIG_SECRET_KEYS"})
_PREFIXES_NEEDED = ("DIGO_VAR_", "PG")
"""The config's own variables, and those of a pace store in Postgres (libpq's documentation)."""

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
)
"""How the names of other tools' secrets end: GITHUB_TOKEN, AWS_SECRET_ACCESS_KEY, SSH_AUTH_SOCK."""


def is_withheld(name: str) -> bool:
    """Whether the program and the provider host go without a variable."""
    upper = name.upper()
    if upper in _NEEDED or upper.startswith(_PREFIXES_NEEDED):
        return False
    return upper in _WITHHELD or upper.endswith(_SECRET_ENDINGS)


def for_children(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program or a provider host."""
    return {name: value for name, value in environ.items() if not is_withheld(name)}


def drop_withheld(environ: MutableMapping[str, str]) -> None:
    """Takes what the process does not need out of its own environment, so that no child of it has it."""
    for name in [name for name in environ if is_withheld(name)]:
        del environ[name]


def no_core_files() -> None:
    """Lets neither this process nor its children write a core file: its memory has secrets in clear text."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
