"""Guards: at, below and above each limit; what switches one off; what an approval lifts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digo.desired.approvals import Approval, GuardName
from digo.plan.guards import Refusal, evaluate, refusal_text, refusals
from digo.plan.run_summary import ChangeCounts, changes_between
from digo.settings.limits import GuardLimits
from digo.state.run_summary import RunSummary
from tests.plan.plan_values import at, census

TODAY = date(2026, 11, 25)
PLAN = "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst"
WIDE = {"minUnblocked": 0, "maxShrinkPercent": 100}


def told(limits: dict[str, int], before: RunSummary | None, now: RunSummary) -> list[str]:
    return [f"{found.guard.value}: {found.message}" for found in refusals(GuardLimits(**limits), before, now)]


def updated(count: int, of: int) -> tuple[RunSummary, RunSummary]:
    leads = {f"l{n}": "d" for n in range(of)}
    return census(leads=of), census() if not of else RunSummary(
        "http://h", "digo", 100, 100, {}, leads | {f"l{n}": "new" for n in range(count)}
    )


# guard, its absolute limit's name, its percentage's name, and a run of N changes over a stack of 20 resources
COUNTED: dict[str, tuple[str, str, Any]] = {
    "creates": ("maxCreates", "maxCreatePercent", lambda n: (census(there=20), census(created=n, there=20))),
    "updates": ("maxUpdates", "maxUpdatePercent", lambda n: updated(n, 20)),
    "deletes": ("maxDeletes", "maxDeletePercent", lambda n: (census(there=20), census(there=20 - n))),
    "adoptions": ("maxAdoptions", "maxAdoptionPercent", lambda n: (census(there=20), census(there=20 + n))),
}


@pytest.mark.parametrize(("count", "refused"), [(9, False), (10, False), (11, True)])
@pytest.mark.parametrize("guard", COUNTED)
def test_an_absolute_limit(guard: str, count: int, refused: bool) -> None:
    most, percent, run = COUNTED[guard]
    expected = [f"{guard}: the plan has {count} {guard}; at most 10 are allowed ({most})"] if refused else []
    assert told({**WIDE, most: 10, percent: 100}, *run(count)) == expected


@pytest.mark.parametrize(("count", "refused"), [(9, False), (10, False), (11, True)])
@pytest.mark.parametrize("guard", COUNTED)
def test_a_percentage_of_what_the_stack_had(guard: str, count: int, refused: bool) -> None:
    most, percent, run = COUNTED[guard]
    message = (
        f"{guard}: the plan has {count} {guard}, {count * 5} % of 20 resources; at most 50 % are allowed ({percent})"
    )
    assert told({**WIDE, most: 100, percent: 50}, *run(count)) == ([message] if refused else [])


@pytest.mark.parametrize(("count", "refused"), [(4, False), (5, False), (6, True)])
@pytest.mark.parametrize("guard", COUNTED)
def test_a_percentage_counts_only_beyond_a_small_number(guard: str, count: int, refused: bool) -> None:
    _, percent, run = COUNTED[guard]
    assert bool(told({**WIDE, percent: 1, "small": 5}, *run(count))) is refused


@pytest.mark.parametrize("guard", COUNTED)
def test_a_hundred_percent_switches_the_percentage_off_and_zero_forbids(guard: str) -> None:
    most, percent, run = COUNTED[guard]
    assert told({**WIDE, most: 100, percent: 100, "small": 0}, *run(19)) == []
    assert told({**WIDE, most: 0}, *run(1)) == [f"{guard}: the plan has 1 {guard[:-1]}; at most 0 are allowed ({most})"]


def test_the_first_run_has_no_percentages() -> None:
    assert told({"maxCreatePercent": 1, "small": 0}, None, census(created=50)) == []
    assert told({"maxAdoptionPercent": 1, "small": 0}, None, census(there=50)) == []


def test_the_absolute_limit_is_told_and_not_the_percentage_too() -> None:
    found = told({"maxCreates": 10, "maxCreatePercent": 1}, census(there=20), census(created=11, there=20))
    assert len(found) == 1 and "maxCreates" in found[0]


@pytest.mark.parametrize(
    ("unblocked", "created", "seen", "refused"),
    [(2, 0, 9, False), (3, 0, 9, False), (1, 0, 9, True), (0, 2, 9, False), (0, 1, 9, True), (0, 0, 0, False)],
)
def test_agents_that_take_calls(unblocked: int, created: int, seen: int, refused: bool) -> None:
    """Created ones count, those that are there already have been counted; an empty account has none to protect."""
    now = census(created=created, there=min(seen, 5), seen=seen, unblocked=unblocked)
    found = told({"minUnblocked": 2}, None, now)
    message = f"unblocked agents after the run: {unblocked + created}; at least 2 are demanded (minUnblocked)"
    assert found == ([f"unblocked: {message}"] if refused else [])


@pytest.mark.parametrize(
    ("before", "now", "refused"),
    [
        (100, 100, False), (100, 120, False), (100, 80, False), (100, 79, True), (100, 0, True),
        (20, 15, False), (20, 14, True),  # five are few, whatever the share; six are more than 20 %
        (5, 1, False), (5, 0, True), (1, 0, True), (0, 0, False), (0, 9, False),
    ],
)  # fmt: skip
def test_a_list_that_shrank(before: int, now: int, refused: bool) -> None:
    found = told({"minUnblocked": 0}, census(there=3, seen=before), census(there=3, seen=now))
    message = (
        f"agents in the account's list: {now}, and {before} in the last run: it shrank by more than 20 % "
        "(maxShrinkPercent), so it may have been cut short"
    )
    assert found == ([f"shrunk: {message}"] if refused else [])


@pytest.mark.parametrize(
    ("before", "now", "refused"),
    [
        ({"there": 2}, {}, True), ({"leads": 2}, {}, True), ({"there": 1, "leads": 1}, {}, True),
        ({}, {}, False), ({"there": 2}, {"leads": 1}, False), ({"leads": 2}, {"there": 1}, False),
    ],
)  # fmt: skip
def test_a_config_that_wants_nothing_any_more(before: dict[str, int], now: dict[str, int], refused: bool) -> None:
    had = sum(before.values())
    expected = [f"emptied: the config wants nothing, and the last run had {had} resources"] if refused else []
    assert told({}, census(**before), census(**now)) == expected


@pytest.mark.parametrize(("before", "refused"), [("http://h", False), ("", False), ("http://other", True)])
def test_another_endpoint(before: str, refused: bool) -> None:
    found = told({}, census(there=1, endpoint=before), census(there=1))
    message = "the endpoint is http://h, and was http://other in the last run: is it the same account?"
    assert found == ([f"endpoint: {message}"] if refused else [])


def test_guards_are_told_together() -> None:
    before, now = census(there=60, endpoint="http://other"), census(seen=10, unblocked=0)
    assert [found.guard for found in refusals(GuardLimits(), before, now)] == [
        GuardName.DELETES, GuardName.UNBLOCKED, GuardName.SHRUNK, GuardName.EMPTIED, GuardName.ENDPOINT,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ['{"maxCreates": -1}', '{"maxShrinkPercent": 101}', '{"maxcreates": 1}', "[]", "{"])
def test_limits_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        GuardLimits.model_validate_json(text)


def test_changes_are_the_numbers_of_the_engines_summary() -> None:
    before = RunSummary(
        "", "", 9, 9, {"kept": "e1", "gone": "e2", "lost": "e3"}, {"same": "d", "changed": "d", "left": "d"}
    )
    now = RunSummary(
        "", "", 9, 9, {"kept": "e1", "lost": "", "new": "", "found": "e9"}, {"same": "d", "changed": "x", "more": "d"}
    )
    assert changes_between(before, now) == ChangeCounts(creates=3, updates=1, deletes=2, adoptions=1)
    assert changes_between(None, now) == ChangeCounts(creates=5, updates=0, deletes=0, adoptions=2)


KEYS = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.sampled_from(["", "e1", "e2"]))


@given(KEYS, KEYS, KEYS, KEYS)
def test_every_entry_is_counted_once_or_not_at_all(a: Any, b: Any, c: Any, d: Any) -> None:
    changes = changes_between(RunSummary("", "", 0, 0, a, c), RunSummary("", "", 0, 0, b, d))
    assert changes.creates + changes.updates + changes.adoptions <= len(b) + len(d)
    assert changes.deletes == len(a.keys() - b.keys()) + len(c.keys() - d.keys())
    assert changes_between(RunSummary("", "", 0, 0, b, d), RunSummary("", "", 0, 0, b, d)).deletes == 0


def approval(guard: GuardName = GuardName.CREATES, plan: str = PLAN, expires: date = TODAY) -> Approval:
    return Approval(guard, "reviewed", plan, expires, at(2))


REFUSED = Refusal(GuardName.CREATES, "too many")
OTHER = Refusal(GuardName.SHRUNK, "too few")
EXPIRED = "the approval at agents.yaml:2:1 expired on 2026-11-24"
FOREIGN = (
    f"the approval at agents.yaml:2:1 is for the plan bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb, and this one is {PLAN}"
)
YESTERDAY = date(2026, 11, 24)

JUDGED: dict[str, tuple[list[Refusal], list[Approval], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "nothing to approve": ([], [approval()], (), (), ()),
    "no approval": ([REFUSED], [], ("creates",), (), ()),
    "valid on its last day": ([REFUSED], [approval()], (), ("creates",), ()),
    "expired the day before": ([REFUSED], [approval(expires=YESTERDAY)], ("creates",), (), (EXPIRED,)),
    "for another plan": (
        [REFUSED],
        [approval(plan="bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb")],
        ("creates",),
        (),
        (FOREIGN,),
    ),
    "for another guard": ([REFUSED], [approval(GuardName.SHRUNK)], ("creates",), (), ()),
    "one of two": ([REFUSED, OTHER], [approval()], ("shrunk",), ("creates",), ()),
    "an expired one beside a valid one": ([REFUSED], [approval(expires=YESTERDAY), approval()], (), ("creates",), ()),
    "both of two": ([REFUSED, OTHER], [approval(), approval(GuardName.SHRUNK)], (), ("creates", "shrunk"), ()),
}


@pytest.mark.parametrize("case", JUDGED)
def test_approvals(case: str) -> None:
    found, approvals, refused, lifted, objections = JUDGED[case]
    verdict = evaluate(found, approvals, PLAN, TODAY)
    assert tuple(one.guard.value for one in verdict.refused) == refused
    assert tuple(one.guard.value for one in verdict.approved) == lifted
    assert verdict.unusable_approvals == objections


def hint(*found: Refusal) -> str:
    """The end of a refusal's last line: what there is beside an approval."""
    last = refusal_text(evaluate(found, [], PLAN, TODAY), PLAN, "config/prod").splitlines()[-1]
    return last.partition("an `expires` date")[2]


