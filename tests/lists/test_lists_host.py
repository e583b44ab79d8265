"""Shards at the provider host itself: files that change under it, another key, progress, what is kept of a part."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2

from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import read_list
from digo.lists.sending.shard import Shard, source_to_dict
from providers.host.properties import from_struct
from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.providers.host_process import Host, running_host, urn

SHARD = "pulumi-python:dynamic/digo:LeadShard"
KEY = LedgerKey("a ledger key for the tests, of no worth")


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Iterator[Host]:
    environ = {"DIGO_AUTHORIZATION": sandbox.token, "DIGO_LEDGER_KEY": KEY.text, "CI": "true"}
    with running_host(tmp_path, environ) as host:
        host.configure(endpoint=sandbox.url, cps="0")
        yield host


def shard(host: Host, key: LedgerKey = KEY, suppress: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The inputs for the file as it is now."""
    source = ListSource("4711", (host.project / "leads.csv",), COLUMNS, suppress=suppress)
    return inputs_of(host, source, key)


def inputs_of(host: Host, source: ListSource, key: LedgerKey = KEY) -> dict[str, Any]:
    """The inputs of the only shard of a list."""
    (sketch,) = SortedRows(source, read_list(source, str).rows, key).sketches
    text = sketch.to_text()
    return Shard("otp", "4711", 0, 1, sketch.rows, text, key.check, source_to_dict(source, host.project)).to_dict()


def half_done(error: grpc.RpcError) -> provider_pb2.ErrorResourceInitFailed:
    """The part that an error carries."""
    assert isinstance(error, grpc.Call)
    (details,) = (value for name, value in error.trailing_metadata() if name == "grpc-status-details-bin")
    status = status_pb2.Status.FromString(details)
    found = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(found)
    return found


def test_a_file_that_changed_since_the_plan_is_not_sent(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(100))
    news = shard(host)
    write_list(host.project / "leads.csv", range(100), frozenset({5}))
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", news)
    assert "have changed since the plan was made; nothing of it was sent" in str(refused.value.details())
    (host.project / "leads.csv").unlink()
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", news)
    assert "leads.csv is gone since the plan was made" in str(refused.value.details())
    assert sandbox.counts() == {}


def test_a_suppress_file_that_changed_since_the_plan_sends_nothing(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(100))
    dnd = host.project / "dnd.csv"
    dnd.write_text(f"phone\n{number(5)}\n")
    news = shard(host, suppress=(dnd,))
    for text, told in (
        (f"phone\n{number(5)}\n{number(6)}\n", "have changed since the plan was made; nothing of it was sent"),
        (f"phone\n{number(6)}\n", "have changed since the plan was made; nothing of it was sent"),
        ("", "have changed since the plan was made: dnd.csv:1:1: the file is empty"),
    ):
        dnd.write_text(text)
        with pytest.raises(grpc.RpcError) as refused:
            host.create(SHARD, "otp-1", news)
        assert told in str(refused.value.details())
    dnd.unlink()
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", news)
    assert "dnd.csv is gone since the plan was made" in str(refused.value.details())
    assert sandbox.counts() == {}
    dnd.write_text(f"phone\n{number(5)}\n")
    host.create(SHARD, "otp-1", news)
    assert len(sandbox.leads(4711)) == 99


def test_a_file_that_is_damaged_since_the_plan_is_not_sent(host: Host, sandbox: Sandbox) -> None:
    packed = host.project / "leads.csv.gz"
    packed.write_bytes(gzip.compress(write_list(host.project / "leads.csv", range(100)).read_bytes()))
    source = ListSource("4711", (packed,), COLUMNS)
    news = inputs_of(host, source)
    packed.write_bytes(packed.read_bytes()[:-6])
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", news)
    told = str(refused.value.details())
    assert "leads.csv.gz:102:1: it cannot be read: the compressed data end too early" in told
    assert "nothing of it was sent" in told
    assert sandbox.counts() == {}


def test_a_host_with_another_key_sends_nothing(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(100))
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", shard(host, LedgerKey("another ledger key for the tests, no worth")))
    assert "has another ledger key than the program, so nothing was sent" in str(refused.value.details())
    assert sandbox.counts() == {}


