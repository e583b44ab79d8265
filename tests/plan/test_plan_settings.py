"""A plan's hash covers the settings that decide where and how a run writes, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from digo.plan.compare import compare
from digo.plan.fingerprint import parts_of
from digo.plan.guard_input import GuardContext, guard_input
from digo.settings.stack_settings import KEYS, read_settings
from tests.plan.plan_values import account, desired, record, wanted

ROOT = Path("/project")
CONFIG = {"endpoint": "https://api.example", "authorization": "example-token"}
COVERED = {
    "endpoint": "https://other.example",
    "scheme": "bearer",
    "numberForm": "digits",
    "lateSeconds": "6",
    "guards": '{"maxCreates": 501}',
    "cannotConverge": "error",
    "deletes": "delete",
    "bulkRows": "501",
}
LEFT_OUT = {
    "environment": "other",
    "authorization": "another-token",
    "cps": "30",
    "paceStore": "redis://h",
    "timeout": "60",
    "replyMegabytes": "32",
    "unmanaged": "drift",
    "account": "branch-7",
    "ledgerKey": "a ledger key for the tests, of no worth",
}
NO_VALUE = {"authorizationFile", "ledgerKeyFile", "profile", "undocumented"}  # files; the others: see the tests below
LOGIN = {"loginId", "loginPassword", "loginPasswordFile"}  # another way to the token, which is left out too


def context(environ: Mapping[str, str] | None = None, /, **config: str) -> GuardContext:
    settings = read_settings({**CONFIG, **config}.get, environ or {}, ROOT)
    return GuardContext.of(settings, ROOT / "config/test", ROOT)


def hash_of(one: GuardContext) -> str:
    wants, has = desired(wanted("a")), account(record("x", 9))
    made = str(guard_input(compare(wants, has), wants, has, one)["plan"])
    assert made == parts_of(wants, has, one.pinned).plan_hash
    return made


def test_each_setting_is_decided_upon() -> None:
    assert {*COVERED, *LEFT_OUT, *NO_VALUE, *LOGIN} == set(KEYS)


@pytest.mark.parametrize("key", COVERED)
def test_a_setting_that_decides_where_or_how_is_another_plan(key: str) -> None:
    assert hash_of(context(**{key: COVERED[key]})) != hash_of(context())


@pytest.mark.parametrize("key", LEFT_OUT)
def test_a_setting_that_changes_only_pace_or_output_is_the_same_plan(key: str) -> None:
    assert hash_of(context(**{key: LEFT_OUT[key]})) == hash_of(context())


def test_no_two_settings_share_a_hash() -> None:
    plans = {hash_of(context(**{key: text})) for key, text in COVERED.items()}
    assert len(plans) == len(COVERED)


def test_another_profile_is_another_plan() -> None:
    assert hash_of(context(profile="smartflo")) != hash_of(context())


def test_a_call_that_is_turned_on_is_another_plan() -> None:
    plain, more = context(profile="smartflo"), context(profile="smartflo", undocumented="putAgent")
    assert hash_of(plain) != hash_of(more)


@pytest.mark.parametrize(
    "environ", [{"DIGO_ENDPOINT": "https://other.example"}, {"DIGO_ENDPOINT": "https://api.example:444"}]
)
def test_an_endpoint_of_the_environment_is_another_plan(environ: dict[str, str]) -> None:
    assert hash_of(context(environ)) != hash_of(context())


def test_another_port_of_the_sandbox_is_another_plan_and_a_slash_is_none() -> None:
    local = {"endpoint": "http://127.0.0.1:8080"}
    assert hash_of(context({"DIGO_SANDBOX_PORT": "8081"}, **local)) != hash_of(context(**local))
    assert hash_of(context(endpoint="https://api.example/")) == hash_of(context())


def test_the_defaults_written_out_are_the_same_plan() -> None:
    spelt = {"scheme": "verbatim", "numberForm": "plus", "lateSeconds": "5", "profile": "digo", "guards": "{}"}
    assert hash_of(context(cannotConverge="warn", **spelt)) == hash_of(context())
    assert hash_of(context(guards='{"maxCreates": 500}')) == hash_of(context())
