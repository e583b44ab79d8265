"""Who is told of what, what happens if one cannot be told, and that nothing secret is in any rendering."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from digo.fleet.file.notice_models import ChatService, NoticeEntry
from digo.fleet.notices.post import Poster
from digo.fleet.notices.send import Receivers
from digo.fleet.notices.up_notice import up_notice
from digo.fleet.up.report import FleetReport
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from tests.fleet.notices.drift_values import LINK, SECOND, finding, next_watch, notice_of, stack, unknown
from tests.fleet.notices.receiver import Receiver, running_receiver

SECRET = "whsec_ZXhhbXBsZS1zZWNyZXQtb2YtYS13ZWJob29r"
NUMBER = "+12025550142"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


def webhook(**more: object) -> NoticeEntry:
    hook = {"urlVariable": "HOOK", "secretVariable": "SECRET"}
    return NoticeEntry.model_validate({"webhook": hook, **more})


def chat(service: str = "slack", **more: object) -> NoticeEntry:
    return NoticeEntry.model_validate({"chat": {"service": service, "urlVariable": "CHAT"}, **more})


def receivers(receiver: Receiver, *entries: NoticeEntry) -> Receivers:
    environ = {"HOOK": receiver.url("/hook-key"), "CHAT": receiver.url("/chat-key"), "SECRET": SECRET}
    return Receivers(entries, Path(), environ, Poster(lambda _: None))


def test_only_a_change_is_told_unless_always_is_said(receiver: Receiver) -> None:
    told = receivers(receiver, webhook(), chat(always=True), chat("teams", on=["up"]))
    notes: list[str] = []
    assert told.send(notice_of(stack("a", finding())), notes.append) == ()
    assert sorted(got.path for got in receiver.requests) == ["/chat-key", "/hook-key"]
    assert sorted(notes) == ["notice: chat slack: sent", "notice: webhook HOOK: sent"]
    _, last = next_watch(stack("a", finding()))
    same = notice_of(stack("a", finding()), last=last, at=SECOND)
    assert told.send(same, notes.append) == ()
    assert [got.path for got in receiver.requests[2:]] == ["/chat-key"]
    assert told.send(same, notes.append, untold=("webhook HOOK",)) == (), "who missed the last one gets this one"
    assert sorted(got.path for got in receiver.requests[3:]) == ["/chat-key", "/hook-key"]


def test_one_that_fails_does_not_stop_the_others(receiver: Receiver) -> None:
    receiver.replies_to["/hook-key"] = [(500, {})] * 4
    notes: list[str] = []
    entries = (webhook(), NoticeEntry.model_validate({"issue": {"title": "Drift"}}), chat())
    failed = receivers(receiver, *entries).send(notice_of(stack("a", finding())), notes.append)
    assert failed == ("webhook HOOK", "issue Drift")
    assert sorted(got.path for got in receiver.requests) == ["/chat-key"] + ["/hook-key"] * 4
    sent, issue, hook = sorted(notes)
    assert sent == "notice: chat slack: sent"
    assert (
        hook == "warning: notice: webhook HOOK got no notice: 127.0.0.1 replied 500 Internal Server Error, in 4 tries"
    )
    assert "warning: notice: issue Drift got no notice: this is not a job of" in issue


def test_a_slow_one_delays_no_other(receiver: Receiver) -> None:
    receiver.held["/hook-key"] = Event()
    receiver.replies_to["/hook-key"] = [(400, {})]
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        receiver.held["/hook-key"].set()  # it replies only after the other one was told

    failed = receivers(receiver, webhook(), chat()).send(notice_of(stack("a", finding())), note)
    assert failed == ("webhook HOOK",)
    assert notes[0] == "notice: chat slack: sent"
    assert notes[1].startswith("warning: notice: webhook HOOK got no notice: 127.0.0.1 refused the notice: 400")


def test_receivers_of_one_name_are_told_apart(receiver: Receiver) -> None:
    receiver.replies = [(400, {}), (200, {})]
    told = receivers(receiver, chat(), chat())
    notes: list[str] = []
    (failed,) = told.send(notice_of(stack("a", finding())), notes.append)
    assert failed in ("chat slack", "chat slack (2)"), "the one that came first"
    _, last = next_watch(stack("a", finding()))
    same = notice_of(stack("a", finding()), last=last, at=SECOND)
    assert told.send(same, notes.append, untold=(failed,)) == ()
    assert notes[2:] == [f"notice: {failed}: sent"]


def test_what_would_be_sent_is_what_is_sent(receiver: Receiver) -> None:
    notice = notice_of(stack("a", finding()))
    told = receivers(receiver, webhook(), chat(), NoticeEntry.model_validate({"issue": {"title": "Drift"}}))
    shown = told.shown(notice)
    assert receiver.requests == []
    told.send(notice, lambda _: None)
    for got in receiver.requests:
        assert got.body in shown
    assert "issue Drift:\n### " in shown
    assert receivers(receiver).shown(notice) == "no notice would be sent\n"


def test_an_up_is_told_with_its_failures(receiver: Receiver) -> None:
    results = (
        StackResult("a", ResultOutcome.APPLIED, 3),
        StackResult("b", ResultOutcome.PARTIAL, 1, 2, reason=f"the API refused {NUMBER}"),
        StackResult("c", ResultOutcome.SKIPPED, reason="the run was stopped"),
        StackResult("d", ResultOutcome.UNCHANGED),
    )
    report = FleetReport("run-1", results, stopped="1 failure in wave canary")
    notice = up_notice(report, "fleet-project", SECOND, LINK)
    assert notice.title == (
        "Up of fleet-project: 4 stacks, 1 partly applied, 1 skipped, 1 applied, 1 unchanged, stopped before the end"
    )
    assert notice.level.value == "problem" and not notice.clear
    receivers(receiver, webhook(), chat(), chat(on=["drift"])).send(notice, lambda _: None)
    assert len(receiver.requests) == 2  # in any order
    (body,) = (one for one in (json.loads(got.body) for got in receiver.requests) if "type" in one)
    assert body["type"] == "digo.fleet.up"
    assert body["data"]["counts"] == {"stacks": 4, "partly applied": 1, "skipped": 1, "applied": 1, "unchanged": 1}
    done = up_notice(FleetReport("run-2", results[:1]), "fleet-project", SECOND)
    assert done.clear and done.level.value == "good"
    assert up_notice(FleetReport("run-3", results[:1], interrupted=True), "fleet-project", SECOND).clear is False


def test_no_rendering_has_a_number_a_secret_or_an_address(receiver: Receiver) -> None:
    kinds = [
        webhook(),
        *(chat(one.value) for one in ChatService),
        NoticeEntry.model_validate({"issue": {"title": "x"}}),
    ]
    told = receivers(receiver, *kinds)
    hostile = f"call {NUMBER} or +1 (202) 555-0142"
    up = FleetReport("r", (StackResult("a", ResultOutcome.UNKNOWN, reason=hostile),), stopped=hostile)
    _, last = next_watch(stack("a", finding("agent y", hostile)), stack("b"))
    for notice in (
        notice_of(stack("a", finding("agent x", hostile)), unknown("b", hostile), last=last, at=SECOND),
        up_notice(up, "fleet-project", SECOND),
    ):
        shown = told.shown(notice)
        told.send(notice, lambda _: None)
        sent = "".join(got.body for got in receiver.requests)
        for text in (shown, sent):
            assert "0142" in text, "the last digits stay"
            for secret in (NUMBER, NUMBER[1:], "(202) 555", "202 555", SECRET, SECRET[6:], "hook-key", "chat-key"):
                assert secret not in text, secret