def test_what_was_sent_before_a_refusal_is_carried_by_the_error(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(200))
    news = shard(host)
    sandbox.fault("success-false", body_contains=number(7), every=1, message="on the DND list")
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", news)
    part = half_done(refused.value)
    outputs = from_struct(part.properties)
    assert part.id == "4711/1"
    assert outputs["status"] == "partly sent"
    assert "leads.csv:9: on the DND list" in part.reasons[0]

    sandbox.clear_faults()
    sandbox.clear_requests()
    host.check(SHARD, "otp-1", news)  # as an engine does for what its program wants
    request = provider_pb2.DiffRequest(id=part.id, urn=urn(SHARD, "otp-1"))
    request.olds.CopyFrom(part.properties)
    request.old_inputs.update(news)
    request.news.update(news)
    answer = host.stub.Diff(request)
    assert list(answer.diffs) == ["digests"]
    told = [message.message for message in host.log.messages if not message.ephemeral]
    assert "1 of 200 rows is new or not confirmed yet: 1 row is sent" in told[-1]


def left_by_the_version_before(host: Host, news: dict[str, Any], edited: Iterable[int] = ()) -> dict[str, Any]:
    """The inputs in the state of version 0.2.0, which had sent the file with those rows edited."""
    file = host.project / "before.csv"
    source = ListSource("4711", (write_list(file, range(3_000), frozenset(edited)),), COLUMNS)
    digests = SortedRows(source, read_list(source, str).rows, KEY).digests()
    return {**news, "digests": digests.to_text(0, 1)}


OLD_OUTPUTS = {"list_id": "4711", "shard": 1, "of": 1, "rows": 3_000, "status": "sent"}


def test_what_the_version_before_sent_is_taken_over_without_a_row(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(3_000))
    host.judge()
    news, _ = host.check(SHARD, "otp-1", shard(host))
    old = left_by_the_version_before(host, news)
    answer = update_after_diff(host, news, old, OLD_OUTPUTS)
    assert "brought to the form of this version, and no row is sent" in told(host)[-1]
    assert sandbox.counts() == {}
    outputs = from_struct(answer.properties)
    assert (outputs["status"], outputs["rows"]) == ("sent", 3_000)

    request = provider_pb2.DiffRequest(id="4711/1", urn=urn(SHARD, "otp-1"))
    request.olds.CopyFrom(answer.properties)
    request.old_inputs.update(news)
    request.news.update(news)
    assert host.stub.Diff(request).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_an_edit_since_the_version_before_sends_its_bucket(host: Host, sandbox: Sandbox) -> None:
    """Nothing but its digest is known of the bucket."""
    write_list(host.project / "leads.csv", range(3_000))
    host.judge()
    news, _ = host.check(SHARD, "otp-1", shard(host))
    old = left_by_the_version_before(host, news, edited=(5, 9))
    answer = update_after_diff(host, news, old, OLD_OUTPUTS)
    assert "of 3,000 rows are new or changed, or share a bucket" in told(host)[-1]
    assert 1 <= sum(sandbox.counts().values()) < 12
    assert from_struct(answer.properties)["status"] == "sent"
    assert [lead["fields"]["field_1"] for lead in sandbox.leads(4711) if f"+{lead['phone']}" == number(5)] == [
        "Customer 5"
    ]


def test_rows_that_a_killed_run_has_all_sent_are_recorded_without_a_row(host: Host, sandbox: Sandbox) -> None:
    """The ledger says that they are there, and the state does not yet."""
    write_list(host.project / "leads.csv", range(20))
    before, _ = host.check(SHARD, "otp-1", shard(host))
    _, outputs = host.create(SHARD, "otp-1", before)
    write_list(host.project / "leads.csv", range(20), frozenset({5}))
    host.judge()
    news, _ = host.check(SHARD, "otp-1", shard(host))
    update_after_diff(host, news, before, outputs)
    sandbox.clear_requests()
    again = update_after_diff(host, news, before, outputs)
    assert sandbox.counts() == {}
    assert from_struct(again.properties)["sent"] != outputs["sent"]


