"""Guards: limits on what a run may do without an approval. Pure; checked before the first write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from digo.desired.approvals import Approval, GuardName
from digo.plan.run_summary import ChangeCounts, changes_between
from digo.settings.limits import GuardLimits
from digo.state.run_summary import RunSummary
from digo.text.counts import at_most, counted
from digo.text.samples import sample

REFUSES: Mapping[GuardName, str] = {
    GuardName.CREATES: "more creates than the limit",
    GuardName.UPDATES: "more leads sent again or agents changed than the limit",
    GuardName.DELETES: "more entries forgotten or deleted, or rows deleted, than the limit",
    GuardName.ADOPTIONS: "more agents adopted than the limit",
    GuardName.UNBLOCKED: "fewer agents that take calls than the limit",
    GuardName.SHRUNK: "a list of agents, or of broadcast lists, that lost more than the limit since the last up: it "
    "may be incomplete",
    GuardName.EMPTIED: "an empty config after one that was not empty",
    GuardName.ENDPOINT: "another endpoint than in the last up: it may be another account",
    GuardName.ROWS: "lists from files that grow or shrink by more than the limit: the file may be incomplete",
    GuardName.SUPPRESSED: "a list with more suppressed rows or leads than the limit: the suppress file may be "
    "the wrong one",
    GuardName.LEDGER_KEY: "another ledger key than in the last up: all rows would be sent again",
    GuardName.TARGETS: "a run that writes without `account` among its targets: the other guards are not asked",
}
"""What each guard refuses, for the reference."""


@dataclass(frozen=True)
class Refusal:
    """A guard that refuses the run. The message has the count and the limit.

    `limit` is the setting of `digo:guards` that refuses, "" if there is none. `enough` is its value that would not,
    None if nobody knows yet.
    """

    guard: GuardName
    message: str
    limit: str = ""
    enough: int | None = None


def refusals(limits: GuardLimits, before: RunSummary | None, now: RunSummary) -> tuple[Refusal, ...]:
    """All guards that refuse the run. `before` is the summary of the last run, None if there was none."""
    changes = changes_between(before, now)
    had = before.resources if before else 0
    over = over_limits(limits, had, changes)
    return (*over, *_lists(limits, before, now), *_suppressed(limits, now), *_account(limits, before, now))


def over_limits(limits: GuardLimits, had: int, changes: ChangeCounts) -> tuple[Refusal, ...]:
    """The guards that refuse so many changes. `had` is how many entries the last run had."""
    return (*_counts(limits, had, changes), *_growth(limits, changes), *_deleted_rows(limits, changes))


def _counts(limits: GuardLimits, had: int, changes: ChangeCounts) -> Iterator[Refusal]:
    table = (
        (GuardName.CREATES, changes.creates, limits.maxCreates, "maxCreates", limits.maxCreatePercent),
        (GuardName.UPDATES, changes.updates, limits.maxUpdates, "maxUpdates", limits.maxUpdatePercent),
        (GuardName.DELETES, changes.deletes, limits.maxDeletes, "maxDeletes", limits.maxDeletePercent),
        (GuardName.ADOPTIONS, changes.adoptions, limits.maxAdoptions, "maxAdoptions", limits.maxAdoptionPercent),
    )
    for guard, count, most, setting, percent in table:
        if count > most:
            message = f"the plan has {_counted(count, guard)}; {at_most(most)} ({setting})"
            yield Refusal(guard, message, setting, count)
        elif had and percent < 100 and count > limits.small and count * 100 > had * percent:
            share = f"{count * 100 // had} % of {counted(had, 'resource')}"
            message = f"the plan has {_counted(count, guard)}, {share}"
            setting = setting.removesuffix("s") + "Percent"
            message = f"{message}; {at_most(percent, ' %')} ({setting})"
            yield Refusal(guard, message, setting, min(100, _percent(count, had)))


def _percent(count: int, had: int) -> int:
    """The share in percent, rounded up: the least limit that allows it."""
    return -(-count * 100 // had)


def _counted(count: int, guard: GuardName) -> str:
    """The count with the guard's name, which is the plural of what it counts."""
    return counted(count, guard.value.removesuffix("s"))


