"""Messages to chat services: what each takes, what fits, and that no text from outside is read as syntax."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digo.fleet.file.notice_models import ChatNotice, ChatService
from digo.fleet.notices.chat import chat_message, send_chat
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.notice import Notice
from digo.fleet.notices.post import Poster
from tests.fleet.notices.drift_values import FIRST, LINK, SECOND, finding, next_watch, notice_of, stack, unknown
from tests.fleet.notices.receiver import running_receiver

HOSTILE = (
    '"<!channel> <@U1> @everyone @here <users/all> <at>x</at> ``` *b* [x](http://e.example) \u202e\x1b[31m {{ 7*7 }}"'
)
COUNTS_BYTES = (ChatService.TEAMS, ChatService.GOOGLE_CHAT)
LIMITS = {  # characters or bytes of a whole message, by each service's documentation
    ChatService.SLACK: 50_000,
    ChatService.TEAMS: 28 * 1024,
    ChatService.GOOGLE_CHAT: 32_000,
    ChatService.MATTERMOST: 16_383,
    ChatService.DISCORD: 8_000,
}


def message(service: ChatService, notice: Notice) -> dict[str, Any]:
    entry = ChatNotice.model_validate({"service": service.value, "urlVariable": "CHAT"})
    text = chat_message(entry, notice, Path())
    assert len(text.encode() if service in COUNTS_BYTES else text) <= LIMITS[service]
    content = json.loads(text)
    assert isinstance(content, dict)
    return content


def texts(content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a message with where it stands."""
    if isinstance(content, dict):
        for name, one in content.items():
            yield from texts(one, f"{path}.{name}")
    elif isinstance(content, list):
        for one in content:
            yield from texts(one, path)
    elif isinstance(content, str):
        yield path, content


@pytest.mark.parametrize("service", ChatService)
def test_a_message_says_what_is_new_and_where(service: ChatService) -> None:
    _, before = next_watch(stack("a", finding()), stack("b"))
    notice = notice_of(stack("a", finding()), stack("b", finding("agent desk")), unknown("c"), last=before, at=SECOND)
    content = message(service, notice)
    whole = "\n".join(text for _, text in texts(content))
    assert "Drift of fleet-project: 2 of 2 stacks drifted; 1 could not be read" in whole
    for said in (
        "c: could not be read: no reply within 30 s",
        "b: agent desk: name: config",
        "1 finding of before",
        LINK,
    ):
        assert said in whole, said
    assert message(service, notice_of(stack("a"))), "nothing found is a message, too"


@pytest.mark.parametrize("service", ChatService)
def test_no_text_from_outside_is_syntax_or_mentions_anybody(service: ChatService) -> None:
    notice = notice_of(stack("a", finding("agent x", HOSTILE)), unknown("b", HOSTILE))
    content = message(service, notice)
    found = [(path, text) for path, text in texts(content) if "everyone" in text]
    assert found
    for path, text in found:
        assert "\u202e" not in text and "\x1b" not in text and "{{ 7*7 }}" in text
        if service is ChatService.SLACK:
            assert "<!" not in text and "<@" not in text and text.count("```") == 2
        elif service is ChatService.TEAMS:
            assert path.endswith(".inlines.text"), "a TextRun has no Markdown"
        elif service is ChatService.GOOGLE_CHAT:
            assert "<users" not in text and "&lt;users/all&gt;" in text
        else:
            assert text.startswith("```\n") and text.endswith("\n```") and text.count("```") == 2
    if service is ChatService.DISCORD:
        assert content["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("sign", ["", "x", "&", "東"])
@pytest.mark.parametrize("service", ChatService)
def test_a_message_stays_within_the_limits_and_counts_what_is_left_out(service: ChatService, sign: str) -> None:
    some = [finding(f"agent {sign * 150}{n}", f'"{sign * 200}{n}"') for n in range(150)]
    _, before = next_watch(stack("a", *some[:50]), at=FIRST)
    content = message(service, notice_of(stack("a", *some[40:]), unknown("b", sign * 5000), last=before, at=SECOND))
    whole = "\n".join(text for _, text in texts(content))
    assert "New: 100" in whole and "Gone: 40" in whole and "10 findings of before" in whole
    assert " more" in whole or "100 lines, too long for this message" in whole
    if service is ChatService.SLACK:
        assert all(len(text) <= 3000 for path, text in texts(content) if path.endswith(".text.text"))
        assert len(content["blocks"]) <= 50 and len(content["blocks"][0]["text"]["text"]) <= 150
    if service is ChatService.DISCORD:
        assert len(content["embeds"][0]["description"]) <= 4096


def test_a_template_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "own.json.j2").write_text(
        '{"msg": {{ title | tojson }}, "kinds": [{% for s in sections %}{{ s.title | tojson }}{% endfor %}],'
        ' "new": {{ notice.data.counts.findings }}}'
    )
    entry = ChatNotice(template="own.json.j2", urlVariable="CHAT")
    notice = notice_of(stack("a", finding()))
    with running_receiver() as receiver:
        send_chat(entry, notice, {"CHAT": receiver.url("/x")}, tmp_path, Poster())
        assert json.loads(receiver.requests[0].body) == {"msg": notice.title, "kinds": ["New: 1"], "new": 1}


TEMPLATES = {
    "{{": r"own:1: unexpected 'end of template'",
    "{\n{% if %}": r"own:2: Expected an expression",
    "{{ titel }}": "own failed: 'titel' is undefined",
    "{{ title }}": "own makes no JSON object: .*; use the filter `tojson`",
    "[1]": "own makes no JSON object: the text is JSON, and no object",
    "{{ ''.__class__.__mro__ }}": "own failed: access to attribute '__class__' of 'str' object is unsafe",
    "{{ 1 / 0 }}": "own failed: division by zero",
    '{% include "/etc/hostname" %}': "own ",
    "\udcff": "own ",
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_that_makes_no_message(template: str, tmp_path: Path) -> None:
    (tmp_path / "own").write_bytes(template.encode("utf-8", "surrogateescape"))
    with pytest.raises(NoticeFailed, match=TEMPLATES[template]):
        chat_message(ChatNotice(template="own", urlVariable="CHAT"), notice_of(stack("a", finding())), tmp_path)


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoticeFailed, match="gone cannot be read: No such file or directory"):
        chat_message(ChatNotice(template="gone", urlVariable="CHAT"), notice_of(stack("a")), tmp_path)
