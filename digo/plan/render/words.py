"""The sentences that all renderings of a review share."""

from __future__ import annotations

from digo.plan.drift import FieldDrift
from digo.plan.review import Review
from digo.plan.steps import Verb
from digo.words import duration


def sums(review: Review) -> str:
    """How many of each verb, the calls, and the time that they take at the account's pace."""
    counts = [f"{count} {verb.value}" for verb in Verb if (count := review.steps.count(verb))]
    calls = f"{review.calls:,} call{'' if review.calls == 1 else 's'}"
    pace = "" if review.seconds is None or not review.calls else f", about {duration(review.seconds)} at the pace"
    unmanaged = f"; {len(review.steps.unmanaged)} unmanaged" if review.steps.unmanaged else ""
    return f"{', '.join(counts) or 'nothing wanted'}: {calls}{pace}{unmanaged}"


def drift_line(drift: FieldDrift, *, numbers: bool = False, position: bool = True) -> str:
    """One field: its values on the sides, which side moved, and what can be done."""
    live = drift.shown(drift.live, numbers=numbers)
    if not drift.managed:
        was = drift.shown(drift.last, numbers=numbers)
        return f"{drift.field}: {drift.origin.value}, {was} → {live}; config does not manage it"
    where = f"{drift.position}: " if position and drift.position else ""
    return (
        f"{where}{drift.field}: {drift.origin.value}; wanted {drift.shown(drift.wanted, numbers=numbers)}, "
        f"the account has {live}{f' ({drift.unseen})' if drift.unseen else ''}; only the panel can mend it"
    )