def _growth(limits: GuardLimits, changes: ChangeCounts) -> Iterator[Refusal]:
    if changes.new_rows > limits.maxNewRows:
        grow = f"the lists grow by {counted(changes.new_rows, 'row')}"
        message = f"{grow}; {at_most(limits.maxNewRows)} (maxNewRows)"
        yield Refusal(GuardName.ROWS, message, "maxNewRows", changes.new_rows)


def _deleted_rows(limits: GuardLimits, changes: ChangeCounts) -> Iterator[Refusal]:
    if changes.deleted_rows > limits.maxDeletedRows:
        message = (
            f"the plan deletes {counted(changes.deleted_rows, 'row')} of lists; "
            f"{at_most(limits.maxDeletedRows)} (maxDeletedRows)"
        )
        yield Refusal(GuardName.DELETES, message, "maxDeletedRows", changes.deleted_rows)


def _lists(limits: GuardLimits, before: RunSummary | None, now: RunSummary) -> Iterator[Refusal]:
    """Lists from files: files that seem cut short, and a changed ledger key."""
    for key, had in (before.lists if before else {}).items():
        lost = had - now.lists.get(key, had)
        if lost > limits.small and lost * 100 > had * limits.maxRowDropPercent:
            message = (
                f"the list `{key}` has {counted(now.lists[key], 'row')}, and had {had:,} in the last run: it shrank by "
                f"more than {limits.maxRowDropPercent} % (maxRowDropPercent), so its file may have been cut short"
            )
            yield Refusal(GuardName.ROWS, message, "maxRowDropPercent", _percent(lost, had))
    if before and before.ledger_key and now.ledger_key and before.ledger_key != now.ledger_key:
        rows = sum(now.lists.values())
        message = (
            "the ledger key is not the one of the last run: nothing could be compared with what was sent, so all "
            f"{counted(rows, 'row')} would be sent again, {counted(rows, 'call')}; give the old key (DIGO_LEDGER_KEY, "
            "DIGO_LEDGER_KEY_FILE, digo:ledgerKeyFile or digo:ledgerKey)"
        )
        yield Refusal(GuardName.LEDGER_KEY, message)


def _suppressed(limits: GuardLimits, now: RunSummary) -> Iterator[Refusal]:
    """Lists with so many suppressed rows that the suppress file may be the wrong one."""
    for key, (suppressed, rows) in now.suppressed.items():
        if suppressed > limits.small and suppressed * 100 > rows * limits.maxSuppressedPercent:
            message = (
                f"the list `{key}` has {counted(rows, 'row')}, and {suppressed:,} of them are suppressed: more than "
                f"{limits.maxSuppressedPercent} % (maxSuppressedPercent)"
            )
            yield Refusal(GuardName.SUPPRESSED, message, "maxSuppressedPercent", _percent(suppressed, rows))


def _account(limits: GuardLimits, before: RunSummary | None, now: RunSummary) -> Iterator[Refusal]:
    takes_calls = now.unblocked + sum(1 for eid in now.agents.values() if not eid)
    if now.deletes and before:
        # Those that an entry wants absent are left out of `unblocked` already.
        known = set(now.agents.values()).union(*now.absent.values())
        gone = {eid for eid in before.agents.values() if eid} - known
        takes_calls = max(0, takes_calls - len(gone))
    if now.seen and takes_calls < limits.minUnblocked:
        demanded = f"{limits.minUnblocked:,} {'is' if limits.minUnblocked == 1 else 'are'} demanded"
        message = f"unblocked agents after the run: {takes_calls:,}; at least {demanded} (minUnblocked)"
        yield Refusal(GuardName.UNBLOCKED, message, "minUnblocked", takes_calls)
    if before is None:
        return
    if shrank(limits, before.seen, now.seen):
        yield shrunk(limits, before.seen, now.seen, f"{before.seen:,} in the last run: it shrank by")
    if before.resources and not now.resources:
        had = counted(before.resources, "resource")
        yield Refusal(GuardName.EMPTIED, f"the config wants nothing, and the last run had {had}")
    if before.endpoint and before.endpoint != now.endpoint:
        message = f"the endpoint is {now.endpoint}, and was {before.endpoint} in the last run: is it the same account?"
        yield Refusal(GuardName.ENDPOINT, message)


def shrank(limits: GuardLimits, had: int, has: int) -> bool:
    """Whether a list of agents lost so many that it may have been cut short."""
    lost = had - has
    return (lost > limits.small and lost * 100 > had * limits.maxShrinkPercent) or (had > 0 and not has)


