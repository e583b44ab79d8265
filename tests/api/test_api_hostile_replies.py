"""A server that never ends its reply, or sends one of any length: each client ends within its deadline and its limit,
and a write counts as unknown."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api import (
    Access,
    ApiError,
    AsyncClient,
    Client,
    Limits,
    NewAgent,
    NewLead,
    OutcomeUnknown,
    ReadUnknown,
    add_agent,
    list_agents,
    put_lead,
)
from digo.api.grace_period import GracePeriod
from digo.api.reply_body import MEGABYTE, BodyDamaged, ReplyBody, ReplyTooLong
from sandbox.testing import Sandbox
from tests.api.api_values import HASTY, NUMBER
from tests.api.raw_servers import HEAD, Answer, dripping, packed, raw_server, repeating, saying

AGENT = add_agent(NewAgent("A", NUMBER))
LEAD = put_lead(NewLead("4711", NUMBER))
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
QUICK = replace(HASTY, reply_timeout=0.2, tries=4, reply_bytes=MEGABYTE)
LONG = replace(HASTY, reply_bytes=MEGABYTE)

ENDLESS: dict[str, Answer] = {
    "no headers": saying(b""),
    "dripping status": dripping(b"", b"HTTP/1.1 200 O"),
    "dripping headers": dripping(HEAD, b"x-a: a\r\n"),
    "dripping body": dripping(HEAD + b"content-length: 100000000\r\n\r\n[", b" "),
    "dripping body without length": dripping(HEAD + b"\r\n[", b" "),
    "dripping chunks": dripping(CHUNKED, b"1\r\n \r\n"),
    "dripping gzip": dripping(HEAD + b"content-encoding: gzip\r\n\r\n", gzip.compress(b"")),
    "early hints": repeating(b"", b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n"),
    "100 Continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}

SPACES = b" " * (2 * MEGABYTE)
BARE = zlib.compressobj(9, zlib.DEFLATED, -15)
TOO_LONG: dict[str, Answer] = {
    "gzip": packed(gzip.compress(SPACES), "gzip"),
    "x-gzip": packed(gzip.compress(SPACES), "X-GZIP"),
    "gzip of gzip": packed(gzip.compress(gzip.compress(SPACES * 4)), "gzip, gzip"),
    "many members": packed(gzip.compress(SPACES[: MEGABYTE // 4]) * 9, "gzip"),
    "zlib": packed(zlib.compress(SPACES), "deflate"),
    "bare deflate": packed(BARE.compress(SPACES) + BARE.flush(), "deflate"),
    "a stream without length": repeating(HEAD + b"\r\n", b" " * 65536),
    "a stream of chunks": repeating(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "a length that is announced": repeating(HEAD + b"content-length: 99999999999\r\n\r\n", b" " * 65536),
    "a name in gzip's header": repeating(
        HEAD + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), b"a" * 65536
    ),
    "an error page": repeating(HEAD.replace(b"200 OK", b"500 Oh no") + b"\r\n", b" " * 65536),
}

DAMAGED: dict[str, Answer] = {
    "three layers": packed(gzip.compress(gzip.compress(gzip.compress(b"[]"))), "gzip, gzip, gzip"),
    "brotli": packed(b"\x0b\x01\x80[]\x03", "br"),
    "zstd": packed(b"(\xb5/\xfd\x04\x00\x11\x00\x00[]", "zstd"),
    "cut": packed(gzip.compress(b"[]")[:-3], "gzip"),
    "not packed": packed(b"[]", "deflate"),
}


def ways(limits: Limits) -> list[Callable[[Access, Any], Any]]:
    """The blocking client, and the asyncio client over each of its transports."""

    def blocking(access: Access, call: Any) -> Any:
        with Client(access, limits=limits) as client:
            return client.send(call)

    def asynchronous(connections: int) -> Callable[[Access, Any], Any]:
        async def send(access: Access, call: Any) -> Any:
            async with AsyncClient(access, limits=limits, connections=connections) as client:
                return await client.send(call)

        return lambda access, call: asyncio.run(send(access, call))

    return [blocking, asynchronous(1), asynchronous(8)]


def errors_of(answer: Answer, limits: Limits, call: Any) -> list[ApiError]:
    found = []
    with raw_server(answer) as port:
        for send in ways(limits):
            with pytest.raises(ApiError) as caught:
                send(Access(f"http://127.0.0.1:{port}", "t"), call)
            found.append(caught.value)
    return found


@pytest.mark.parametrize("name", ENDLESS)
def test_a_reply_that_does_not_end_is_given_up_at_the_deadline(name: str) -> None:
    for problem in errors_of(ENDLESS[name], replace(QUICK, tries=1), list_agents()):
        assert isinstance(problem, ReadUnknown)
        assert problem.late
        assert "no whole reply" in problem.what
        assert "to GET /v1/agents within 0.2 s" in problem.what
        assert "digo:timeout" in problem.next_step
    for problem in errors_of(ENDLESS[name], QUICK, AGENT):
        assert isinstance(problem, OutcomeUnknown)
        assert not problem.answered
        assert "digo:timeout" in problem.next_step


@pytest.mark.parametrize(("call", "tries"), [(list_agents(), 2), (LEAD, 2), (AGENT, 1)], ids=["list", "lead", "agent"])
def test_a_late_reply_is_asked_for_twice_at_most(call: Any, tries: int) -> None:
    # On a busy machine it takes a while until the server sees a connection.
    for send in ways(replace(QUICK, reply_timeout=0.8)):
        connections: list[None] = []

        def answer(connection: Any, seen: list[None] = connections) -> None:
            seen.append(None)
            ENDLESS["dripping body"](connection)

        with raw_server(answer) as port, pytest.raises(ApiError):
            send(Access(f"http://127.0.0.1:{port}", "t"), call)
        assert len(connections) == tries


@pytest.mark.parametrize("answer", [saying(b""), dripping(b"\x16\x03\x03\x40\x00", b"\0")], ids=["silent", "dripping"])
def test_a_handshake_that_does_not_end_proves_that_nothing_was_sent(answer: Answer) -> None:
    with raw_server(answer) as port:
        for send in ways(replace(QUICK, connect_timeout=0.1, reply_timeout=60, tries=1)):
            with pytest.raises(ApiError, match="nothing was sent"):
                send(Access(f"https://127.0.0.1:{port}", "t"), AGENT)
        # Where the whole time passes first, nobody looks how far the request has come.
        for send in ways(replace(QUICK, connect_timeout=60, tries=1)):
            with pytest.raises(OutcomeUnknown):
                send(Access(f"https://127.0.0.1:{port}", "t"), AGENT)


@pytest.mark.parametrize("name", TOO_LONG)
def test_a_reply_is_read_up_to_the_limit(name: str) -> None:
    for problem in errors_of(TOO_LONG[name], replace(LONG, tries=1), list_agents()):
        assert isinstance(problem, ReadUnknown)
        assert problem.what.endswith("to GET /v1/agents was not read: it is longer than 1 MB")
        assert "digo:replyMegabytes" in problem.next_step
        assert "nothing is taken to be absent" in problem.next_step
    for problem in errors_of(TOO_LONG[name], LONG, AGENT):
        assert isinstance(problem, OutcomeUnknown)
        assert not problem.answered
        assert "run again: the account is listed first" in problem.next_step


@pytest.mark.parametrize("name", DAMAGED)
def test_a_body_that_cannot_be_unpacked_is_a_lost_reply(name: str) -> None:
    for problem in errors_of(DAMAGED[name], replace(LONG, tries=1), AGENT):
        assert isinstance(problem, OutcomeUnknown)
        assert "was lost: it " in problem.what


def test_packed_replies_are_read() -> None:
    two = gzip.compress(b"[") + gzip.compress(b"]") + bytes(3)
    with raw_server(packed(two, "gzip")) as port:
        assert [send(Access(f"http://127.0.0.1:{port}", "t"), list_agents()) for send in ways(LONG)] == [()] * 3


def test_a_redirect_without_end_is_not_followed() -> None:
    seen: list[None] = []

    def answer(connection: Any) -> None:
        seen.append(None)
        saying(b"HTTP/1.1 302 Found\r\nlocation: /v1/agents\r\ncontent-length: 0\r\n\r\n")(connection)

    with raw_server(answer) as port:
        for send in ways(LONG):
            with pytest.raises(ReadUnknown, match="302"):
                send(Access(f"http://127.0.0.1:{port}", "t"), list_agents())
    assert len(seen) == 3


@given(
    st.binary(max_size=3000),
    st.lists(st.integers(1, 40), min_size=1, max_size=200),
    st.sampled_from(["", "identity", "gzip", "deflate", "bare", "gzip, gzip", "deflate, gzip"]),
)
def test_a_body_is_the_same_however_it_is_cut(content: bytes, sizes: list[int], form: str) -> None:
    bare = zlib.compressobj(9, zlib.DEFLATED, -15)
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress, "deflate": zlib.compress, "bare": lambda text: bare.compress(text) + bare.flush(),
        "gzip, gzip": lambda text: gzip.compress(gzip.compress(text[:9]) + gzip.compress(text[9:])),
        "deflate, gzip": lambda text: gzip.compress(zlib.compress(text)),
    }  # fmt: skip
    sent = pack.get(form, bytes)(content)
    body = ReplyBody("deflate" if form == "bare" else form, 4000)
    at = 0
    for size in [*sizes, len(sent)]:
        body.add(sent[at : at + size])
        at += size
    assert body.end() == content


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_bomb_takes_no_more_memory_than_the_limit(encoding: str) -> None:
    bomb = gzip.compress(b" " * (20 * MEGABYTE))
    bomb = gzip.compress(bomb) if "," in encoding else bomb
    tracemalloc.start()
    try:
        with pytest.raises(ReplyTooLong):
            ReplyBody(encoding, MEGABYTE).add(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * MEGABYTE
    finally:
        tracemalloc.stop()


MANY_VALUES = [b"{},", b"[],", b'{"a":1},', b"1,", b"[[[]]],", b'"",']


@pytest.mark.parametrize("item", MANY_VALUES)
def test_a_body_of_small_values_is_not_decoded(item: bytes) -> None:
    """Each of them takes up to thirty times its bytes in memory."""
    body = b"[" + item * (MEGABYTE // 2 // len(item)) + b"1]"
    answer = packed(gzip.compress(body), "gzip")
    for problem in errors_of(answer, replace(LONG, tries=1), list_agents()):
        assert isinstance(problem, ReadUnknown)
        assert "was not read: it has more than 32,768 values, which take much more memory than 1 MB" in problem.what
        assert "digo:replyMegabytes" in problem.next_step
    for problem in errors_of(answer, LONG, AGENT):
        assert isinstance(problem, OutcomeUnknown)
        assert not problem.answered


def test_a_list_of_agents_is_read_to_more_than_half_of_the_limit() -> None:
    agent = '{"id":%d,"name":"Agent 1","follow_me_number":"+12025550100","eid":"%015d","intercom":"1000",'
    agent += '"calls_answered":9,"calls_missed":8,"custom_status":0,"timegroup_name":null,"failover_destination":null,'
    agent += '"is_verified":1,"departments":[],"allowed_caller_ids":[{"id":"2222222","number":"12025550199"}]}'
    body = ("[" + ",".join(agent % (n, n) for n in range(1800)) + "]").encode()
    assert MEGABYTE // 2 < len(body) < MEGABYTE
    with raw_server(packed(gzip.compress(body), "gzip")) as port:
        for send in ways(LONG):
            assert len(send(Access(f"http://127.0.0.1:{port}", "t"), list_agents())) == 1800


def test_an_unknown_encoding_is_named_without_its_odd_signs() -> None:
    with pytest.raises(BodyDamaged, match=r"packed as 'br\\x1b\[31m"):
        ReplyBody("br\x1b[31m", 1)


def test_a_cancelled_run_gives_up_what_does_not_end(sandbox: Sandbox) -> None:
    async def work() -> None:
        grace_period = GracePeriod()
        access = Access(sandbox.url, sandbox.token)
        async with AsyncClient(access, limits=HASTY, connections=4, grace_period=grace_period) as client:
            calls = [asyncio.create_task(client.send(call)) for call in (AGENT, LEAD, list_agents())]
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["n"] == 3)
            client.stop()
            grace_period.end_within(0)
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(one) for one in ended] == [OutcomeUnknown, OutcomeUnknown, ReadUnknown]
            assert all("was given up: the run was cancelled" in str(one) for one in ended)
            with pytest.raises(ReadUnknown, match="cancelled"):
                await client.send(list_agents())
            await grace_period.sleep(3600)

    sandbox.fault("hang", times="always")
    asyncio.run(work())
    assert len(sandbox.requests()) == 3
