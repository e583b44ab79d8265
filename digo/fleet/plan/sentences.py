"""What a fleet's plan says, in words that all renderings share. Pure.

`quote` makes a value safe for the rendering's target: a terminal, Markdown. Each function cleans what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from digo.fields.agents import AGENT_FIELDS
from digo.fleet.plan.equal_changes import ChangeGroup, FieldValues
from digo.fleet.plan.stack_plan import FieldSummary, FleetPlan, PlanOutcome, StackPlan
from digo.plan.field_changes import NONE, Outcome
from digo.plan.render.field_text import MOST
from digo.plan.render.groups import ORDER
from digo.plan.render.sentences import verb_count
from digo.sanitize.terminal import one_line
from digo.settings.profiles import Subject
from digo.text.counts import counted
from digo.text.formatting import duration
from digo.text.redact import MASK
from digo.text.shortened import shortened, shortened_pair

Quote = Callable[[str], str]

OUTCOMES = {
    PlanOutcome.FAILED: "x",
    PlanOutcome.REFUSED: "x",
    PlanOutcome.STUCK: "!",
    PlanOutcome.CHANGES: "~",
    PlanOutcome.UNCHANGED: "",
}
"""The outcomes, each with its sign. What a reviewer must see comes first."""

NO_STACK = "no stack to plan"
_SAID = {PlanOutcome.CHANGES: "with changes"}

SOME = 3
"""How many names or values a group shows by itself."""

MASKED = "A number shows its last digits only, so equal ones may be different numbers."
"""What a reader must know where one masked value stands for several stacks."""


def totals(plan: FleetPlan) -> str:
    """The number of stacks by outcome, the calls, and the time of the account that takes longest at its pace."""
    found = [one.outcome for one in plan.stacks]
    counts = ", ".join(f"{count:,} {_SAID.get(one, one.value)}" for one in OUTCOMES if (count := found.count(one)))
    calls = sum(one.calls for one in plan.changed)
    if not plan.stacks:
        return NO_STACK
    begin = f"{counted(len(plan.stacks), 'stack')}: {counts}; {counted(calls, 'call')}"
    longest = _longest(plan.changed)
    return f"{begin}, about {duration(longest)} at the pace of the account that takes longest" if longest else begin


def _longest(plans: Iterable[StackPlan]) -> float:
    """The seconds of the account that takes longest: its stacks are run one after the other."""
    seconds: dict[str, float] = {}
    for one in plans:
        account = one.account or one.stack
        seconds[account] = seconds.get(account, 0.0) + (one.seconds or 0.0)
    return max(seconds.values(), default=0.0)


def verdict(plan: FleetPlan) -> str:
    """The plan in a few words: `212 of 500 stacks change`, and what is wrong."""
    count = len(plan.stacks)
    if not count:
        return NO_STACK
    wrong = [
        f"{number:,} {outcome.value}"
        for outcome in (PlanOutcome.FAILED, PlanOutcome.REFUSED, PlanOutcome.STUCK)
        if (number := sum(one.outcome is outcome for one in plan.stacks))
    ]
    changed = len(plan.changed)
    said = (
        f"{changed:,} of {counted(count, 'stack')} {'changes' if changed == 1 else 'change'}"
        if changed
        else (f"no changes in {counted(count, 'stack')}")
    )
    return ", ".join([said, *wrong])


def counts_of(plan: StackPlan) -> str:
    """`2 creates, 3 in sync`; "" where there is no plan."""
    return ", ".join(verb_count(verb, count) for verb in ORDER if (count := plan.counts.get(verb.value, 0)))


def some_of(names: Sequence[str], quote: Quote = one_line, most: int = SOME) -> str:
    """`a, b, c and 209 more`. One more is not left out in words."""
    most = len(names) if len(names) <= most + 1 else most
    said = ", ".join(quote(shortened(one, MOST)) for one in names[:most])
    return said if most == len(names) else f"{said} and {len(names) - most:,} more"


def entry_of(group: ChangeGroup, quote: Quote = one_line) -> str:
    """What changes: `agent sales`, or `60 agents`. The keys of several are not in it."""
    if len(group.keys) == 1:
        return f"{group.subject.value} {quote(shortened(group.keys[0], MOST))}"
    return counted(len(group.entries), group.subject.value)


def where_of(group: ChangeGroup) -> str:
    """`in 212 stacks`, or `in 2 stacks, the same 50 in each`."""
    stacks = counted(len(group.stacks), "stack")
    if len(group.keys) == 1 or len(group.stacks) == 1:
        return f"in {stacks}"
    each, rest = divmod(len(group.entries), len(group.stacks))
    return f"in {stacks}" if rest or len(group.keys) != each else f"in {stacks}, the same {each:,} in each"


def reason_of(group: ChangeGroup) -> str:
    """Why, as one line; if the entries' reasons differ, that of the first one, as an example. "" without a reason."""
    reason = one_line(group.reason)
    return reason if group.same_reason or not reason else f"such as in {one_line(group.stacks[0])}: {reason}"