def told(host: Host) -> list[str]:
    return [message.message for message in host.log.messages if not message.ephemeral]


def update_after_diff(host: Host, news: dict[str, Any], old: dict[str, Any], outputs: dict[str, Any]) -> Any:
    """What an engine does with a resource of its state: Diff must find something, and Update does it."""
    diff = provider_pb2.DiffRequest(id="4711/1", urn=urn(SHARD, "otp-1"))
    update = provider_pb2.UpdateRequest(id="4711/1", urn=urn(SHARD, "otp-1"))
    for request in (diff, update):
        request.olds.update(outputs)
        request.old_inputs.update(old)
        request.news.update(news)
    assert host.stub.Diff(diff).changes == provider_pb2.DiffResponse.DIFF_SOME
    return host.stub.Update(update)


def test_refused_rows_that_cannot_be_written_down_lose_nothing_of_what_was_sent(host: Host, sandbox: Sandbox) -> None:
    (host.project / ".digo").mkdir()
    (host.project / ".digo" / "refused").write_text("a file where a folder is due")
    write_list(host.project / "leads.csv", range(200))
    sandbox.fault("success-false", body_contains=number(7), every=1, message="on the DND list")
    with pytest.raises(grpc.RpcError) as refused:
        host.create(SHARD, "otp-1", shard(host))
    part = half_done(refused.value)
    assert from_struct(part.properties)["status"] == "partly sent"
    assert "1 was refused by the API; a file with all of them cannot be written (" in part.reasons[0]
    assert "leads.csv:9: on the DND list" in part.reasons[0]


def test_the_ledger_is_there_until_the_engine_ends_in_order(host: Host) -> None:
    write_list(host.project / "leads.csv", range(20))
    host.create(SHARD, "otp-1", shard(host))
    ledger = host.project / ".digo" / "ledger" / "test" / "4711.jsonl"
    assert ledger.is_file()
    assert host.stop() == 0
    assert not ledger.exists()


def test_imports_and_deletes_say_why_not(host: Host) -> None:
    with pytest.raises(grpc.RpcError, match="no read-back of leads"):
        host.read(SHARD, "otp-1", "4711/1", {}, {})
    with pytest.raises(grpc.RpcError, match="the rows stay in the list"):
        host.delete(SHARD, "otp-1", "4711/1")


def test_a_shard_by_hand_is_refused(host: Host) -> None:
    _, failures = host.check(SHARD, "otp-1", {"list": "otp"})
    assert {name for name, _ in failures} == {"list_id", "shard", "of", "digests", "key_check"}


def test_progress_is_told(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(120))
    sandbox.fault("hang", times="always")
    with ThreadPoolExecutor(1) as pool:
        creating = pool.submit(host.create, SHARD, "otp-1", shard(host))
        deadline = time.monotonic() + 60
        while not (told := [message.message for message in host.log.messages if message.ephemeral]):
            assert time.monotonic() < deadline, "nothing is told"
            time.sleep(0.02)
        sandbox.clear_faults()
        creating.result()
    assert told[0].startswith("0 of 120 rows, 0 %")


def test_a_status_is_cleared_when_its_shard_is_done(host: Host, sandbox: Sandbox) -> None:
    write_list(host.project / "leads.csv", range(120))
    sandbox.fault("hang", times="always")
    stack = "urn:pulumi:test::pulumi-digo::pulumi:pulumi:Stack::pulumi-digo-test"

    def told(of: str) -> list[str]:
        return [message.message for message in host.log.messages if message.ephemeral and message.urn == of]

    def wait_for(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, [message.message for message in host.log.messages]
            time.sleep(0.02)

    with ThreadPoolExecutor(1) as pool:
        creating = pool.submit(host.create, SHARD, "otp-1", shard(host))
        wait_for(lambda: bool(told(urn(SHARD, "otp-1")) and told(stack)))
        assert told(stack)[0].startswith("0 of 120 rows, 0 %")
        sandbox.clear_faults()
        creating.result()
    wait_for(lambda: told(urn(SHARD, "otp-1"))[-1] == "" and told(stack)[-1] == "")
