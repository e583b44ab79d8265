"""The variables that a stack's pod gets from Secrets. Their values are nowhere in a manifest."""

from __future__ import annotations

from collections.abc import Iterable

from digo.workspace.stack_config import StackConfig

ACCESS_TOKEN = "PULUMI_ACCESS_TOKEN"
PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"


def variables_of(config: StackConfig, more: Iterable[str], *, cloud: bool) -> tuple[str, ...]:
    """The names of the variables, sorted.

    Args:
        config: the stack's settings. What it has encrypted needs no variable.
        more: further names, as of `environment` in fleet.yaml.
        cloud: whether the state is kept by a Pulumi service, which wants a token.
    """
    kept = set(config.keys("digo"))
    names = set(more)
    if "loginId" in kept:
        names |= set() if "loginPassword" in kept else {"DIGO_LOGIN_PASSWORD"}
    elif "authorization" not in kept:
        names.add("DIGO_AUTHORIZATION")
    if "ledgerKeyFile" in kept and "ledgerKey" not in kept:
        names.add("DIGO_LEDGER_KEY")  # no repository has that file
    if config.file.encryption_salt:
        names.add(PASSPHRASE)
    if cloud:
        names.add(ACCESS_TOKEN)
    return tuple(sorted(names))
