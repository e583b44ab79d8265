"""The webhook: body, signature, retries, and what it refuses to send to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from digo.fleet.file.notice_models import WebhookNotice
from digo.fleet.notices.document import NoticeDocument
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.post import Poster
from digo.fleet.notices.webhook import send_webhook
from tests.fleet.notices.drift_values import LINK, SECOND, finding, next_watch, notice_of, stack, unknown
from tests.fleet.notices.receiver import Receiver, running_receiver

SECRET = "whsec_ZXhhbXBsZS1zZWNyZXQtb2YtYS13ZWJob29r"
PUBLISHED = Path(__file__).resolve().parents[3] / "docs/schema/fleet-notice.json"
NOTICE = notice_of(stack("a", finding()), unknown("b"), stack("c"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


def send(environ: dict[str, str], root: Path = Path(), pauses: list[float] | None = None, **entry: str) -> None:
    kept: list[float] = [] if pauses is None else pauses
    secret = {} if "secretVariable" in entry or "secretFile" in entry else {"secretVariable": "SECRET"}
    given = WebhookNotice(**{**entry, **secret})
    send_webhook(given, NOTICE, {"SECRET": SECRET, **environ}, root, Poster(kept.append))


def test_the_body_is_the_published_document_and_its_signature_holds(receiver: Receiver, tmp_path: Path) -> None:
    environ = {"HOOK": receiver.url("/hook/?key=abc"), "SECRET": SECRET}
    send(environ, urlVariable="HOOK", secretVariable="SECRET")
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    send(environ, tmp_path, urlVariable="HOOK", secretFile="secret")
    assert len(receiver.requests) == 2
    for got in receiver.requests:
        assert got.path == "/hook/?key=abc" and got.headers["content-type"] == "application/json"
        assert got.headers["webhook-id"] == NOTICE.id
        assert Webhook(SECRET).verify(got.body, got.headers) == json.loads(got.body)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(got.body.replace("Sales", "sales"), got.headers)
    jsonschema.validate(json.loads(receiver.requests[0].body), json.loads(PUBLISHED.read_text()))
    document = NoticeDocument.model_validate_json(receiver.requests[0].body)
    assert document.type == "digo.fleet.drift" and document.timestamp == NOTICE.at
    assert document.data.title == "Drift of fleet-project: 1 of 2 stacks drifted; 1 could not be read"
    assert document.data.level == "problem" and document.data.link == LINK
    assert document.data.changed and not document.data.clear
    sections = {one.kind.value: [(line.what, line.stacks) for line in one.lines] for one in document.data.sections}
    assert sections == {"exceptions": [("could not be read", ("b",))], "new": [("agent sales: name", ("a",))]}


def test_what_may_pass_is_tried_again_with_the_same_id(receiver: Receiver) -> None:
    receiver.replies = [(503, {}), (429, {"Retry-After": "7"}), (500, {"Retry-After": "86400"})]
    pauses: list[float] = []
    send({"S": SECRET}, pauses=pauses, url=receiver.url(), secretVariable="S")
    assert pauses == [1.0, 7.0, 30.0], "the receiver's own pause counts, up to a limit"
    assert len({got.headers["webhook-id"] for got in receiver.requests}) == 1 and len(receiver.requests) == 4
    for got in receiver.requests:
        Webhook(SECRET).verify(got.body, got.headers)


def test_what_does_not_pass_is_said_without_the_address(receiver: Receiver) -> None:
    receiver.replies = [(502, {})] * 4
    with pytest.raises(NoticeFailed, match=r"^127\.0\.0\.1 replied 502 Bad Gateway, in 4 tries$"):
        send({}, url=receiver.url("/secret-path"))
    assert len(receiver.requests) == 4
    receiver.replies, receiver.text = [(400, {})], "no such hook: secret-path, call +1 202 555 0101"
    with pytest.raises(
        NoticeFailed, match=r"refused the notice: 400 Bad Request, `no such hook: \[secret\], call \*\*\*0101`"
    ):
        send({}, url=receiver.url("/secret-path"))
    assert len(receiver.requests) == 5, "a refusal is not tried again"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.replies = [(308, {"Location": receiver.url("/elsewhere")})]
    with pytest.raises(NoticeFailed, match="redirects the request elsewhere, and a notice is not sent on"):
        send({}, url=receiver.url())
    assert [got.path for got in receiver.requests] == ["/hook"]


def test_nobody_listens(receiver: Receiver) -> None:
    with running_receiver() as gone:
        url = gone.url()
    with pytest.raises(NoticeFailed, match=r"127\.0\.0\.1 could not be reached \(ConnectError\), in 4 tries"):
        send({}, url=url)


ADDRESSES = {
    "": "has no address that begins with https://",
    "hooks.example/x": "has no address that begins with https://",
    "ftp://hooks.example/x": "has no address that begins with https://",
    "https://": "has no address that begins with https://",
    "https://[::1": "has no address that begins with https://",
    "http://hooks.example/x": "begins with http://, and a notice is sent by https:// only",
    "http://127.0.0.1.hooks.example/x": "begins with http://, and a notice is sent by https:// only",
    "https://me:pass-word@hooks.example/x": "has a user or a password in it",
    "https://hooks.example/\udcff": "has no address that begins with https://",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses_that_nothing_is_sent_to(url: str) -> None:
    with pytest.raises(NoticeFailed) as failed:
        send({"HOOK": url or " "}, urlVariable="HOOK")
    assert (ADDRESSES[url] if url else "HOOK, which fleet.yaml names for the address, is not set") in str(failed.value)
    assert "pass-word" not in str(failed.value) and "/x" not in str(failed.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64: é", "a"])
def test_secrets_that_sign_nothing(secret: str, receiver: Receiver) -> None:
    with pytest.raises(NoticeFailed, match="S"):
        send({"S": secret}, url=receiver.url(), secretVariable="S")
    assert receiver.requests == []


def test_a_secret_file_that_is_not_there(receiver: Receiver, tmp_path: Path) -> None:
    with pytest.raises(NoticeFailed, match="`secretFile` names gone, which cannot be read: No such file or directory"):
        send({}, tmp_path, url=receiver.url(), secretFile="gone")


def test_a_large_notice_stays_small() -> None:
    stacks = [stack(f"s{n}", *(finding(f"agent {n % 7}-{at}", str(n)) for at in range(30))) for n in range(360)]
    notice = notice_of(*stacks)
    new = notice.sections[0]
    assert len(new.lines) == 200 and new.more == 10 and all(len(line.stacks) <= 50 for line in new.lines)
    _, watched = next_watch(*stacks)
    again = notice_of(*stacks, last=watched, at=SECOND)
    assert not again.changed and [one.kind.value for one in again.sections] == ["still"]
