"""The login id and password of a stack: from the environment, a file, or encrypted stack config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from digo.settings.failure import SettingsError
from digo.settings.profiles import Ability, Profile, Subject
from digo.settings.secrets import Secret, find_secret
from digo.text.unicode import is_unicode

if TYPE_CHECKING:
    from digo.api.login import Credentials

LOGIN_KEYS = ("loginId", "loginPassword", "loginPasswordFile")
ID_VARIABLE = "DIGO_LOGIN_ID"
PASSWORD_VARIABLE = "DIGO_LOGIN_PASSWORD"
PASSWORD_FILE_VARIABLE = "DIGO_LOGIN_PASSWORD_FILE"
_VARIABLES = (ID_VARIABLE, PASSWORD_VARIABLE, PASSWORD_FILE_VARIABLE)

HOW_TO_LOG_IN = f"{ID_VARIABLE} with {PASSWORD_VARIABLE} or {PASSWORD_FILE_VARIABLE} (docs/login.md)"


def find_credentials(
    config: Callable[[str], str | None], environ: Mapping[str, str], root: Path, *, plain: bool
) -> Credentials | None:
    """The login id and its password; None if neither is set.

    Args:
        config: gives a stack config value by its key without `digo:`, decrypted, or None.
        environ: the process's environment.
        root: the folder that a file's name is relative to.
        plain: whether the config has the password in clear text.

    Raises:
        SettingsError: only one of the two is set, the password's file cannot be read, or one of them cannot be sent.
    """
    password = find_secret("loginPassword", config, environ, root, plain=plain, usable=_usable)
    source = ID_VARIABLE if environ.get(ID_VARIABLE) else "digo:loginId"
    login_id = (environ.get(ID_VARIABLE) or config("loginId") or "").strip()
    if not login_id and password is None:
        return None
    if password is None:
        step = f"set {PASSWORD_VARIABLE}, or {PASSWORD_FILE_VARIABLE} to a file that has it"
        raise SettingsError([f"{source} has no password: {step}, or `pulumi config set --secret digo:loginPassword`"])
    if not login_id:
        step = f"`pulumi config set digo:loginId …`, or set {ID_VARIABLE}"
        raise SettingsError([f"the password of {password.source} has no login id: {step}"])
    if not login_id.isprintable():
        raise SettingsError([f"{source} has characters that no login id has"])
    from digo.api.login import Credentials  # most stacks have a token

    return Credentials(login_id, password.text, source, password.source)


def no_login(
    config: Callable[[str], str | None], environ: Mapping[str, str], profile: Profile, *, token: bool
) -> list[str]:
    """The problem of a login in a profile whose product has none; empty if there is no login.

    A variable counts only where there is no `token`: a shell may serve several stacks.
    """
    named = [f"digo:{key}" for key in LOGIN_KEYS if config(key) is not None]
    named += [] if token else [name for name in _VARIABLES if environ.get(name)]
    if not named:
        return []
    return [f"{named[0]}: {profile.lacks(Ability.CREATE, Subject.TOKEN)}; take it away, and give a token"]


def _usable(text: str, source: str) -> Secret:
    """A password as it is written, without the end of its line."""
    password = text.strip("\r\n")
    if not password.strip() or not is_unicode(password) or "\0" in password:
        raise SettingsError([f"{source} is empty, or has characters that no request can carry"])
    return Secret(password, source)
