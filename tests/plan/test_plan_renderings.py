"""What a review looks like in each form: no entry breaks it, no number is in it, and its size is bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from rich.console import Console

from digo.desired.state import DesiredAgent
from digo.plan.guard_input import GuardContext
from digo.plan.render.document import review_document
from digo.plan.render.markdown import marker, review_markdown
from digo.plan.render.page import review_page
from digo.plan.render.terminal import show_review
from digo.plan.review import Review, review_plan
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp
from tests.plan.plan_values import account, desired, number, record, wanted

TODAY = date(2026, 11, 25)
GUARDS = GuardContext("http://127.0.0.1:1", DIGO, GuardLimits(maxCreates=100_000), "config/test")
NASTY = "a|b <script>alert(1)</script> `x` @everyone </details>"


def stored(key: str, eid: str, index: int, name: str = "Desk") -> AgentState:
    fields = {"name": name, "follow_me_number": number(index)}
    return AgentState(key, eid, fields, fields, retained=True)


def reviewed(*agents: DesiredAgent, live: tuple[Any, ...] = (), state: tuple[AgentState, ...] = ()) -> Review:
    applied = LastUp(agents={one.key: one for one in state})
    return review_plan(desired(*agents), account(*live), applied, GUARDS, cps=3, today=TODAY)


def mixed() -> Review:
    """One entry of each verb that an agent can have, and an unmanaged one."""
    return reviewed(
        wanted("made", 1),
        wanted("adopted", 2),
        wanted("calm", 3),
        wanted("stuck", 4, name="Wanted"),
        wanted("moved", 5),
        live=(
            record("e2", 2),
            record("e3", 3),
            record("e4", 4, name="Panel"),
            record("e9", 9, name=f"Call {number(77)}"),
        ),
        state=(stored("calm", "e3", 3), stored("stuck", "e4", 4), stored("moved", "e5", 6), stored("gone", "e7", 7)),
    )


def printed(result: Review, **options: bool) -> str:
    console = Console(width=1000, highlight=False)
    with console.capture() as captured:
        show_review(result, console, **options)
    return captured.get()


FORMS: dict[str, Callable[..., str]] = {
    "table": printed,
    "json": lambda result, **options: json.dumps(review_document(result, **options)),
    "markdown": review_markdown,
    "html": review_page,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_every_verb_and_masks_every_number(form: str) -> None:
    text = FORMS[form](mixed())
    for verb in ("create", "adopt", "cannot converge", "replace", "forget"):
        assert verb in text
    for word in ("made", "adopted", "stuck", "moved", "gone", mixed().plan, "Panel"):
        assert word in text
    for index in (*range(1, 10), 77):
        assert number(index)[1:] not in text
        assert number(index)[5:] not in text


@pytest.mark.parametrize("form", FORMS)
def test_numbers_are_shown_when_asked_for(form: str) -> None:
    result = reviewed(wanted("a", 1), live=(record("e1", 5, intercom="1001"),), state=())
    clash = reviewed(wanted("a", 1, intercom="1001"), live=(record("e1", 5, intercom="1001"),))
    assert number(5) not in FORMS[form](clash)
    assert number(5) in FORMS[form](clash, numbers=True)
    assert result.calls == 1


def test_the_table_says_what_a_review_says() -> None:
    text = printed(mixed())
    assert 'name: "Panel" stays; config wants "Wanted" (agents.yaml:1:1, changed in config and on the account)' in text
    assert (
        "1 create, 1 adopt, 1 in sync, 1 cannot converge, 1 replace, 1 forget: 2 calls, about 1 s at the pace" in text
    )
    assert "agent calm" not in text
    assert "agent calm" in printed(mixed(), everything=True)


def test_exit_codes() -> None:
    calm: dict[str, Any] = {"live": (record("e1", 1),), "state": (stored("a", "e1", 1),)}
    assert reviewed(wanted("a", 1), **calm).exit_code == 0
    assert reviewed(wanted("a", 1), wanted("b", 2), **calm).exit_code == 2
    assert reviewed(wanted("a", 1, name="Other"), **calm).exit_code == 3
    twice = (record("e1", 1), record("e2", 1))
    assert reviewed(wanted("a", 1), live=twice).exit_code == 1
    assert reviewed(wanted("a", 1), live=twice).drift_exit_code == 3


def test_markdown_cannot_be_broken_out_of() -> None:
    result = reviewed(wanted(NASTY, 1, name="W"), live=(record("e1", 1, name=NASTY),), state=(stored(NASTY, "e1", 1),))
    text = review_markdown(result)
    assert text.startswith(marker("test"))
    assert "<script>" not in text
    assert text.count("</details>") == 1
    row = next(line for line in text.splitlines() if line.startswith("| agent"))
    assert row.replace("\\|", "").count("|") == 5
    assert "@everyone" not in text


@pytest.mark.parametrize("count", [1, 60, 1500])
def test_markdown_stays_below_its_limit_and_counts_what_it_leaves_out(count: int) -> None:
    made = [wanted(f"made-{n:05}", 1) for n in range(count)]
    stuck = [wanted(f"stuck-{n}", 2, name="W") for n in range(3)]
    result = reviewed(*made, *stuck, live=(record("e2", 2),), state=(stored("stuck-0", "e2", 2),))
    for limit in (2_000, 60_000):
        text = review_markdown(result, limit=limit)
        assert len(text) <= limit
        assert f"{count:,} create" in text
        if limit == 60_000:
            assert "stuck-0" in text
            assert count < 1500 or re.search(r"and 1,4\d\d more of 1,500 agents .*: see the full plan", text)


EID = "1234567890123"


@pytest.mark.parametrize("form", FORMS)
def test_an_eid_is_whole_and_named_as_one_in_every_form(form: str) -> None:
    moved = reviewed(wanted("moved", 5), state=(stored("moved", EID, 6),))
    assert f"the account keeps the old one (eid {EID})" in FORMS[form](moved)
    gone = reviewed(wanted("gone", 5), state=(stored("gone", EID, 5),))
    assert f"the agent eid {EID} is no longer on the account" in FORMS[form](gone)
    other = reviewed(wanted("other", 5), live=(record("2234567890123", 5),), state=(stored("other", EID, 5),))
    assert f"another agent than the state (eid {EID})" in FORMS[form](other)
    twins = reviewed(wanted("a", 1), live=(record(EID, 1), record("2234567890123", 1)))
    assert f"(eid {EID}, eid 2234567890123)" in FORMS[form](twins)


def test_counts_have_their_plural_and_thousands() -> None:
    def told(*counts: int) -> str:
        adopted, made = counts
        live = tuple(record(f"e{n}", n) for n in range(adopted))
        return printed(reviewed(*(wanted(f"k{n}", n) for n in range(adopted + made)), live=live))

    assert "1 create, 1 adopt: 1 call, about 1 s at the pace" in told(1, 1)
    assert "1,000 creates, 2 adopts: 1,000 calls, about 5 min at the pace" in told(2, 1000)
