"""The JSON body of a webhook, as pydantic models: `docs/schema/fleet-notice.json` publishes them.

The frame is that of Standard Webhooks: type, timestamp, data. Within a version, fields are only added.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from digo.fleet.notices.notice import Notice, NoticeLine, SectionKind
from digo.sanitize.json import for_json


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class LineDocument(_Part):
    """The same thing in one stack or in many."""

    what: str = Field(description="What it is, such as `agent sales: name`.")
    detail: str = Field(description="Values, origin and remedy, or the reason. Masked.")
    stacks: tuple[str, ...] = Field(description="The first stacks that it is about.")
    count: int = Field(description="All stacks that it is about.")
    since: str = Field(description="When it was found first, in UTC (ISO 8601); empty where that says nothing.")


class SectionDocument(_Part):
    """Lines of one kind."""

    kind: SectionKind = Field(
        description="Exceptions, or what is new, changed, gone or still there since the last watch."
    )
    lines: tuple[LineDocument, ...] = Field(description="The first lines.")
    more: int = Field(description="How many lines are left out.")


class DataDocument(_Part):
    """What happened."""

    version: Literal[1] = Field(default=1, description="The version of this document.")
    fleet: str = Field(description="The name of the Pulumi project.")
    title: str = Field(description="All of it in one line.")
    level: Literal["good", "attention", "problem"] = Field(
        description="good: nothing is left to do. attention: an up corrects it. problem: a person must look."
    )
    changed: bool = Field(description="Whether something is other than at the last watch.")
    clear: bool = Field(description="Whether nothing is left to do.")
    counts: dict[str, int] = Field(description="Stacks by outcome, and other counts, by name.")
    sections: tuple[SectionDocument, ...] = Field(description="The sections that have a line.")
    link: str = Field(description="The page of the pipeline's run; empty outside of a pipeline.")


class NoticeDocument(_Part):
    """The body of a webhook."""

    type: Literal["digo.fleet.drift", "digo.fleet.up"] = Field(description="What happened: a watch, or an up.")
    timestamp: str = Field(description="When it happened, in UTC (ISO 8601).")
    data: DataDocument = Field(description="The notice.")


def notice_document(notice: Notice) -> NoticeDocument:
    """The body of the webhook for a notice."""
    data = DataDocument(
        fleet=notice.fleet,
        title=notice.title,
        level=notice.level.value,
        changed=notice.changed,
        clear=notice.clear,
        counts=dict(notice.counts),
        sections=tuple(
            SectionDocument(kind=one.kind, lines=tuple(map(_line, one.lines)), more=one.more) for one in notice.sections
        ),
        link=notice.link,
    )
    kind: Literal["digo.fleet.drift", "digo.fleet.up"] = (
        "digo.fleet.drift" if notice.occasion.value == "drift" else "digo.fleet.up"
    )
    return NoticeDocument(type=kind, timestamp=notice.at, data=data)


def notice_json(notice: Notice) -> str:
    """The body as text."""
    return for_json(notice_document(notice).model_dump(mode="json"), separators=(",", ":"))


def _line(one: NoticeLine) -> LineDocument:
    return LineDocument(what=one.what, detail=one.detail, stacks=one.stacks, count=one.count, since=one.since)
