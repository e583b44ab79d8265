"""Where a login id and its password come from, what wins, and that no error or text shows the password."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.api.login import Login
from digo.settings.failure import SettingsError
from digo.settings.keys import Scheme
from digo.settings.stack_settings import Settings, read_settings

STACK, ENV, FILE, ENV_FILE = "stack-canary-1", "env-canary-2", "file-canary-3", "env-file-canary-4"
NOTHING = (
    "no token: set DIGO_AUTHORIZATION, or DIGO_AUTHORIZATION_FILE to a file that has it, or `pulumi config set "
    "--secret digo:authorization`; or a login: DIGO_LOGIN_ID with DIGO_LOGIN_PASSWORD or DIGO_LOGIN_PASSWORD_FILE "
    "(docs/login.md)"
)


def read(root: Path, config: dict[str, str], environ: dict[str, str], **more: frozenset[str]) -> Settings:
    given = {"endpoint": "https://voice.example", "profile": "smartflo", **config}
    return read_settings(given.get, environ, root, **more)


def problems(root: Path, config: dict[str, str], environ: dict[str, str], **more: frozenset[str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(root, config, environ, **more)
    assert not any(secret in str(caught.value) for secret in (STACK, ENV, FILE, ENV_FILE))
    return list(caught.value.problems)


def login_of(settings: Settings) -> Login:
    assert settings.access.login is not None
    return settings.access.login


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text(f"{FILE}\n")
    (tmp_path / "env-password").write_text(f"{ENV_FILE}\r\n", encoding="utf-8-sig")
    return tmp_path


ID = {"loginId": "example-login"}
SOURCES = {
    "stack": ({**ID, "loginPassword": STACK}, {}, STACK, "digo:loginPassword"),
    "file": ({**ID, "loginPasswordFile": "password", "loginPassword": STACK}, {}, FILE,
             "digo:loginPasswordFile (password)"),
    "file that the environment names": (
        {**ID, "loginPasswordFile": "password"}, {"DIGO_LOGIN_PASSWORD_FILE": "env-password"}, ENV_FILE,
        "DIGO_LOGIN_PASSWORD_FILE (env-password)",
    ),
    "environment": (
        {**ID, "loginPasswordFile": "password"},
        {"DIGO_LOGIN_PASSWORD": ENV, "DIGO_LOGIN_PASSWORD_FILE": "env-password"}, ENV, "DIGO_LOGIN_PASSWORD",
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_where_the_password_comes_from(root: Path, source: str) -> None:
    config, environ, password, named = SOURCES[source]
    settings = read(root, config, environ)
    credentials = login_of(settings).credentials
    assert (credentials.login_id, credentials.password) == ("example-login", password)
    assert credentials.said == f"the login id of digo:loginId with the password of {named}"
    assert settings.redactor(f"it is {password}") == "it is [secret]"
    assert password not in repr(settings) + str(settings) + repr(credentials)
    assert "Authorization" not in settings.access.headers


def test_the_login_id_of_the_environment_wins(root: Path) -> None:
    settings = read(root, {**ID, "loginPassword": STACK}, {"DIGO_LOGIN_ID": " other-login "})
    assert login_of(settings).credentials.login_id == "other-login"
    assert login_of(settings).credentials.id_source == "DIGO_LOGIN_ID"


@pytest.mark.parametrize("password", ["pässwörd ", " two words", "Bearer x", "日本"])
def test_a_password_is_taken_as_it_is_written(root: Path, password: str) -> None:
    (root / "password").write_text(f"{password}\n", encoding="utf-8")
    assert login_of(read(root, {**ID, "loginPasswordFile": "password"}, {})).credentials.password == password


def test_a_token_wins_over_a_login(root: Path) -> None:
    for config in ({**ID, "loginPassword": STACK}, ID, {"loginPassword": STACK}):
        access = read(root, config, {"DIGO_AUTHORIZATION": ENV}).access
        assert (access.authorization, access.login) == (ENV, None)


def test_one_half_of_a_login_is_told_with_the_other(root: Path) -> None:
    assert problems(root, ID, {}) == [
        "digo:loginId has no password: set DIGO_LOGIN_PASSWORD, or DIGO_LOGIN_PASSWORD_FILE to a file that has it, or "
        "`pulumi config set --secret digo:loginPassword`"
    ]
    assert problems(root, {}, {"DIGO_LOGIN_PASSWORD": ENV}) == [
        "the password of DIGO_LOGIN_PASSWORD has no login id: `pulumi config set digo:loginId …`, or set DIGO_LOGIN_ID"
    ]
    assert problems(root, {}, {}) == [NOTHING]


@pytest.mark.parametrize("password", ["", "\n", "  ", "a\0b"])
def test_a_password_that_cannot_be_sent(root: Path, password: str) -> None:
    (root / "password").write_text(password)
    assert problems(root, {**ID, "loginPasswordFile": "password"}, {}) == [
        "digo:loginPasswordFile (password) is empty, or has characters that no request can carry"
    ]


def test_a_file_that_cannot_be_read_never_gives_way_to_another_source(root: Path) -> None:
    told = problems(root, {**ID, "loginPasswordFile": "nowhere", "loginPassword": STACK}, {})
    assert told == [
        "digo:loginPasswordFile (nowhere) names a file that cannot be read: No such file or directory; bring it to "
        "this machine, or set DIGO_LOGIN_PASSWORD"
    ]


def test_a_password_in_clear_text_is_refused(root: Path) -> None:
    told = problems(root, {**ID, "loginPassword": STACK}, {}, plain=frozenset({"loginPassword"}))
    assert told == [
        "digo:loginPassword is in clear text in the stack's config: renew it, and `pulumi config set --secret "
        "digo:loginPassword`"
    ]


def test_a_profile_without_a_login_refuses_one(root: Path) -> None:
    lack = "The API (profile digo) has no call to create a token; take it away, and give a token"
    token = {"DIGO_AUTHORIZATION": "example-token"}
    digo = {"profile": "digo"}
    assert problems(root, {**digo, **ID}, token) == [f"digo:loginId: {lack}"]
    assert problems(root, {**digo, "loginPasswordFile": "password"}, token) == [f"digo:loginPasswordFile: {lack}"]
    told = problems(root, digo, {"DIGO_LOGIN_ID": "example-login"})
    assert told[0] == f"DIGO_LOGIN_ID: {lack}" and told[1].startswith("no token: ") and "login" not in told[1]
    # A shell may serve stacks of both profiles.
    assert read(root, digo, {**token, "DIGO_LOGIN_ID": "example-login"}).access.login is None


def test_two_stacks_of_one_login_share_the_pace_and_other_logins_do_not(root: Path) -> None:
    identities = {read(root, {"loginId": name, "loginPassword": STACK}, {}).access.identity for name in ("a", "b", "a")}
    assert identities == {"login a", "login b"}


@pytest.mark.parametrize("token", ["example-token", "Bearer example-token", "bearer  example-token"])
def test_a_token_pasted_with_bearer_gets_the_word_once(token: str) -> None:
    assert Scheme.BEARER.header(token) == "Bearer example-token"
    assert Scheme.VERBATIM.header(token) == token
