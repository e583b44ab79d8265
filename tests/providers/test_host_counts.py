"""What the host counts of a judged run, by the state: each entry once, whatever the engine asks, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.proto import provider_pb2

from digo.lists.digests.bucket_digests import BUCKETS
from digo.lists.digests.row_delta import RowDelta, RowId
from digo.lists.digests.sketch import Sketch
from digo.lists.sending.shard import Shard
from digo.settings.limits import GuardLimits
from providers.host.properties import to_struct
from sandbox.testing import Sandbox
from tests.providers.host_process import ACCOUNT, AGENT, LEAD, Host, urn
from tests.providers.host_values import WANTED, guard_input, refusal

SHARD = "pulumi-python:dynamic/digo:LeadShard"
SENT = {"list_id": "4711", "phone": "+12025550142", "fields": {"field_5": "0123"}}
EACH = 3  # rows of each bucket


def registered(type_: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    """A check of inputs as a program gives them, with its provider."""
    inputs = to_struct({**news, "__provider": "pickled"})
    return provider_pb2.CheckRequest(urn=urn(type_, name), news=inputs, olds=to_struct(olds or {}))


def judged(
    host: Host, agents: Mapping[str, str] | None = None, lists: Mapping[str, int] | None = None, **most: int
) -> None:
    """Has the guards judge a run with these limits. The last run's summary has these agents and lists."""
    run = guard_input(limits=GuardLimits(**most).model_dump())
    run["run"]["census"] |= {"agents": dict(agents or {}), "lists": dict(lists or {})}
    host.check(ACCOUNT, "account", run, run)


def shard(index: int, of: int, list_id: str = "4711", each: int = EACH) -> dict[str, Any]:
    buckets = len(range(index, BUCKETS, of))
    deltas = [RowDelta(RowId(bucket, n), 1, 1, 1) for bucket in range(index, BUCKETS, of) for n in range(each)]
    text = Sketch.empty(index, of).with_deltas(deltas).to_text()
    return Shard("otp", list_id, index, of, each * buckets, text, "k", {}).to_dict()


def test_an_agent_that_the_last_run_was_to_create_is_no_adoption(host: Host, sandbox: Sandbox) -> None:
    """A run that was killed after its creates leaves agents that are its own."""
    ours = sandbox.add_agent("+12025550101", name="Desk", intercom="1001")["eid"]
    theirs = sandbox.add_agent("+12025550102", name="Other", intercom="1002")["eid"]
    judged(host, {"ours": "", "theirs": theirs}, maxAdoptions=0)
    host.read(AGENT, "ours", ours, {}, {})
    host.stub.Check(registered(AGENT, "ours", WANTED, WANTED))
    host.read(AGENT, "theirs", theirs, {}, {})
    told = refusal(host.stub.Check, registered(AGENT, "theirs", WANTED, WANTED))
    assert "adoptions: the plan has 1 adoption; at most 0 are allowed (maxAdoptions)" in told
    assert "nothing was written for this one (counted up to here)" in told


def test_all_rows_of_a_list_count_if_it_is_another_one_in_the_panel(host: Host) -> None:
    judged(host, lists={"otp": BUCKETS * EACH}, maxNewRows=BUCKETS * EACH - 1)
    old, new = shard(0, 1), shard(0, 1, list_id="4712")
    host.stub.Check(registered(SHARD, "otp-1", new, old))
    told = refusal(host.diff, SHARD, "otp-1", "4711/1", old, new)
    assert f"the lists grow by {BUCKETS * EACH:,} rows" in told


def test_another_number_of_shards_is_no_growth(host: Host) -> None:
    for was, now in ((2, 4), (4, 2), (1, 3), (3, 1)):
        judged(host, lists={"otp": BUCKETS * EACH}, maxNewRows=0, maxCreates=0)
        # The engine asks about all shards before it compares one of them.
        for index in range(now):
            olds = shard(index, was) if index < was else {}
            host.stub.Check(registered(SHARD, f"otp-{index + 1}", shard(index, now), olds))
        for index in range(min(was, now)):
            host.diff(SHARD, f"otp-{index + 1}", "x", shard(index, was), shard(index, now))


def test_rows_that_come_with_another_number_of_shards_are_growth(host: Host) -> None:
    judged(host, lists={"otp": BUCKETS * EACH}, maxNewRows=BUCKETS - 1)
    for index in range(2):
        host.stub.Check(registered(SHARD, f"otp-{index + 1}", shard(index, 2, each=EACH + 1), shard(index, 4)))
    host.diff(SHARD, "otp-1", "x", shard(0, 4), shard(0, 2, each=EACH + 1))
    told = refusal(host.diff, SHARD, "otp-2", "x", shard(1, 4), shard(1, 2, each=EACH + 1))
    assert f"the lists grow by {BUCKETS:,} rows" in told


def test_a_list_that_the_state_lacks_is_one_create(host: Host) -> None:
    judged(host, lists={"otp": BUCKETS * EACH}, maxCreates=1)
    for index in (2, 0, 1):
        host.stub.Check(registered(SHARD, f"otp-{index + 1}", shard(index, 3)))
    assert "creates: the plan has 2 creates" in refusal(host.stub.Check, registered(LEAD, "l", SENT))


def test_replacing_the_account_by_hand_does_not_lift_the_shares(host: Host) -> None:
    """The engine asks about a replaced resource twice, the second time without the state's inputs."""
    run = guard_input(limits=GuardLimits(small=0, maxCreatePercent=10).model_dump())
    run["run"]["census"] |= {"agents": {f"a{index}": "1" for index in range(10)}}
    host.check(ACCOUNT, "account", run, run)
    host.check(ACCOUNT, "account", run)
    host.stub.Check(registered(LEAD, "l0", SENT))
    told = refusal(host.stub.Check, registered(LEAD, "l1", SENT))
    assert "creates: the plan has 2 creates, 20 % of 10 resources; at most 10 % are allowed" in told
