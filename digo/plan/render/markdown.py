"""A review as Markdown for a pull request's comment: totals, then what needs attention, then samples of the rest.

Hosting services limit a comment's length (GitHub: 65,536 characters). Entries that do not fit are counted; the full
plan belongs in an artefact.
"""

from __future__ import annotations

from collections.abc import Iterable

from digo.plan.render.sentences import drift_line, reason_of, totals
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.markdown import clipped, code, fenced, in_comment, prose
from digo.text.counts import counted
from digo.text.redact import mask_numbers

LIMIT = 60_000
_SAMPLES = 50  # rows of a verb whose entries need no review one by one
_MOST_PROBLEMS = 20
_LONGEST = 4_000  # characters of a problem or a line
_LONGEST_VALUE = 400  # characters of a name, a position or a value; a key has at most 200
_RESERVED = 300  # characters reserved for the total of each later section
# What a reviewer must see comes first; entries in sync are only counted.
_ORDER = (Verb.CANNOT_CONVERGE, Verb.REPLACE, Verb.FORGET, Verb.CREATE, Verb.UPDATE, Verb.ADOPT)
_NEED_REVIEW = frozenset({Verb.CANNOT_CONVERGE, Verb.REPLACE, Verb.FORGET})
_EXPLAINED = {
    Verb.CANNOT_CONVERGE: "differs, and the API has no call that mends it: only the panel can",
    Verb.REPLACE: "a new one is made, the account keeps the old one",
    Verb.FORGET: "gone from config, the account keeps it",
    Verb.CREATE: "the account lacks it",
    Verb.UPDATE: "is sent again with overwrite",
    Verb.ADOPT: "the account has it already",
}


def marker(environment: str) -> str:
    """The hidden first line that lets a pipeline find and update its own comment."""
    return f"<!-- digo-plan: {in_comment(environment)} -->"


def review_markdown(review: Review, *, numbers: bool = False, limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters long. `numbers` shows phone numbers in full."""
    head = "\n".join(_head(review, limit // 6))
    room = limit - len(head)
    parts = [head]
    by_verb = {verb: [step for step in review.steps.steps if step.verb is verb] for verb in _ORDER}
    listed = [verb for verb in _ORDER if by_verb[verb]]
    for place, verb in enumerate(listed, start=1):
        # Adopted entries can also have fields that no up can fix: those first.
        steps = sorted(by_verb[verb], key=lambda step: not step.cannot_converge)
        section = _section(verb, steps, room - _RESERVED * (len(listed) - place), numbers=numbers)
        room -= len(section)
        parts.append(section)
    return "".join(parts)


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


def _section(verb: Verb, steps: list[PlanStep], room: int, *, numbers: bool) -> str:
    head = (
        f"\n<details{' open' if verb in _NEED_REVIEW else ''}><summary><b>{verb.value}</b>: "
        f"{len(steps):,} ({_EXPLAINED[verb]})</summary>\n\n| entry | where | why |\n| --- | --- | --- |\n"
    )
    tail = "\n</details>\n"
    rest = "and {:,} more: see the full plan\n"
    left = room - len(head) - len(tail) - len(rest) - 20
    rows: list[str] = []
    for step in steps:
        row = _row(step, numbers=numbers)
        if len(row) > left or (len(rows) >= _SAMPLES and verb not in _NEED_REVIEW and not step.cannot_converge):
            break
        rows.append(row)
        left -= len(row)
    if not rows:
        return f"\n**{verb.value}**: {len(steps):,} ({_EXPLAINED[verb]})\n" if room > 200 else ""
    more = "\n" + rest.format(len(steps) - len(rows)) if len(rows) < len(steps) else ""
    return head + "".join(rows) + more + tail


def _row(step: PlanStep, *, numbers: bool) -> str:
    why = [prose(clipped(reason_of(step), _LONGEST_VALUE))] if step.reason else []
    why += [drift_line(one, numbers=numbers, position=False, quote=_value) for one in step.drift]
    where = _value(str(step.position)) if step.position else ""
    return f"| {step.subject.value} {_value(step.key)} | {where} | {'; '.join(why)} |\n"


def _value(text: str) -> str:
    """A key, a position or a value. A long one must not take the room of other rows."""
    return code(clipped(text, _LONGEST_VALUE))
