"""A notice as one plain value. Every text in it is masked; each rendering cleans it for its own output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from digo.fleet.file.notice_models import Occasion
from digo.text.counts import counted
from digo.text.redact import mask_numbers

MOST_LINES = 200
"""How many lines a section of a notice has. The others are counted."""
MOST_STACKS = 50
"""How many stacks a line names. The others are counted."""


class Level(str, Enum):
    """How urgent a notice is. GOOD: nothing is left to do. ATTENTION: an up corrects it. PROBLEM: a person must."""

    GOOD = "good"
    ATTENTION = "attention"
    PROBLEM = "problem"


class SectionKind(str, Enum):
    """The sections of a notice, in the order of their urgency."""

    EXCEPTIONS = "exceptions"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    STILL = "still"


@dataclass(frozen=True)
class NoticeLine:
    """The same thing in one stack or in many.

    Attributes:
        what: what it is: `agent sales: name`, `could not be read`.
        detail: more about it: values, origin, reason.
        stacks: the first stacks that it is about.
        count: all stacks that it is about.
        since: when it was found first, in UTC (ISO 8601); "" where that says nothing.
    """

    what: str
    detail: str
    stacks: tuple[str, ...]
    count: int
    since: str = ""

    @classmethod
    def about(cls, what: str, detail: str, stacks: tuple[str, ...], since: str = "") -> NoticeLine:
        """A line about these stacks, of which it names the first ones. Numbers are masked once more."""
        return cls(mask_numbers(what), mask_numbers(detail), stacks[:MOST_STACKS], len(stacks), since)

    @property
    def where(self) -> str:
        """The stacks: `chennai-1, delhi-1 and 210 more stacks`."""
        more = self.count - len(self.stacks)
        names = ", ".join(self.stacks)
        return f"{names} and {counted(more, 'more stack')}" if more else names


@dataclass(frozen=True)
class NoticeSection:
    """Lines of one kind.

    Attributes:
        kind: the kind.
        lines: the first lines.
        more: how many lines are left out.
    """

    kind: SectionKind
    lines: tuple[NoticeLine, ...]
    more: int = 0

    @classmethod
    def of(cls, kind: SectionKind, lines: Iterable[NoticeLine]) -> NoticeSection:
        """A section with the first of these lines. The others are counted."""
        every = tuple(lines)
        return cls(kind, every[:MOST_LINES], max(0, len(every) - MOST_LINES))

    @property
    def count(self) -> int:
        """All lines."""
        return len(self.lines) + self.more


@dataclass(frozen=True)
class Notice:
    """What happened to a fleet.

    Attributes:
        id: the notice's own id. A receiver that gets it twice can tell by it.
        occasion: a watch or an up.
        fleet: the project's name.
        at: when it happened, in UTC (ISO 8601).
        title: all of it in one line.
        level: how urgent it is.
        counts: stacks by outcome, and findings.
        sections: the sections that have a line.
        present: what is there, whether new or not. It stays the same as long as nothing changes.
        link: the page of the pipeline's run; "" outside of a pipeline.
        changed: whether something is other than at the last watch; of an up always.
        clear: whether nothing is left to do.
    """

    id: str
    occasion: Occasion
    fleet: str
    at: str
    title: str
    level: Level
    counts: Mapping[str, int]
    sections: tuple[NoticeSection, ...]
    present: NoticeSection = NoticeSection(SectionKind.STILL, ())
    link: str = ""
    changed: bool = True
    clear: bool = False

    def section(self, kind: SectionKind) -> NoticeSection:
        """The section of that kind, which may be empty."""
        return next((one for one in self.sections if one.kind is kind), NoticeSection(kind, ()))
