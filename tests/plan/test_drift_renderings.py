"""The drift table in each form: config, last up and account side by side, what can be done, and no flood."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from digo.desired.state import DesiredAgent
from digo.plan.drift_table import DriftRow, drift_groups, drift_totals
from digo.plan.guard_input import GuardContext
from digo.plan.render.drift_document import drift_document, drift_json
from digo.plan.render.drift_markdown import drift_markdown
from digo.plan.render.drift_terminal import show_drift
from digo.plan.review import CHANGES, NOTHING, STUCK, Review, review_plan
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp, LeadState
from tests.plan.plan_values import account, desired, lead, number, record, wanted

TODAY = date(2026, 11, 25)
EID = "1234567890123"
GUARDS = GuardContext("http://127.0.0.1:1", DIGO, GuardLimits(maxCreates=100_000, maxDeletes=9), "config/test")
RENDERER = MarkdownIt("commonmark").enable("table")


def stored(key: str, eid: str, index: int, *, protected: bool = False) -> AgentState:
    fields = {"name": "Desk", "follow_me_number": number(index), "intercom": f"{1000 + index}"}
    return AgentState(key, eid, fields, fields, protected, retained=True)


def reviewed(
    *agents: DesiredAgent, live: tuple[Any, ...] = (), state: tuple[AgentState, ...] = (), **more: Any
) -> Review:
    applied = LastUp(agents={one.key: one for one in state})
    return review_plan(desired(*agents), account(*live), applied, GUARDS, cps=3, today=TODAY, **more)


def mixed() -> Review:
    """An entry of each kind of drift, and two unmanaged agents."""
    agents = (
        wanted("made", 1, "1001", name="Lunch desk"),
        wanted("adopted", 2),
        wanted("calm", 3),
        wanted("stuck", 4, name="Wanted"),
        wanted("moved", 5, "1006"),
        wanted("vanished", 8),
    )
    live = (
        record("e2", 2),
        record("e3", 3, "1003"),
        record("e4", 4, "1004", name="Panel"),
        record(EID, 6, "1006", timegroup_name="Night"),
        record("e7", 7, "1007"),
        record("e9", 9, name=f"Call {number(77)}"),
    )
    state = (
        stored("calm", "e3", 3),
        stored("stuck", "e4", 4),
        stored("vanished", "e8", 8),
        stored("gone", "e7", 7, protected=True),
    )
    leads = (lead("changed", 20, field_1="A"), lead("new", 21, field_1="B"))
    sent = {
        "changed": LeadState("changed", "4711", number(20), {"field_1": "X"}),
        "away": LeadState("away", "4711", number(23), {"field_1": "X"}),
    }
    applied = LastUp(agents={one.key: one for one in state}, leads=sent)
    return review_plan(desired(*agents, *leads), account(*live), applied, GUARDS, cps=3, today=TODAY)


def rows(review: Review, **options: bool) -> dict[str, tuple[str, str, str]]:
    """The three sides of each row, by verb, entry and field."""
    return {
        f"{group.verb}: {row.entry}: {row.field}": (row.config, row.last, row.account)
        for group in drift_groups(review, **options)
        for row in group.rows
    }


def printed(review: Review, width: int = 1000, **options: bool) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        show_drift(review, console, **options)
    return captured.get()


def test_each_row_has_config_the_last_up_and_the_account() -> None:
    found = rows(mixed())
    protected = "protected, so preview and up fail: `state unprotect` its URN first"
    assert found == {
        "cannot converge: agent stuck: name": ('"Wanted"', '"Desk"', '"Panel"'),
        "cannot converge: agent moved: follow_me_number": ("+1 ***0105", "not recorded", "+1 ***0106"),
        "replace: agent vanished: agent": ('"Desk", +1 ***0108', '"Desk", +1 ***0108, 1008 (eid e8)', "none"),
        "forget: agent gone: agent": (
            "none",
            f'"Desk", +1 ***0107, 1007 (eid e7); {protected}',
            '"Desk", +1 ***0107, 1007',
        ),
        "forget: lead away: lead": ("none", "sent", "not readable"),
        "create: agent made: agent": ('"Lunch desk", +1 ***0101, 1001', "none", "none"),
        "create: lead new: lead": ("+1 ***0121, ***", "none", "not readable"),
        "update: lead changed: field_1": ("***", "***", "not readable"),
        "adopt: agent adopted: agent": ('"Desk", +1 ***0102', "none", "eid e2"),
        "adopt: agent moved: agent": ('"Desk", +1 ***0105, 1006', "none", f"eid {EID}"),
        "unmanaged: eid e7: agent": ("none", "none", '"Desk", +1 ***0107, 1007'),
        "unmanaged: eid e9: agent": ("none", "none", '"Call ***0177", +1 ***0109'),
    }


def test_a_new_number_stands_beside_the_old_one() -> None:
    """In config, or in the panel: the three sides say which."""
    found = rows(
        reviewed(
            wanted("config", 1, "1002"),
            wanted("panel", 3, "1003"),
            live=(record("e1", 2), record("e3", 4)),
            state=(stored("config", "e1", 2), stored("panel", "e3", 3)),
        )
    )
    assert found["replace: agent config: follow_me_number"] == ("+1 ***0101", "+1 ***0102", "+1 ***0102")
    assert found["replace: agent panel: follow_me_number"] == ("+1 ***0103", "+1 ***0103", "+1 ***0104")


def test_a_field_that_config_cannot_set_is_told_and_is_no_drift() -> None:
    state = replace(stored("a", "e1", 1), live={**stored("a", "e1", 1).live, "timegroup_name": "Day"})
    review = reviewed(wanted("a", 1, "1001"), live=(record("e1", 1, "1001", timegroup_name="Night"),), state=(state,))
    (group,) = drift_groups(review)
    assert (group.title, group.remedy) == (
        "not set by config, changed on the account: 1 field",
        "config cannot set it, so it is not drift",
    )
    assert rows(review) == {
        "not set by config: agent a: timegroup_name": ("not set by config", "Day", "Night"),
    }
    assert review.drift_exit_code == NOTHING


def test_unmanaged_agents_are_drift_only_where_the_stack_says_so() -> None:
    calm: dict[str, Any] = {"live": (record("e1", 1, "1001"), record("e9", 9)), "state": (stored("a", "e1", 1),)}
    review = reviewed(wanted("a", 1, "1001"), **calm)
    assert review.drift_exit_code == NOTHING
    assert drift_totals(review) == (
        "no drift; 1 in sync; 1 unmanaged, on the account and in no config, which is not drift"
    )
    strict = replace(review, unmanaged_drifts=True)
    assert strict.drift_exit_code == CHANGES
    assert strict.exit_code == NOTHING
    assert drift_totals(strict).endswith("which is drift (digo:unmanaged)")
    stuck = replace(reviewed(wanted("a", 1, "1001", name="Other"), **calm), unmanaged_drifts=True)
    assert stuck.drift_exit_code == STUCK


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_the_table_is_read_at_any_width(width: int) -> None:
    text = printed(mixed(), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    heads = [line.split() for line in text.splitlines() if line.lstrip().startswith("entry ")]
    field = ["field"] if width >= 80 else []
    assert heads == [["entry", *field, "config", "last", "up", "account"]] * len(drift_groups(mixed()))
    # Cells are folded between words, so that each word is found.
    for word in ("stuck", '"Wanted"', '"Panel"', "follow_me_number", "***0105", EID, "readable"):
        assert word in text


def test_the_whole_table_in_eighty_columns() -> None:
    review = reviewed(
        wanted("sales", 1, "1001", name="Sales desk"),
        live=(record("e1", 1, "1001", name="Sales"), record(EID, 9, "1009", name="Night")),
        state=(stored("sales", "e1", 1),),
    )
    assert [line.rstrip() for line in printed(review, 80).splitlines()] == [
        "cannot converge, changed in config and on the account: 1 field (no up can mend",
        "it: change it in the panel, or change config to match)",
        "  entry        field  config        last up  account",
        '  agent sales  name   "Sales desk"  "Desk"   "Sales"',
        "",
        "unmanaged: 1 agent (no up touches it: `digo export` writes it into config, or",
        "the panel removes it)",
        "  entry              field  config  last up  account",
        '  eid 1234567890123  agent  none    none     "Night", +1 ***0109, 1009',
        "",
        "1 of 1 entry drifted; 0 in sync; 1 unmanaged, on the account and in no config,",
        "which is not drift",
    ]


def test_a_log_has_a_line_for_each_row_with_its_place() -> None:
    line = next(line for line in printed(mixed()).splitlines() if "agent stuck" in line)
    assert line.split() == ["agent", "stuck", "(agents.yaml:1:1)", "name", '"Wanted"', '"Desk"', '"Panel"']


def test_markdown_has_a_table_for_each_verb() -> None:
    text = drift_markdown(mixed())
    assert text.startswith("<!-- digo-drift: test -->\n### digo drift for `test`\n")
    html = RENDERER.render(text)
    assert html.count("<table>") == len(drift_groups(mixed())) == 8
    assert all(line.replace("\\|", "").count("|") == 6 for line in text.splitlines() if line.startswith("|"))
    assert '| agent `stuck` `agents.yaml:1:1` | `name` | `"Wanted"` | `"Desk"` | `"Panel"` |\n' in text
    assert "**unmanaged: 2 agents**. No up touches it: `digo export` writes it into config" in text


def test_markdown_stays_below_its_limit_and_counts_what_it_leaves_out() -> None:
    made = [wanted(f"made-{index:05}", 1, name="N" * 300) for index in range(1500)]
    live = tuple(record(f"e{index}", index % 90 + 2, name="|" * 500) for index in range(1500))
    review = reviewed(*made, live=live)
    for limit in (3_000, 60_000):
        text = drift_markdown(review, limit=limit)
        assert len(text) <= limit
        assert "**create: 1,500 entries**" in text and "**unmanaged: 1,500 agents**" in text
        shown = len(re.findall(r"^\| agent ", text, re.MULTILINE))
        left_out = re.findall(r"^and ([\d,]+) more; `digo drift --all` lists all\.$", text, re.MULTILINE)
        assert shown == 0 or int(left_out[0].replace(",", "")) + shown == 1500


def test_json_has_the_rows_and_what_is_unmanaged() -> None:
    document = json.loads(drift_json(replace(mixed(), unmanaged_drifts=True)))
    assert (document["version"], document["driftExitCode"], document["unmanagedDrifts"]) == (1, STUCK, True)
    assert {"steps", "unmanagedAgents", "counts"} <= document.keys()
    assert document["drifted"][0] == {
        "verb": "cannot converge",
        "origin": "changed in config and on the account",
        "entry": "agent stuck",
        "field": "name",
        "config": '"Wanted"',
        "last": '"Desk"',
        "account": '"Panel"',
        "position": "agents.yaml:1:1",
        "remedy": "no up can mend it: change it in the panel, or change config to match",
    }
    unmanaged = [one for one in document["drifted"] if one["verb"] == "unmanaged"]
    assert [one["entry"] for one in unmanaged] == ["eid e7", "eid e9"]


@pytest.mark.parametrize("form", [printed, drift_markdown, drift_json])
def test_numbers_are_masked_unless_asked_for(form: Any) -> None:
    assert not re.search(r"2025550\d{3}", form(mixed()))
    assert number(9) in form(mixed(), numbers=True)


def test_hundreds_of_a_kind_are_a_count_and_a_sample() -> None:
    stuck = [wanted(f"k{index}", index, name="Other") for index in range(200)]
    live = tuple(record(f"e{index}", index, name="Panel") for index in range(200))
    others = tuple(record(f"u{index}", None, name=f"Panel {index}") for index in range(1207))
    state = tuple(stored(one.key, one_live.eid, 1) for one, one_live in zip(stuck, live, strict=True))
    review = reviewed(*stuck, live=(*live, *others), state=state)
    text = printed(review)
    assert len(text.splitlines()) == 49
    assert text.count('"Other"') == 20
    assert "and 180 more; --all lists them" in text and "and 1,187 more; --all lists them" in text
    assert len(drift_document(review)["drifted"]) == 1407
    fewer = reviewed(*stuck[:30], live=(*live[:30], *others[:30]), state=state[:30])
    every = printed(fewer, everything=True)
    assert every.count('"Other"') == 30 and every.count('"Panel ') == 30


def test_a_thousand_conflicts_are_twenty_lines() -> None:
    twins = [wanted(f"k{index}", index) for index in range(1000)]
    live = tuple(record(f"e{index}-{twin}", index) for index in range(1000) for twin in range(2))
    text = printed(reviewed(*twins, live=live))
    assert text.count("nothing says which is meant") == 20
    assert "error: and 980 more; --all lists them" in text


def test_what_leads_and_lists_cannot_tell_is_said() -> None:
    leads = tuple(lead(f"l{n}", n) for n in range(2))
    for sent, sentence in ((1, "1 lead was sent, and the API cannot be asked for it"), (2, "2 leads were sent, and")):
        applied = LastUp(leads={one.key: LeadState(one.key, "4711", one.number.e164, {}) for one in leads[:sent]})
        result = review_plan(desired(*leads[:sent]), account(record("e1", 9)), applied, GUARDS, cps=3, today=TODAY)
        assert sentence in printed(result)


def test_an_agent_that_must_be_absent_is_a_row() -> None:
    row = DriftRow("agent old", "agent", "absent", "none", "eid e1")
    absent = replace(desired(), absent=(wanted("old", 1),))
    review = review_plan(absent, account(record("e1", 1)), LastUp(), GUARDS, cps=3, today=TODAY)
    (group,) = drift_groups(review)
    assert replace(group.rows[0], position=None) == row
