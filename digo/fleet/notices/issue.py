"""The issue at GitHub or GitLab: one for the fleet's drift and one for its ups. It is edited, never written twice."""

from __future__ import annotations

from collections.abc import Mapping

from digo.ci.failure import HostingError
from digo.ci.notes import LABEL, close_issue, upsert_issue
from digo.ci.services import hosting_of
from digo.fleet.file.notice_models import IssueNotice, Occasion
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.notice import Notice, NoticeLine, NoticeSection, SectionKind
from digo.plan.render.markdown import LIMIT
from digo.plan.render.shares import count_that_fit
from digo.sanitize.markdown import clipped, code, in_comment, prose
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.redact import mask_numbers

_LONGEST = 600  # characters of a cell
_TITLES = {SectionKind.EXCEPTIONS: "Exceptions", SectionKind.STILL: "What is there"}
_HEAD = "| what | where | since | more |\n| --- | --- | --- | --- |\n"


def send_issue(entry: IssueNotice, notice: Notice, environ: Mapping[str, str]) -> str:
    """Opens, edits or closes the issue. Returns what was done.

    Raises:
        NoticeFailed: this is not a job of GitHub or GitLab, or the service does not take it.
    """
    marker, label = issue_marker(notice), entry.label or LABEL
    try:
        hosting = hosting_of(environ)
        if notice.clear:
            closed = close_issue(hosting, marker, issue_text(notice), label=label)
            return f"closed {closed.url}" if closed else "no issue is open"
        title = one_line(entry.title)
        done, note = upsert_issue(hosting, marker, title, issue_text(notice), label=label, digest=True)
        return f"{done} {note.url}"
    except HostingError as problem:
        raise NoticeFailed(str(problem)) from None


def issue_marker(notice: Notice) -> str:
    """The hidden first line of the issue."""
    return f"<!-- digo-fleet: {in_comment(notice.fleet)} {notice.occasion.value} -->"


def issue_text(notice: Notice, limit: int = LIMIT) -> str:
    """The issue's text, at most `limit` characters long.

    It says what is there, not what is new: so it stays the same, and is not edited, as long as nothing changes.
    """
    head = f"### {prose(one_line(notice.title))}\n"
    if notice.clear:
        done = "Config and accounts agree again." if notice.occasion is Occasion.DRIFT else "Every up is done."
        return f"{head}\n{done}\n"
    parts = [head]
    room = limit - len(head)
    for section in (notice.section(SectionKind.EXCEPTIONS), notice.present):
        part = _section(section, room) if section.count else ""
        room -= len(part)
        parts.append(part)
    return "".join(parts)


def _section(section: NoticeSection, room: int) -> str:
    """A table with as many lines as fit."""
    title = f"\n**{_TITLES[section.kind]}: {section.count:,}**\n"
    more = "\nand {:,} more: `digo fleet drift --all` lists all.\n"
    every = [_row(line) for line in section.lines]
    rows = every[: count_that_fit(map(len, every), room - len(title) - len(_HEAD) - len(more) - 20)]
    rest = section.count - len(rows)
    table = f"\n{_HEAD}{''.join(rows)}" if rows else ""
    return f"{title}{table}{more.format(rest) if rest else ''}"


def _row(line: NoticeLine) -> str:
    where = f"{counted(line.count, 'stack')}: {line.where}" if line.count > 1 else line.where
    cells = (line.what, where, line.since, line.detail)
    return f"| {' | '.join(_cell(one) for one in cells)} |\n"


def _cell(text: str) -> str:
    return code(clipped(mask_numbers(text.replace("\n", " ")), _LONGEST))
