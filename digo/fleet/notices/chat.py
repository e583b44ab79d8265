"""Messages to chat services, by their incoming webhooks.

A service's template makes the JSON that it takes. Texts from outside stand where the service reads no syntax, so they
mention nobody. Sources: "Formatting text" and "Blocks" of Slack; "Adaptive Card schema" of Microsoft; "Cards v2" of
Google Chat; "Incoming webhooks" of Mattermost; "Execute Webhook" and "Embed limits" of Discord.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digo.fleet.file.notice_models import ChatNotice, ChatService
from digo.fleet.notices.address import address_in
from digo.fleet.notices.chat_text import chat_sections, chat_title
from digo.fleet.notices.document import notice_document
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.notice import Notice
from digo.fleet.notices.post import Poster
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line

_TEMPLATES = Path(__file__).parent / "templates"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", errors="replace"))


def _entities(text: str) -> str:
    """The text with Slack's three special signs as entities: it has no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fenced(text: str) -> str:
    """The text as a code block that it cannot end."""
    return f"```\n{text.replace('`', chr(0x2019))}\n```"


@dataclass(frozen=True)
class _Service:
    """What a service takes.

    Attributes:
        room: how much all texts of a message may take; less than the service's limit, which counts the frame too.
        size: how much a text takes.
    """

    room: int
    size: Callable[[str], int] = len


# Slack: 3,000 characters a block. Teams: 28 KB a message. Google Chat: 32,000 bytes. Mattermost: 16,383 characters.
# Discord: 4,096 characters a description.
_SERVICES = {
    ChatService.SLACK: _Service(2_600, lambda text: len(_entities(text))),
    # Each line is a block of its own, because nothing says what a TextRun makes of a line's end.
    ChatService.TEAMS: _Service(20_000, lambda text: _bytes(text) + 90),
    ChatService.GOOGLE_CHAT: _Service(12_000, lambda text: _bytes(escape(text))),
    ChatService.MATTERMOST: _Service(10_000),
    ChatService.DISCORD: _Service(3_400),
}
_OWN = _Service(10_000)


def send_chat(entry: ChatNotice, notice: Notice, environ: Mapping[str, str], root: Path, poster: Poster) -> None:
    """Sends a notice to a chat service.

    Raises:
        NoticeFailed: address or template cannot be used, or the service does not take the message.
    """
    poster.post(address_in(environ, entry.url_variable), chat_message(entry, notice, root))


def chat_message(entry: ChatNotice, notice: Notice, root: Path) -> str:
    """The JSON of a message. `root` is the folder that a template of the project is relative to.

    Raises:
        NoticeFailed: the project's template cannot be read, or does not make a JSON object.
    """
    if entry.service is not None:
        environment = _environment(jinja2.FileSystemLoader(_TEMPLATES))
        template = environment.get_template(f"{entry.service.value}.json.j2")
        return _message(template.render(_values(notice, _SERVICES[entry.service])))
    name = entry.template or ""
    try:
        return _message(
            _environment(jinja2.FunctionLoader(_source(root))).get_template(name).render(_values(notice, _OWN))
        )
    except jinja2.TemplateSyntaxError as problem:
        raise NoticeFailed(f"{name}:{problem.lineno}: {one_line(problem.message or 'it is not a template')}") from None
    except (jinja2.TemplateError, TypeError, ArithmeticError, LookupError, AttributeError) as problem:
        raise NoticeFailed(f"{name} failed: {one_line(str(problem))}") from None
    except ValueError as problem:
        raise NoticeFailed(f"{name} makes no JSON object: {one_line(str(problem))}; use the filter `tojson`") from None
    except OSError as problem:
        raise NoticeFailed(f"{name} cannot be read: {problem.strerror}") from None


def _values(notice: Notice, service: _Service) -> dict[str, Any]:
    """What a template may name."""
    return {
        "title": chat_title(notice),
        "sections": chat_sections(notice, service.room, service.size),
        "link": notice.link,
        "level": notice.level.value,
        "notice": notice_document(notice).model_dump(mode="json"),
    }


def _environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters.update(entities=_entities, fenced=_fenced, html=escape)
    return environment


def _source(root: Path) -> Callable[[str], str]:
    """Loads templates of the project."""
    return lambda name: (root / name).read_text(encoding="utf-8-sig")


def _message(text: str) -> str:
    """The template's JSON without its blanks.

    Raises:
        ValueError: it is not a JSON object.
    """
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("the text is JSON, and no object")
    return for_json(content, separators=(",", ":"))