SET = "pulumi config set --path digo:guards"
LIMITED = Refusal(GuardName.CREATES, "too many", "maxCreates", 7)
DROPS = tuple(Refusal(GuardName.ROWS, "too few", "maxRowDropPercent", percent) for percent in (40, 90, 60))
SO_FAR = Refusal(GuardName.UPDATES, "too many so far", "maxUpdates")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([OTHER], ""),
        ([LIMITED], f"; or change the limit: `{SET}.maxCreates 7`"),
        ([SO_FAR], f"; or change the limit: `{SET}.maxUpdates NUMBER`"),
        ([LIMITED, *DROPS], f"; or change the limits: `{SET}.maxCreates 7`, `{SET}.maxRowDropPercent 90`"),
        ([OTHER, LIMITED], f"; or, for creates, change the limit: `{SET}.maxCreates 7`"),
    ],
)  # fmt: skip
def test_only_a_guard_with_a_limit_has_one_to_change(found: list[Refusal], said: str) -> None:
    assert hint(*found) == said


COUNTS = st.integers(0, 60)


@given(COUNTS, COUNTS, COUNTS, st.integers(0, 40), st.integers(0, 99), st.integers(0, 6))
def test_the_limit_that_a_refusal_names_is_enough(
    had: int, has: int, created: int, most: int, percent: int, small: int
) -> None:
    """A user who does what the message says is not refused by the next one, and no more than needed is allowed."""
    low: dict[str, int] = {
        "maxCreates": most, "maxCreatePercent": percent, "maxDeletes": most, "maxDeletePercent": percent,
        "maxAdoptions": most, "maxShrinkPercent": percent, "minUnblocked": 40, "small": small,
    }  # fmt: skip
    before = census(there=had, seen=had, unblocked=had)
    now = census(created=created, there=has, seen=has, unblocked=has)
    for refusal in refusals(GuardLimits(**low), before, now):
        if not refusal.limit:
            assert refusal.guard in (GuardName.EMPTIED, GuardName.SHRUNK)
            continue
        assert refusal.enough is not None
        raised = low | {refusal.limit: refusal.enough}
        step = 1 if refusal.limit == "minUnblocked" else -1
        tighter = low | {refusal.limit: refusal.enough + step}

        def refused_by(limits: dict[str, int], limit: str = refusal.limit) -> bool:
            return limit in [one.limit for one in refusals(GuardLimits(**limits), before, now)]

        assert not refused_by(raised)
        assert refusal.enough + step < 0 or refused_by(tighter)