def renamed(group: ChangeGroup, quote: Quote = one_line) -> str:
    """Which key the state had: `desk → sales: only the state changes`; "" if it has the same."""
    if not group.formerly:
        return ""
    return f"{quote(shortened(group.formerly, MOST))} → {quote(shortened(group.keys[0], MOST))}: only the state changes"


def values_text(group: ChangeGroup, field: FieldValues, quote: Quote = one_line) -> str:
    """A field of the group: its value before and after, or how many values there are and some of them."""
    if len(field.values) == 1:
        return change_text(group.subject, field.values[0], quote)
    some = [change_text(group.subject, one, quote) for one in field.values[:SOME]]
    least = "at least " if any(_is_masked(one) for one in field.values) else ""
    return f"{least}{len(field.values):,} values: {some_texts(some, len(field.values))}"


def some_texts(some: Sequence[str], count: int) -> str:
    """The texts of the first values, and how many more there are."""
    return "; ".join(some) + (f"; and {count - len(some):,} more" if count > len(some) else "")


def hides_differences(groups: Iterable[ChangeGroup]) -> bool:
    """Whether one masked value is that of several stacks, so that a reader must know `MASKED`."""
    fields = (field for group in groups if len(group.stacks) > 1 for field in group.fields)
    return any(_is_masked(field.values[0]) for field in fields)


def _is_masked(change: FieldSummary) -> bool:
    return any(MASK in (one or "") for one in (change.before, change.after, change.wanted))


def change_text(subject: Subject, change: FieldSummary, quote: Quote = one_line) -> str:
    """The field before and after: `"Sales" → "Sales desk"`, or only the value where it is new or stays."""

    def shown(text: str, value: str | None) -> str:
        return quote(f'"{text}"' if value and _is_quoted(subject, change.field) else text)

    before, after = change.before or NONE, change.after or NONE
    if change.outcome is Outcome.STUCK:
        after, wanted = shortened_pair(after, change.wanted or NONE, MOST)
        wants = f"config wants {shown(wanted, change.wanted)}"
        return f"{shown(after, change.after)} stays; {wants}" if change.after else wants
    if change.outcome is Outcome.REMOVED:
        return shown(shortened(before, MOST), change.before)
    if change.outcome is not Outcome.CHANGED:
        return shown(shortened(after, MOST), change.after)
    same = before == after
    before, after = shortened_pair(before, after, MOST)
    return f"{shown(before, change.before)} → {shown(after, change.after)}" + (" (another one)" if same else "")


def _is_quoted(subject: Subject, field: str) -> bool:
    """Whether the value is a text of people. Numbers, ids, JSON, and what is hidden completely, are not."""
    if subject is Subject.AGENT:
        return field in AGENT_FIELDS and AGENT_FIELDS[field].type.quoted
    return subject is Subject.BROADCAST_LIST
