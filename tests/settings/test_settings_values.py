"""Every setting: what it may be, what it is by default, and the exact words where it is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from digo.api.calls import NumberForm
from digo.api.pace import NoLimit
from digo.lists.key import read_ledger_key
from digo.settings.environment import environment_of
from digo.settings.failure import SettingsError
from digo.settings.limits import GuardLimits as GuardLimits
from digo.settings.profiles import DIGO
from digo.settings.stack_settings import (
    KEYS,
    CannotConverge,
    Settings,
    Unmanaged,
    read_settings,
    unknown_keys,
    wrong_settings,
)

TOKEN = "example-token"
NEEDED = {"endpoint": "https://voice.example"}
ENVIRON = {"DIGO_AUTHORIZATION": TOKEN}


def read(config: Mapping[str, str], environ: Mapping[str, str] = ENVIRON, root: Path = Path()) -> Settings:
    return read_settings({**NEEDED, **config}.get, environ, root)


def problems(config: Mapping[str, str], environ: Mapping[str, str] = ENVIRON, root: Path = Path()) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(config, environ, root)
    lines = str(caught.value).splitlines()
    assert lines[0] == "the stack's settings are not usable; nothing was read or written:"
    assert lines[1:] == [f"  {problem}" for problem in caught.value.problems]
    return caught.value.problems


def value(settings: Settings, key: str) -> Any:
    return {
        "endpoint": settings.access.endpoint,
        "cps": settings.cps,
        "timeout": settings.limits.reply_timeout,
        "replyMegabytes": settings.limits.reply_bytes / 2**20,
        "lateSeconds": settings.late_seconds,
        "numberForm": settings.number_form,
        "cannotConverge": settings.cannot_converge,
        "unmanaged": settings.unmanaged,
        "profile": settings.profile,
        "scheme": settings.access.authorization,
        "guards": settings.guards,
        "account": settings.access.account,
    }[key]


DEFAULTS = {
    "cps": 3, "timeout": 30.0, "replyMegabytes": 64, "lateSeconds": 5.0, "numberForm": NumberForm.PLUS, "profile": DIGO,
    "cannotConverge": CannotConverge.WARN, "scheme": TOKEN, "guards": GuardLimits(), "unmanaged": Unmanaged.REPORT,
    "account": "",
}  # fmt: skip


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_setting_left_out_has_its_default(key: str) -> None:
    assert value(read({}), key) == DEFAULTS[key]


GIVEN = [
    ("cps", "0", 0), ("cps", " 10 ", 10), ("cps", "10000", 10_000), ("cps", "007", 7),
    ("timeout", "1", 1.0), ("timeout", "600", 600.0), ("replyMegabytes", "1", 1), ("replyMegabytes", "1024", 1024),
    ("lateSeconds", "0", 0.0), ("lateSeconds", "3600", 3600.0),
    ("numberForm", "digits", NumberForm.DIGITS), ("numberForm", " INTEGER ", NumberForm.INTEGER),
    ("cannotConverge", "error", CannotConverge.ERROR), ("cannotConverge", "Warn", CannotConverge.WARN),
    ("unmanaged", "drift", Unmanaged.DRIFT), ("unmanaged", " Report ", Unmanaged.REPORT),
    ("scheme", "bearer", f"Bearer {TOKEN}"), ("scheme", "verbatim", TOKEN), ("profile", " digo ", DIGO),
    ("guards", "{}", GuardLimits()), ("guards", '{"maxCreates": 3, "small": 0}', GuardLimits(maxCreates=3, small=0)),
    ("account", "branch 7", "branch 7"), ("account", " S\u0303 ", "S\u0303"), ("account", "e\u0301", "\xe9"),
    ("guards", '{"maxShrinkPercent": "40"}', GuardLimits(maxShrinkPercent=40)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text", "expected"), GIVEN)
def test_a_setting_is_read(key: str, text: str, expected: object) -> None:
    assert value(read({key: text}), key) == expected


def whole(key: str, least: int, most: int) -> str:
    return f"digo:{key} is a whole number from {least:,} to {most:,} ({KEYS[key]})"


def one_of(key: str, *known: str) -> str:
    return f"digo:{key} is one of: {', '.join(known)} ({KEYS[key]})"


WRONG = [
    *(("account", text, f"digo:account is a name of 1 to 100 characters on one line ({KEYS['account']})")
      for text in ("", "  ", "a\nb", "a\x00", "a\u200d", "x" * 101)),
    *((("cps"), text, whole("cps", 0, 10_000)) for text in ("-1", "10001", "3.5", "", "three", "1e3", "99999999999")),
    *((("timeout"), text, whole("timeout", 1, 600)) for text in ("0", "601", "30s")),
    *((("lateSeconds"), text, whole("lateSeconds", 0, 3600)) for text in ("-1", "3601")),
    ("numberForm", "e164", one_of("numberForm", "plus", "digits", "integer")),
    ("cannotConverge", "fail", one_of("cannotConverge", "warn", "error")),
    ("unmanaged", "true", one_of("unmanaged", "report", "drift")),
    ("scheme", "basic", one_of("scheme", "verbatim", "bearer")),
    ("profile", "telephone", one_of("profile", "digo, smartflo")),
    ("guards", '{"maxCreate": 1}', "digo:guards.maxCreate is not a limit; did you mean `maxCreates`?"),
    ("guards", '{"zebra": 1}', f"digo:guards.zebra is not a limit; known: {', '.join(GuardLimits.model_fields)}"),
    ("guards", '{"maxCreates": -1}', "digo:guards.maxCreates is a whole number of 0 or more (creates in a run)"),
    ("guards", '{"small": 1.5}',
     "digo:guards.small is a whole number of 0 or more (a percentage applies only beyond this many resources)"),
    ("guards", '{"maxDeletePercent": 101}',
     "digo:guards.maxDeletePercent is a whole number from 0 to 100 (entries forgotten or deleted, in percent)"),
    *(("guards", text, "digo:guards is a mapping of limits: `pulumi config set --path digo:guards.maxCreates 500` "
       "sets one") for text in ("[]", "", "all", "7")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text", "message"), WRONG)
def test_a_wrong_setting_is_told(key: str, text: str, message: str) -> None:
    assert problems({key: text}) == (message,)


NO_ADDRESS = "digo:endpoint is not an http(s) address"
ADDRESS_ONLY = "digo:endpoint is an address only: no user, password, query or fragment in it"
WITHOUT_V1 = "digo:endpoint is given without /v1: the calls add it"
ENCRYPTED = "digo:endpoint must be https: the token would travel in clear text"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://voice.example", "https://voice.example/", "https://voice.example:8443/api/", "https://192.0.2.1",
        "https://[2001:db8::1]:8443", "HTTPS://voice.example", "http://localhost:8099", "http://127.0.0.1:8099/",
        "http://[::1]:8099", "https://bücher.example", " https://voice.example ", "https://voice.example/v10",
    ],
)  # fmt: skip
def test_an_endpoint_that_can_be_used(endpoint: str) -> None:
    assert read({"endpoint": endpoint}).access.endpoint == endpoint.strip()


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("voice.example", NO_ADDRESS), ("https://", NO_ADDRESS), ("ftp://voice.example", NO_ADDRESS),
        ("//h", NO_ADDRESS),
        ("https://voice.example:port", NO_ADDRESS), ("https://voice.example:0", NO_ADDRESS),
        ("https://a b", NO_ADDRESS),
        ("https://voice.example:99999", NO_ADDRESS), ("https://[::1", NO_ADDRESS), ("https://a\x00b", NO_ADDRESS),
        ("https://a..b", NO_ADDRESS), ("https://" + "a" * 70 + ".example", NO_ADDRESS),
        ("https://user@voice.example", ADDRESS_ONLY), ("https://user:example-secret@voice.example", ADDRESS_ONLY),
        ("https://voice.example/?token=example-secret", ADDRESS_ONLY), ("https://voice.example/#x", ADDRESS_ONLY),
        ("https://voice.example?", ADDRESS_ONLY), ("https://voice.example/#", ADDRESS_ONLY),
        ("https://voice.example/v1", WITHOUT_V1), ("https://voice.example/v1/", WITHOUT_V1),
        ("https://voice.example/api/v1//", WITHOUT_V1),
        ("http://voice.example", ENCRYPTED), ("http://192.0.2.1:8099", ENCRYPTED),
        ("http://localhost.example", ENCRYPTED),
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_used(endpoint: str, message: str) -> None:
    assert problems({"endpoint": endpoint}) == (message,)
    assert "example-secret" not in message


@pytest.mark.parametrize("endpoint", ["", "  "])
def test_no_endpoint(endpoint: str) -> None:
    assert problems({"endpoint": endpoint}) == (
        "no endpoint: `pulumi config set digo:endpoint https://…`, or set DIGO_ENDPOINT",
    )


def test_the_environments_endpoint_wins_unless_it_is_empty() -> None:
    environ = {**ENVIRON, "DIGO_ENDPOINT": "https://other.example"}
    assert read({}, environ).access.endpoint == "https://other.example"
    assert read({}, {**ENVIRON, "DIGO_ENDPOINT": ""}).access.endpoint == NEEDED["endpoint"]
    assert problems({}, {**ENVIRON, "DIGO_ENDPOINT": "nowhere"}) == ("DIGO_ENDPOINT is not an http(s) address",)


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = problems({"endpoint": "x", "scheme": "x", "cps": "x", "timeout": "x", "guards": '{"a": 1, "b": 2}'}, {})
    assert [problem.split(" ", 2)[:2] for problem in found] == [
        ["digo:endpoint", "is"], ["digo:scheme", "is"], ["no", "token:"], ["digo:cps", "is"], ["digo:timeout", "is"],
        ["digo:guards.a", "is"], ["digo:guards.b", "is"],
    ]  # fmt: skip


def test_each_wrong_setting_of_a_file_is_told_once_and_at_its_key() -> None:
    config = {"profile": "smartflo", "undocumented": "putAgent, foo", "deletes": "maybe", "bulkRows": "0"}
    told = list(wrong_settings(config.get, lambda key: False))
    assert sorted(key for key, _ in told) == ["bulkRows", "deletes", "undocumented"]
    assert all(problem.startswith(f"digo:{key} ") for key, problem in told)
    assert [key for key, _ in wrong_settings({**config, "profile": "x"}.get, lambda key: False)].count("profile") == 1


def test_misspelt_keys() -> None:
    assert unknown_keys(KEYS) == []
    assert unknown_keys(["endpiont", "cps", "zebra"]) == [
        "digo:endpiont is not a setting; did you mean digo:endpoint?",
        f"digo:zebra is not a setting; known: {', '.join(KEYS)}",
    ]


@pytest.mark.parametrize(("given", "folder"), [(None, "prod"), ("", "prod"), ("eu-west", "eu-west"), ("..x", "..x")])
def test_the_environments_folder(given: str | None, folder: str) -> None:
    assert environment_of("prod", lambda key: given if key == "environment" else None) == folder


@pytest.mark.parametrize("name", [".", "..", "../prod", "a/b", "a\\b", "/etc"])
def test_an_environment_cannot_lead_out_of_config(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        environment_of("prod", lambda key: name)
    assert caught.value.problems == (f"digo:environment is the name of a folder in config/, which `{name}` is not",)


def test_every_key_is_read_by_somebody() -> None:
    """A key that is documented and never asked for would silently do nothing."""
    asked: set[str] = set()

    def config(key: str) -> str | None:
        asked.add(key)
        return NEEDED.get(key)

    with pytest.raises(SettingsError):
        read_settings(config, {}, Path())
    environment_of("prod", config)
    read_ledger_key(config, {}, Path())
    assert asked == set(KEYS)
    assert json.dumps(KEYS)


@pytest.mark.parametrize(
    ("store", "right"),
    [
        ("redis://127.0.0.1:6379/0", True),
        ("rediss://user:word@cache.example", True),
        ("postgresql:///pace?host=/run/postgresql", True),
        ("mysql://127.0.0.1", False),
        ("redis://127.0.0.1:99999", False),
        ("redis", False),
        ("redis:/0", False),
        ("postgresql://user:ex%ample@127.0.0.1/pace", False),  # the driver's error would show it
        ("postgresql://user:ex@mple@127.0.0.1/pace", False),
        ("postgresql://user:ex%25ample%40@127.0.0.1/pace", True),
    ],
)
def test_the_store_of_a_shared_pace(store: str, right: bool) -> None:
    def read(config: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
        return read_settings({**NEEDED, **config}.get, {"DIGO_AUTHORIZATION": TOKEN, **environ}, Path())

    for config, environ, source in (
        ({"paceStore": store}, {}, "digo:paceStore"),
        ({}, {"DIGO_PACE_STORE": store}, "DIGO_PACE_STORE"),
    ):
        if right:
            settings = read(config, environ)
            assert settings.pace_store == store and store not in repr(settings)
            continue
        with pytest.raises(SettingsError) as refused:
            read(config, environ)
        assert refused.value.problems == (
            f"{source} is an address of Redis or Postgres: redis, rediss, postgresql://…; "
            "other signs than letters and digits in its user and password are written as %XX",
        )


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8099", "http://localhost:8099/", "http://[::1]:8099"])
def test_a_sandbox_at_another_port_is_the_same_account(endpoint: str) -> None:
    """The endpoint names the account, for the guard as well; only requests go elsewhere."""
    access = read({"endpoint": endpoint}, {**ENVIRON, "DIGO_SANDBOX_PORT": "18165"}).access
    assert access.endpoint == endpoint
    assert access.url("v1/agents") == f"{endpoint.rstrip('/').replace('8099', '18165')}/v1/agents"


def test_an_account_elsewhere_is_where_it_is() -> None:
    access = read({}, {**ENVIRON, "DIGO_SANDBOX_PORT": "18165"}).access
    assert (access.port, access.address) == (None, access.endpoint)


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "８０"])
def test_a_port_that_is_none(port: str) -> None:
    told = problems({"endpoint": "http://127.0.0.1:8099"}, {**ENVIRON, "DIGO_SANDBOX_PORT": port})
    assert told == ("DIGO_SANDBOX_PORT is a whole number from 1 to 65535",)


def test_one_account_has_one_budget_in_the_store_however_it_is_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the usual spelling stays: runs of an earlier version share the budget."""
    names: list[str] = []

    def pace_of(cps: int, store: str | None, account: str) -> NoLimit:
        names.append(account)
        return NoLimit()

    monkeypatch.setattr("digo.settings.stack_settings.pace_of", pace_of)
    spellings = (
        "https://voice.example",
        "https://voice.example/",
        "HTTPS://Voice.Example:443",
        "https://voice.example/b",
    )
    for endpoint in spellings:
        read({"endpoint": endpoint}, ENVIRON).pace()
    usual = hashlib.sha256(f"https://voice.example\n{TOKEN}".encode()).hexdigest()
    assert [usual.startswith(name) for name in names] == [True, True, True, False]

    names.clear()
    for account, token in (("north", "a"), ("north", "b"), (" north\n", "a"), ("south", "a")):
        read({"account": account}, {"DIGO_AUTHORIZATION": token}).pace()
    assert (len(set(names[:3])), names[3] in names[:3]) == (1, False), "the name decides, and no token"
