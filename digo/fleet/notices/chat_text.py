"""A notice as the plain text of a chat message, within the room that a service gives. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from digo.fleet.file.notice_models import Occasion
from digo.fleet.notices.notice import Notice, NoticeLine, NoticeSection, SectionKind
from digo.plan.render.shares import count_that_fit, fair_shares
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.redact import mask_numbers
from digo.text.shortened import shortened

_LONGEST_LINE = 300  # characters, so that one value does not take the room of other lines
_NAMED = 3  # stacks that a line names
_LEAST = 200  # room that a section needs to say something
_MORE = 40  # room for the count of what is left out
_TITLES = {
    SectionKind.EXCEPTIONS: "Exceptions",
    SectionKind.NEW: "New",
    SectionKind.CHANGED: "Changed",
    SectionKind.GONE: "Gone",
    SectionKind.STILL: "Still there",
}


@dataclass(frozen=True)
class ChatSection:
    """A section of a message: its title, and its lines as one text."""

    title: str
    text: str


def chat_title(notice: Notice, most: int = 150) -> str:
    """The notice's title as one line of at most `most` characters."""
    return _clean(notice.title, most)


def chat_sections(notice: Notice, room: int, size: Callable[[str], int] = len) -> tuple[ChatSection, ...]:
    """The sections that fit. What is left out is counted.

    Args:
        notice: the notice.
        room: how much all sections may take together.
        size: how much a text takes.
    """
    shown = [one for one in notice.sections if one.kind is not SectionKind.STILL or notice.occasion is Occasion.UP]
    every = [list(map(_line, one.lines)) for one in shown]
    needs = [sum(size(line) + 1 for line in lines) + _MORE for lines in every]
    shares = fair_shares(needs, room, _LEAST)
    made = [
        ChatSection(_title(one), "\n".join(_fitting(one, lines, share - _MORE, size)))
        for one, lines, share in zip(shown, every, shares, strict=True)
    ]
    still = notice.section(SectionKind.STILL)
    if still.count and still not in shown:
        made.append(ChatSection(_title(still), f"{counted(still.count, 'finding')} of before"))
    return tuple(made)


def _title(section: NoticeSection) -> str:
    return f"{_TITLES[section.kind]}: {section.count:,}"


def _fitting(section: NoticeSection, lines: list[str], room: int, size: Callable[[str], int]) -> Iterator[str]:
    shown = count_that_fit((size(line) + 1 for line in lines), room)
    yield from lines[:shown]
    if left := section.count - shown:
        yield f"and {left:,} more" if left < section.count else f"{counted(left, 'line')}, too long for this message"


def _line(line: NoticeLine) -> str:
    named = ", ".join(line.stacks[:_NAMED])
    more = line.count - min(_NAMED, len(line.stacks))
    where = f"{named} and {more:,} more" if more else named
    count = f" ({counted(line.count, 'stack')})" if more else ""
    head = f"{where}{count}: " if where else ""
    return _clean(f"{head}{line.what}{f': {line.detail}' if line.detail else ''}", _LONGEST_LINE)


def _clean(text: str, most: int) -> str:
    """A text for one line of a message: nothing invisible, no number, not too long."""
    return shortened(mask_numbers(one_line(text.replace("\n", " "))), most)
