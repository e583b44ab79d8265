"""Command line, program and host get the config from different places, and make the same stack of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi
import pytest

from digo.cli.context import Context
from digo.settings.failure import SettingsError
from digo.stack import Stack
from providers.host.session import HostConfig
from providers.stack import PulumiConfig

ENDPOINT = "https://voice.example"
TOKEN = {"DIGO_AUTHORIZATION": "example-token"}
CONFIG = {"digo:endpoint": ENDPOINT, "digo:cps": "7", "digo:environment": "prod", "digo:guards": '{"maxCreates": 3}'}


@pytest.fixture(autouse=True)
def no_config_left() -> Iterator[None]:
    """Pulumi keeps the config of the program in the process."""
    yield
    pulumi.runtime.set_all_config({})


def stack_of(
    kind: str, root: Path, config: Mapping[str, str], environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Stack:
    """The stack `test` with this config, as one of the three gets it."""
    if kind == "command line":
        (root / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
        lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in config.items())
        (root / "Pulumi.test.yaml").write_text(f"config:\n{lines}")
        return Context(root, "test", environ=environ).loaded
    if kind == "program":
        monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))
        pulumi.runtime.set_all_config(dict(config))
        return Stack("test", root, PulumiConfig(), environ)
    return Stack("test", root, HostConfig(config), environ)


KINDS = ("command line", "program", "host")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_config_makes_the_same_stack(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = stack_of(kind, tmp_path, CONFIG, {**TOKEN, "DIGO_LEDGER_KEY": "k" * 40}, monkeypatch)
    settings = stack.settings
    assert (settings.access.endpoint, settings.cps, settings.guards.maxCreates) == (ENDPOINT, 7, 3)
    assert stack.folder == tmp_path / "config" / "prod"
    key = stack.ledger_key()
    assert key is not None and key.text == "k" * 40
    assert stack.guard_context.folder == "config/prod"
    assert stack.journals == tmp_path / ".digo" / "journal" / "test"
    assert "example-token" not in repr(stack) and "k" * 40 not in repr(stack)


@pytest.mark.parametrize("kind", KINDS)
def test_a_variable_that_is_not_utf8_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="DIGO_ODD"):
        _ = stack_of(kind, tmp_path, CONFIG, {**TOKEN, "DIGO_ODD": "\udcff"}, monkeypatch).settings


@pytest.mark.parametrize("kind", ["command line", "program"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"digo:endpiont": "x"}, "did you mean digo:endpoint"),
        ({"digo:authorization": "example-token"}, "digo:authorization is in clear text"),
    ],
)
def test_who_reads_the_stack_file_refuses_what_is_wrong_in_it(
    kind: str, more: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match=said):
        _ = stack_of(kind, tmp_path, {**CONFIG, **more}, TOKEN, monkeypatch).settings


def test_the_host_takes_a_setting_of_an_older_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a refresh its config is that of the last up."""
    stack = stack_of("host", tmp_path, {**CONFIG, "digo:retired": "x", "digo:authorization": "t"}, {}, monkeypatch)
    assert stack.settings.access.authorization == "t"


@pytest.mark.parametrize("kind", ["command line", "program"])
def test_a_ledger_key_in_clear_text_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = stack_of(kind, tmp_path, {**CONFIG, "digo:ledgerKey": "k" * 40}, TOKEN, monkeypatch)
    with pytest.raises(SettingsError, match="digo:ledgerKey is in clear text"):
        stack.ledger_key()
