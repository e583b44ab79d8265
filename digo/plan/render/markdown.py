"""A review as Markdown for a pull request's comment: totals, then what needs attention, then samples of the rest.

Hosting services limit a comment's length (GitHub: 65,536 characters). Entries that do not fit are counted; the full
plan belongs in an artefact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digo.plan.render.field_text import afterwards
from digo.plan.render.groups import NEED_REVIEW, ORDER, SAMPLE_ENTRIES, StepGroup, groups_of
from digo.plan.render.sentences import reason_of, totals
from digo.plan.render.shares import count_that_fit, fair_shares
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.markdown import clipped, code, fenced, in_comment, prose
from digo.text.counts import counted
from digo.text.redact import mask_numbers

LIMIT = 60_000
_SAMPLES = 50  # rows of a part whose entries need a review one by one
_MOST_PROBLEMS = 20
_LONGEST = 4_000  # characters of a problem or a line
_LONGEST_VALUE = 400  # characters of a name, a position or a value; a key has at most 200
_RESERVED = 200  # characters of a row that counts what does not fit
_USEFUL = 1_500  # characters of a part; with less it says nothing
_EXPLAINED = {
    Verb.CANNOT_CONVERGE: "differs, and the API has no call that mends it: only the panel can",
    Verb.REPLACE: "a new one is made, the account keeps the old one",
    Verb.DELETE: "the account loses it",
    Verb.FORGET: "gone from config, the account keeps it",
    Verb.CREATE: "the account lacks it",
    Verb.UPDATE: "is sent again with overwrite",
    Verb.ADOPT: "the account has it already, and keeps it as it is",
    Verb.IN_SYNC: "an up changes nothing of it on the account",
    Verb.SENT: "nothing is sent",
}


def marker(environment: str) -> str:
    """The hidden first line that lets a pipeline find and update its own comment."""
    return f"<!-- digo-plan: {in_comment(environment)} -->"


def review_markdown(review: Review, *, numbers: bool = False, limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters long. `numbers` shows phone numbers in full."""
    head = "\n".join(_head(review, limit // 6))
    groups = groups_of(step for step in review.steps.steps if step.noteworthy)
    return head + "".join(_sections(groups, limit - len(head), numbers=numbers))


def _head(review: Review, share: int) -> Iterable[str]:
    """The totals, and the problems: `share` characters for each kind, so that no kind hides another one."""
    yield marker(review.environment)
    yield f"### digo plan for {code(review.environment)}: {_verdict(review)}"
    yield ""
    yield f"{totals(review)}. Plan `{review.plan}`."
    for title, texts in (
        ("error", [str(problem) for problem in review.conflicts]),
        ("error", [review.refusal] if review.refusal else []),
        ("warning", [str(problem) for problem in review.warnings]),
    ):
        yield from _problems(title, texts, share)
    yield ""


def _problems(title: str, texts: list[str], room: int) -> Iterable[str]:
    for place, text in enumerate(texts):
        block = f"\n**{title}**\n{fenced(clipped(mask_numbers(text), min(_LONGEST, room // 2)))}"
        room -= len(block)
        if place and (room < 0 or place >= _MOST_PROBLEMS):
            yield f"\nand {counted(len(texts) - place, f'more {title}')}: see the full plan"
            return
        yield block


def _verdict(review: Review) -> str:
    if review.conflicts or review.refusal:
        return "an up would be refused"
    if review.steps.cannot_converge:
        return "something cannot converge"
    return "changes" if review.steps.changed else "no changes"


@dataclass(frozen=True)
class _Part:
    """Steps of a section that share its room: a large group, or all that are in no large group."""

    verb: Verb
    title: str
    steps: tuple[PlanStep, ...]
    rows: tuple[str, ...]

    def text(self, room: int) -> str:
        """As many rows as fit, and the count of the others."""
        shown = count_that_fit(map(len, self.rows), room)
        more = len(self.steps) - shown
        if not more:
            return "".join(self.rows)
        said = f"and {more:,} more" if shown else f"{more:,}"
        return "".join(self.rows[:shown]) + f"| {said}{self.title}: see the full plan | | | |\n"


def _sections(groups: Sequence[StepGroup], room: int, *, numbers: bool) -> Iterable[str]:
    """A section for each verb. What needs a review comes first, and a flood of one kind hides no other."""
    verbs = [verb for verb in ORDER if any(one.verb is verb for one in groups)]
    parts = [part for verb in verbs for part in _parts(verb, groups, numbers=numbers)]
    counts = {verb: sum(len(one.steps) for one in groups if one.verb is verb) for verb in verbs}
    explained = {verb: _explained(verb, groups) for verb in verbs}
    heads = sum(len(_section(verb, counts[verb], "", explained[verb], stuck=True)) for verb in verbs)
    room -= heads + len(parts) * _RESERVED
    shares = fair_shares([sum(map(len, part.rows)) for part in parts], room, _USEFUL)
    for verb in verbs:
        texts = [part.text(share) for part, share in zip(parts, shares, strict=True) if part.verb is verb]
        stuck = any(one.stuck for one in groups if one.verb is verb)
        yield _section(verb, counts[verb], "".join(texts), explained[verb], stuck=stuck)


def _explained(verb: Verb, groups: Sequence[StepGroup]) -> str:
    """What the verb means for the steps that have it."""
    steps = [step for one in groups if one.verb is verb for step in one.steps]
    if verb is Verb.UPDATE and any(step.changes_agent for step in steps):
        sent = any(not step.changes_agent for step in steps)
        return "is changed, or sent again with overwrite" if sent else "a call of the API changes it"
    if verb is Verb.REPLACE and any(step.deletes for step in steps):
        kept = any(not step.deletes for step in steps)
        return "a new one is made, the old one is " + ("kept or deleted" if kept else "deleted")
    return _EXPLAINED[verb]


def _parts(verb: Verb, groups: Sequence[StepGroup], *, numbers: bool) -> Iterable[_Part]:
    mine = [one for one in groups if one.verb is verb]
    small = tuple(step for one in mine if not one.large for step in one.steps)
    if small:
        yield _Part(verb, "", small, tuple(_row(step, numbers=numbers) for step in small[:_SAMPLES]))
    for one in mine:
        if one.large:
            most = _SAMPLES if verb in NEED_REVIEW or one.stuck else SAMPLE_ENTRIES
            rows = tuple(_row(step, numbers=numbers) for step in one.steps[:most])
            title = f" of {one.title}" + (f" ({_value(one.what)})" if one.what else "")
            yield _Part(verb, title, one.steps, rows)


def _section(verb: Verb, count: int, rows: str, explained: str, *, stuck: bool = False) -> str:
    return (
        f"\n<details{' open' if stuck or verb in NEED_REVIEW else ''}><summary><b>{verb.value}</b>: "
        f"{count:,} ({explained})</summary>\n\n"
        f"| entry | on the account afterwards | why | where |\n| --- | --- | --- | --- |\n{rows}\n</details>\n"
    )


def _row(step: PlanStep, *, numbers: bool) -> str:
    why = prose(clipped(reason_of(step), _LONGEST_VALUE)) if step.reason else ""
    where = _value(str(step.position)) if step.position else ""
    entry = f"{step.subject.value} {_value(step.key)}"
    return f"| {entry} | {afterwards(step, numbers=numbers, quote=code)} | {why} | {where} |\n"


def _value(text: str) -> str:
    """A key, a position or a value. A long one must not take the room of other rows."""
    return code(clipped(text, _LONGEST_VALUE))
