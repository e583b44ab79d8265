"""Broadcast lists that config names through the real host process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digo.lists.digests.row_delta import RowDelta, RowId
from digo.lists.digests.sketch import Sketch
from providers.host.properties import UNKNOWN, from_struct
from sandbox.testing import Sandbox
from tests.providers.host_process import Host, running_host
from tests.providers.host_values import refusal

BROADCAST_LIST = "pulumi-python:dynamic/digo:BroadcastList"
SHARD = "pulumi-python:dynamic/digo:LeadShard"
FIELDS = ["field_0", "field_5"]
WANTED: dict[str, Any] = {"name": "Codes", "fields": FIELDS}
GET, POST = "GET /v1/broadcast/lists", "POST /v1/broadcast/list"


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Iterator[Host]:
    with running_host(tmp_path, {"DIGO_AUTHORIZATION": sandbox.smartflo.token}) as host:
        host.configure(endpoint=sandbox.url, cps="0", profile="smartflo")
        yield host


def add_list(sandbox: Sandbox, name: str = "Codes") -> str:
    return str(sandbox.smartflo.add_list(name))


@pytest.mark.parametrize(
    ("news", "failures"),
    [
        (WANTED, []),
        ({**WANTED, "name": UNKNOWN}, []),
        ({**WANTED, "name": ""}, [("name", "a name cannot be empty")]),
        (
            {**WANTED, "fields": ["phone"]},
            [("fields", "`phone` is not one of the API's columns field_0, field_1 …")],
        ),
    ],
)
def test_check(quiet_host: Host, news: dict[str, Any], failures: list[tuple[str, str]]) -> None:
    assert quiet_host.check(BROADCAST_LIST, "otp", news) == (news, failures)


def test_a_create_makes_the_list_and_a_second_one_adopts_it(host: Host, sandbox: Sandbox) -> None:
    id_, outputs = host.create(BROADCAST_LIST, "otp", WANTED)
    (made,) = sandbox.smartflo.lists()
    assert (id_, outputs["name"], outputs["fields"]) == (str(made["id"]), "Codes", FIELDS)
    assert host.create(BROADCAST_LIST, "again", WANTED)[0] == id_
    assert sandbox.counts()[POST] == 1


@pytest.mark.parametrize(
    ("name", "old", "changed", "replaces"),
    [
        ("Codes", WANTED, [], []),
        ("Old", {**WANTED, "name": "Old"}, ["name"], []),
        ("Codes", {**WANTED, "description": "old"}, ["description"], []),
    ],
)
def test_diff(
    host: Host, sandbox: Sandbox, name: str, old: dict[str, Any], changed: list[str], replaces: list[str]
) -> None:
    id_ = add_list(sandbox, name)
    news = {**WANTED, "description": "new"} if "description" in old else WANTED
    found = host.diff(BROADCAST_LIST, "otp", id_, old, news)
    assert (list(found.diffs), list(found.replaces)) == (changed, replaces)


def test_a_list_that_is_gone_is_replaced(host: Host, sandbox: Sandbox) -> None:
    add_list(sandbox, "Another one")
    found = host.diff(BROADCAST_LIST, "otp", "4711", WANTED, WANTED)
    assert list(found.replaces) == ["name"]
    assert "the list id 4711 is no longer on the account" in host.words()


def test_other_columns_are_said_and_change_nothing(host: Host, sandbox: Sandbox) -> None:
    id_ = add_list(sandbox)
    outputs = {**WANTED, "fields": ["field_0"]}
    found = host.diff(BROADCAST_LIST, "otp", id_, WANTED, WANTED, outputs)
    assert not list(found.diffs)
    assert "was created with the columns field_0, and config has field_0, field_5" in host.words()


def test_many_questions_cost_one_read(host: Host, sandbox: Sandbox) -> None:
    id_ = add_list(sandbox)
    for _ in range(3):
        host.diff(BROADCAST_LIST, "otp", id_, WANTED, WANTED)
        host.read(BROADCAST_LIST, "otp", id_, WANTED, WANTED)
    assert sandbox.counts()[GET] == 1


def test_read_finds_the_live_name_and_drops_what_is_gone(host: Host, sandbox: Sandbox) -> None:
    id_ = add_list(sandbox, "Mine")
    found = host.read(BROADCAST_LIST, "otp", id_, WANTED, WANTED)
    assert (found.id, from_struct(found.inputs)["name"]) == (id_, "Mine")
    assert host.read(BROADCAST_LIST, "otp", "4711", WANTED, WANTED).id == ""


def test_an_import_names_an_id_that_the_account_has(host: Host, sandbox: Sandbox) -> None:
    id_ = add_list(sandbox)
    found = host.read(BROADCAST_LIST, "otp", id_, {}, {})
    assert (found.id, from_struct(found.inputs)) == (id_, {"name": "Codes"})
    assert "no broadcast list with the id 4711" in refusal(host.read, BROADCAST_LIST, "otp", "4711", {}, {})


def test_what_the_stack_keeps_is_not_deleted(host: Host, sandbox: Sandbox) -> None:
    id_ = add_list(sandbox)
    host.judge()
    assert "it stays on the account" in refusal(host.delete, BROADCAST_LIST, "otp", id_)
    assert len(sandbox.smartflo.lists()) == 1


def test_no_list_is_written_before_the_guards_have_judged_the_run(host: Host, sandbox: Sandbox) -> None:
    id_ = add_list(sandbox, "Old")
    host.configure(endpoint=sandbox.url, cps="0", profile="smartflo", deletes="delete")
    assert "guard" in refusal(host.delete, BROADCAST_LIST, "otp", id_)
    assert [one["name"] for one in sandbox.smartflo.lists()] == ["Old"]


def test_a_shard_of_a_list_that_is_not_made_yet_is_compared(host: Host) -> None:
    shard = {
        "list": "otp",
        "list_id": UNKNOWN,
        "shard": 1,
        "of": 1,
        "rows": 0,
        "digests": Sketch.empty(0, 1).with_deltas([RowDelta(RowId(3, 4), 1, 1, 1)]).to_text(),
        "key_check": "k",
        "source": {"files": [], "columns": {"phone": "field_0"}, "country": None, "duplicates": "error", "named": True},
    }
    host.judge()
    inputs, failures = host.check(SHARD, "otp-1", shard)
    assert (inputs["list_id"], failures) == (UNKNOWN, [])
    found = host.diff(SHARD, "otp-1", "4711/1", {**shard, "list_id": "4711"}, shard)
    assert list(found.replaces) == ["list_id"]