def test_a_refusal_says_each_number_each_objection_and_how_to_approve() -> None:
    verdict = evaluate([REFUSED, OTHER], [approval(expires=YESTERDAY)], PLAN, TODAY)
    assert refusal_text(verdict, PLAN, "config/prod").splitlines() == [
        "the guards refuse this plan; nothing was written:",
        "  creates: too many",
        "  shrunk: too few",
        f"  {EXPIRED}",
        "  Next: look at the plan. If it is right, approve it in config/prod/approvals.yaml with `guard: creates` and "
        f"`guard: shrunk` (an approval each), a `reason`, `plan: {PLAN}` and an `expires` date",
    ]


@pytest.mark.parametrize(("some", "rows", "refused"), [(50, 100, False), (51, 100, True), (5, 5, False), (6, 6, True)])
def test_a_list_of_which_too_much_is_suppressed(some: int, rows: int, refused: bool) -> None:
    now = census(suppressed={"otp": (some, rows), "news": (1, 100)})
    message = f"suppressed: the list `otp` has {rows} rows, and {some} of them are suppressed: more than 50 % "
    assert told(WIDE, None, now) == ([f"{message}(maxSuppressedPercent)"] if refused else [])
    assert told({**WIDE, "maxSuppressedPercent": 100}, None, now) == []
    assert told(WIDE, now, RunSummary.from_dict(now.to_dict())) == told(WIDE, None, now)


def test_a_run_without_suppressed_rows_stores_nothing_of_them() -> None:
    assert "suppressed" not in census().to_dict()
    assert "maxSuppressedPercent" not in GuardLimits().recorded()
    assert GuardLimits(maxSuppressedPercent=40).recorded()["maxSuppressedPercent"] == 40
