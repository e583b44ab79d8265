"""Sends a notice to all of its receivers. One that fails is a warning: its subject has happened anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digo.fleet.file.notice_models import NoticeEntry
from digo.fleet.notices.address import address_of
from digo.fleet.notices.chat import chat_message, send_chat
from digo.fleet.notices.document import notice_json
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.issue import issue_text, send_issue
from digo.fleet.notices.notice import Notice
from digo.fleet.notices.post import Poster
from digo.fleet.notices.webhook import send_webhook
from digo.system.extras import ExtraMissing
from digo.system.side_by_side import side_by_side


@dataclass(frozen=True)
class Receivers:
    """The receivers in fleet.yaml.

    Attributes:
        entries: the entries of `notices`.
        root: the project's folder, which files are relative to.
        environ: the environment variables with addresses and secrets.
        poster: how requests are sent.
    """

    entries: Sequence[NoticeEntry]
    root: Path
    environ: Mapping[str, str] = field(repr=False)
    poster: Poster = field(default_factory=Poster)

    def send(self, notice: Notice, note: Callable[[str], None], untold: Collection[str] = ()) -> tuple[str, ...]:
        """Sends the notice to each receiver that wants it. Returns the names of those that did not get it.

        They get it side by side, so that a slow or absent one delays no other.

        Args:
            notice: the notice.
            note: is told what was sent, and what was not, as it comes; in the thread of the caller.
            untold: names of those that did not get the last notice. They always get this one.
        """
        wanting = list(self._wanting(notice, untold))

        def send(one: tuple[str, NoticeEntry]) -> tuple[str, str]:
            """Which receiver got no notice, or "", and what to say."""
            name, entry = one
            try:
                return "", f"notice: {name}: {self._send(entry, notice)}"
            except (NoticeFailed, ExtraMissing) as problem:
                return name, f"warning: notice: {name} got no notice: {problem}"

        sent = side_by_side(wanting, send, len(wanting), lambda one: note(one[1]))
        return tuple(name for name, _ in sent if name)

    def shown(self, notice: Notice, untold: Collection[str] = ()) -> str:
        """What `send` would send, for people."""
        parts = [f"{name}:\n{self._shown(entry, notice)}\n" for name, entry in self._wanting(notice, untold)]
        return "\n".join(parts) if parts else "no notice would be sent\n"

    def _wanting(self, notice: Notice, untold: Collection[str]) -> Iterator[tuple[str, NoticeEntry]]:
        for name, entry in zip(names_of(self.entries), self.entries, strict=True):
            # An issue compares texts itself: it is right also if the file of the last watch is lost.
            wants = notice.changed or entry.always or entry.issue is not None or name in untold
            if notice.occasion in entry.on and wants:
                yield name, entry

    def _send(self, entry: NoticeEntry, notice: Notice) -> str:
        if entry.webhook is not None:
            send_webhook(entry.webhook, notice, self.environ, self.root, self.poster)
        elif entry.chat is not None:
            send_chat(entry.chat, notice, self.environ, self.root, self.poster)
        elif entry.issue is not None:
            return send_issue(entry.issue, notice, self.environ)
        return "sent"

    def _shown(self, entry: NoticeEntry, notice: Notice) -> str:
        if entry.chat is None:
            return notice_json(notice) if entry.webhook is not None else issue_text(notice)
        try:
            return chat_message(entry.chat, notice, self.root)
        except NoticeFailed as problem:
            return f"nothing, because {problem}"


def names_of(entries: Sequence[NoticeEntry]) -> tuple[str, ...]:
    """A name for each receiver, see `name_of`. Of equal ones the second and further are numbered."""
    seen: Counter[str] = Counter()
    names = []
    for entry in entries:
        name = name_of(entry)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def name_of(entry: NoticeEntry) -> str:
    """A receiver in messages: never its whole address, which may be a secret."""
    if entry.webhook is not None:
        if entry.webhook.url_variable:
            return f"webhook {entry.webhook.url_variable}"
        try:
            return f"webhook {address_of(entry.webhook.url or '', '`url`').host}"
        except NoticeFailed:
            return "webhook"
    if entry.chat is not None:
        return f"chat {entry.chat.service.value if entry.chat.service else entry.chat.template}"
    return "issue" if entry.issue is None else f"issue {entry.issue.title}"
