"""The sentences that all renderings of a review share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from digo.plan.drift import FieldDrift
from digo.plan.field_changes import NOT_SHOWN
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.formatting import duration
from digo.text.redact import mask_numbers

_HAVE_A_PLURAL = frozenset({Verb.CREATE, Verb.ADOPT, Verb.UPDATE, Verb.REPLACE, Verb.FORGET, Verb.DELETE})


MENDED = "the next up changes it"
ONLY_THE_PANEL = "only the panel can mend it"


def totals(review: Review) -> str:
    """The number of entries by verb, the calls, and their time at the account's pace; what is left out."""
    counts = [verb_count(verb, count) for verb in Verb if (count := review.steps.count(verb))]
    calls = counted(review.calls, "call")
    pace = "" if review.seconds is None or not review.calls else f", about {duration(review.seconds)} at the pace"
    unmanaged = f"; {len(review.steps.unmanaged):,} unmanaged" if review.steps.unmanaged else ""
    suppressed = f"; {review.steps.suppressed:,} suppressed" if review.steps.suppressed else ""
    return f"{', '.join(counts) or 'nothing wanted'}: {calls}{pace}{unmanaged}{suppressed}"


def verb_count(verb: Verb, count: int) -> str:
    """`1 create`, `1,000 creates`, `2 in sync`."""
    return counted(count, verb.value, None if verb in _HAVE_A_PLURAL else verb.value)


def reason_of(step: PlanStep) -> str:
    """Why the step has its verb, masked and on one line; "" without a reason."""
    return one_line(mask_numbers(step.reason))


def drift_line(
    drift: FieldDrift, *, numbers: bool = False, position: bool = True, quote: Callable[[str], str] = one_line
) -> str:
    """One field: its values, which side changed, and what can be done.

    `quote` makes a value safe for the target of the line.
    """

    def value(side: Any) -> str:
        shown = drift.shown(side, numbers=numbers)
        return shown if side is None or side == "" else quote(shown)

    live = value(drift.live)
    if not drift.managed:
        was = value(drift.last)
        return f"{drift.field}: {drift.origin.text}, {was} → {live}; config does not manage it"
    where = f"{one_line(str(drift.position))}: " if position and drift.position else ""
    has = NOT_SHOWN if drift.hidden else f"the account has {live}{f' ({drift.invisible})' if drift.invisible else ''}"
    mending = MENDED if drift.mended else ONLY_THE_PANEL
    return f"{where}{drift.field}: {drift.origin.text}; wanted {value(drift.wanted)}, {has}; {mending}"