def shrunk(limits: GuardLimits, had: int, has: int, what: str) -> Refusal:
    """The refusal of a list of agents that `shrank`. `what` says of how many, up to the percentage.

    No limit allows an empty list.
    """
    message = (
        f"agents in the account's list: {has:,}, and {what} more than {limits.maxShrinkPercent} % (maxShrinkPercent), "
        "so it may have been cut short"
    )
    return Refusal(GuardName.SHRUNK, message, *(("maxShrinkPercent", _percent(had - has, had)) if has else ()))


def shrunk_lists(limits: GuardLimits, vanished: int, has: int) -> Refusal | None:
    """The refusal of a reply that lacks broadcast lists of the state, as `shrank` says; None if it may be whole.

    No limit allows a reply without any list.
    """
    if not vanished or not shrank(limits, has + vanished, has):
        return None
    message = (
        f"broadcast lists of the account: {has:,}, and {vanished:,} that the state has "
        f"{'is' if vanished == 1 else 'are'} not among them: that is more than {limits.maxShrinkPercent} % "
        "(maxShrinkPercent), so the reply may have been cut short; they would be made anew and all their rows sent"
    )
    enough = ("maxShrinkPercent", _percent(vanished, has + vanished)) if has else ()
    return Refusal(GuardName.SHRUNK, message, *enough)


@dataclass(frozen=True)
class GuardVerdict:
    """Whether a run may go on.

    `refused` has the guards that no approval lifts, `approved` the others. `unusable_approvals` say why approvals for
    a refused guard do not apply.
    """

    refused: tuple[Refusal, ...]
    approved: tuple[Refusal, ...]
    unusable_approvals: tuple[str, ...]


def evaluate(found: Iterable[Refusal], approvals: Iterable[Approval], plan: str, today: date) -> GuardVerdict:
    """Applies the config's approvals to the guards that refuse a plan."""
    approvals = tuple(approvals)
    refused: list[Refusal] = []
    lifted: list[Refusal] = []
    objections: list[str] = []
    for refusal in found:
        meant = [approval for approval in approvals if approval.guard is refusal.guard]
        verdicts = [approval.reason_not_to_lift(plan, today) for approval in meant]
        if None in verdicts:
            lifted.append(refusal)
        else:
            refused.append(refusal)
            objections.extend(objection for objection in verdicts if objection)
    return GuardVerdict(tuple(refused), tuple(lifted), tuple(objections))


REFUSED = "the guards refuse this plan; nothing was written:"


def refusal_text(verdict: GuardVerdict, plan: str, folder: str, head: str = REFUSED) -> str:
    """The error of a refused run: each guard with its count and limit, and how to approve. `head` is its first line."""
    refused = [f"{refusal.guard.value}: {refusal.message}" for refusal in verdict.refused]
    lines = [head]
    lines += [f"  {line}" for line in sample(refused, "`digo plan --all` lists every entry")]
    lines += [f"  {line}" for line in sample(verdict.unusable_approvals, f"they are in {folder}/approvals.yaml")]
    lines.append(f"  Next: look at the plan. If it is right, {_how_to_approve(verdict.refused, plan, folder)}")
    return "\n".join(lines)


def _how_to_approve(refused: tuple[Refusal, ...], plan: str, folder: str) -> str:
    guards = list(dict.fromkeys(refusal.guard.value for refusal in refused))
    names = " and ".join(f"`guard: {guard}`" for guard in guards)
    each = "" if len(guards) == 1 else " (an approval each)"
    text = f"approve it in {folder}/approvals.yaml with {names}{each}, a `reason`, `plan: {plan}` and an `expires` date"
    if not (limited := tuple(refusal for refusal in refused if refusal.limit)):
        return text
    enough: dict[str, int | None] = {}
    for one in limited:
        enough[one.limit] = _most(enough.get(one.limit, one.enough), one.enough)
    commands = [
        f"`pulumi config set --path digo:guards.{limit} {'NUMBER' if value is None else value}`"
        for limit, value in enough.items()
    ]
    only = f", for {' and '.join(dict.fromkeys(one.guard.value for one in limited))}," if limited != refused else ""
    return f"{text}; or{only} change the {'limit' if len(commands) == 1 else 'limits'}: {', '.join(commands)}"


def _most(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
