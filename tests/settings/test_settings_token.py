"""Where the token comes from, which source wins, and that no error or text shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.settings.failure import SettingsError
from digo.settings.stack_settings import Settings, read_settings

STACK, ENV, FILE, ENV_FILE = "stack-canary-1", "env-canary-2", "file-canary-3", "env-file-canary-4"
NO_TOKEN = (
    "no token: set DIGO_AUTHORIZATION, or DIGO_AUTHORIZATION_FILE to a file that has it, or "
    "`pulumi config set --secret digo:authorization`"
)
UNUSABLE = "the token of {} is empty or has characters that no HTTP header can carry"


def read(root: Path, config: dict[str, str], environ: dict[str, str]) -> Settings:
    return read_settings({"endpoint": "https://voice.example", **config}.get, environ, root)


def problem(root: Path, config: dict[str, str], environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read(root, config, environ)
    (found,) = caught.value.problems
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(f"{FILE}\n")
    (tmp_path / "env-token").write_text(f"  {ENV_FILE}\r\n")
    (tmp_path / "windows-token").write_text(f"{FILE}\r\n", encoding="utf-8-sig")
    return tmp_path


SOURCES = {
    "stack": ({"authorization": STACK}, {}, STACK),
    "file": ({"authorizationFile": "token", "authorization": STACK}, {}, FILE),
    "file with a byte order mark": ({"authorizationFile": "windows-token"}, {}, FILE),
    "file that the environment names": (
        {"authorizationFile": "token", "authorization": STACK}, {"DIGO_AUTHORIZATION_FILE": "env-token"}, ENV_FILE,
    ),
    "environment": (
        {"authorizationFile": "token", "authorization": STACK},
        {"DIGO_AUTHORIZATION": f" {ENV}\n", "DIGO_AUTHORIZATION_FILE": "env-token"},
        ENV,
    ),
    "an empty file name is none": (
        {"authorizationFile": "", "authorization": STACK}, {"DIGO_AUTHORIZATION_FILE": ""}, STACK,
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("scheme", "before"), [("verbatim", ""), ("bearer", "Bearer ")])
def test_where_the_token_comes_from(root: Path, source: str, scheme: str, before: str) -> None:
    config, environ, token = SOURCES[source]
    settings = read(root, {**config, "scheme": scheme}, environ)
    assert settings.access.headers["Authorization"] == before + token
    assert settings.redactor(f"{before}{token} {token}") in ("[secret] [secret]", "[secret]")
    assert token not in repr(settings) + str(settings)


def test_a_files_path_is_relative_to_the_project_or_absolute(root: Path) -> None:
    for path in ("token", "./token", str(root / "token")):
        assert read(root, {"authorizationFile": path}, {}).access.authorization == FILE


UNREADABLE = {
    "is missing": ("nowhere", "No such file or directory"),
    "is a folder": (".", "Is a directory"),
    "is not a text": ("binary", "it is not UTF-8 text"),
    "has a name that no file can have": ("a\0b", "no file has such a name"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_never_gives_way_to_another_source(root: Path, case: str) -> None:
    path, reason = UNREADABLE[case]
    (root / "binary").write_bytes(b"\xff\xfe")
    config = {"authorizationFile": path, "authorization": STACK}
    assert problem(root, config, {}) == f"digo:authorizationFile names a file that cannot be read: {reason}"
    told = problem(root, {"authorization": STACK}, {"DIGO_AUTHORIZATION_FILE": path})
    assert told == f"DIGO_AUTHORIZATION_FILE names a file that cannot be read: {reason}"


def test_no_token(root: Path) -> None:
    assert problem(root, {}, {}) == NO_TOKEN


@pytest.mark.parametrize("token", ["", "  ", "canary\nX-Other: 1", "canary\0", "can\u2028ary", "kanärie", "a\tb"])
@pytest.mark.parametrize("source", ["environment", "file", "stack"])
def test_a_token_that_no_header_can_carry(root: Path, source: str, token: str) -> None:
    (root / "token").write_bytes(token.encode())
    config, environ, name = {
        "environment": ({}, {"DIGO_AUTHORIZATION": token}, "DIGO_AUTHORIZATION"),
        "file": ({"authorizationFile": "token"}, {}, "digo:authorizationFile"),
        "stack": ({"authorization": token}, {}, "digo:authorization"),
    }[source]
    assert problem(root, config, environ) == UNUSABLE.format(name)
