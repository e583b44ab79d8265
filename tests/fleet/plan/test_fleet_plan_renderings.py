"""A fleet's plan on a terminal, as JSON and as a comment: exceptions first, every hash, and within the limit."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from digo.fleet.plan.document import fleet_plan_json, read_fleet_plan
from digo.fleet.plan.markdown import MARKER, fleet_plan_markdown
from digo.fleet.plan.page import fleet_plan_page
from digo.fleet.plan.sentences import MASKED, totals, verdict
from digo.fleet.plan.stack_plan import FleetPlan
from digo.fleet.plan.terminal import show_fleet_plan
from digo.plan.render.markdown import LIMIT
from tests.fleet.plan.fleet_plans import HASH, created, failed, hostile, large, mixed, refused, rename, stack_plan


def printed(plan: FleetPlan, **options: Any) -> str:
    console = Console(width=200, highlight=False)
    with console.capture() as captured:
        show_fleet_plan(plan, console, **options)
    return captured.get()


def test_the_summary_counts_stacks_calls_and_the_time_of_the_slowest_account() -> None:
    assert totals(mixed()) == (
        "40 stacks: 2 failed, 1 refused, 1 cannot converge, 34 with changes, 2 unchanged; 35 calls, about 1 s at the "
        "pace of the account that takes longest"
    )
    one, two = (replace(stack_plan(name, *(created(f"{name}{n}", n) for n in range(40))), account="a") for name in "ab")
    assert totals(FleetPlan((one, two))).endswith("80 calls, about 40 s at the pace of the account that takes longest")
    assert totals(FleetPlan((stack_plan("calm"),))) == "1 stack: 1 unchanged; 0 calls"


def test_the_verdict_is_short() -> None:
    assert verdict(mixed()) == "35 of 40 stacks change, 2 failed, 1 refused, 1 cannot converge"
    assert verdict(FleetPlan((stack_plan("a", rename()), stack_plan("b")))) == "1 of 2 stacks changes"
    assert verdict(FleetPlan((stack_plan("calm"),))) == "no changes in 1 stack"


def test_the_terminal_has_exceptions_then_groups_then_stacks() -> None:
    lines = printed(mixed()).splitlines()
    order = [
        next(place for place, line in enumerate(lines) if line.startswith(begin))
        for begin in (
            "40 stacks",
            "x  failed in 2 stacks",
            "x  refused in 1 stack",
            "!  agent night",
            "~  agent sales  update  in 1 stack",
            "~  agent sales  update  in 34 stacks",
            "stack ",
            "delhi-1 ",
            "agra-1 ",
            "branch-000 ",
            "and 18 more stacks; --all lists them",
        )
    ]
    assert order == sorted(order)
    assert not any(line.startswith("calm-1") for line in lines)
    assert "   stacks: branch-000, " in printed(mixed()) and " and 24 more" in printed(mixed())


def test_all_lists_every_stack() -> None:
    text = printed(mixed(), everything=True, changed_files={"goa-1": ["config/goa-1/agents.yaml"]})
    lines = text.splitlines()
    for name in (*(f"branch-{n:03}" for n in range(33)), "goa-1", "calm-1", "calm-2"):
        assert sum(line.startswith(name) and HASH in line for line in lines) == 1
    assert "more" not in text.replace("57 more", "")
    assert next(line for line in lines if line.startswith("goa-1")).endswith("config/goa-1/agents.yaml")


def test_groups_of_a_flood_are_counted() -> None:
    shapes = [
        stack_plan(f"s{n}", rename(f"k{n}"), rename("b" * n or "a"), replace(rename(f"x{n}"), reason="w" * n))
        for n in range(40)
    ]
    text = printed(FleetPlan(tuple(shapes)))
    assert "more groups of equal changes; --all lists them" in text
    assert text.count("~  agent") <= 40


def test_a_flood_of_errors_and_notes_is_counted() -> None:
    def words(number: int) -> str:
        return "".join(chr(97 + int(digit)) for digit in str(number))

    plans = [replace(failed(f"s{n}", f"no host {words(n)}"), notes=(f"note of {words(n)}",)) for n in range(100)]
    text = printed(FleetPlan(tuple(plans)))
    assert "and 80 more groups of errors; --all lists them" in text
    assert "and 80 more groups of notes; --all lists them" in text
    assert text.count("x  failed") == text.count("note: ") == 20
    assert printed(FleetPlan(tuple(plans)), everything=True).count("x  failed") == 100
    reasons = [replace(one, reason=one.reason * 60) for one in plans]
    comment = fleet_plan_markdown(FleetPlan(tuple(reasons)), limit=20_000)
    assert len(comment) <= 20_000 and re.search(r"\d+ more groups of errors: see the full plan", comment)


def test_a_narrow_terminal_cuts_no_hash() -> None:
    console = Console(width=45, highlight=False)
    with console.capture() as captured:
        show_fleet_plan(mixed(), console)
    text = captured.get()
    assert text.count(HASH) == 18 and max(map(len, text.splitlines())) <= 45


def test_masked_values_that_stand_for_several_stacks_are_explained() -> None:
    same = FleetPlan(tuple(stack_plan(name, created("a", 7)) for name in ("one", "two")))
    for text in (printed(same), fleet_plan_markdown(same)):
        assert MASKED in text
    alone = FleetPlan(same.stacks[:1])
    assert MASKED not in printed(alone) + fleet_plan_markdown(alone)


def test_json_is_read_back() -> None:
    for plan in (mixed(), hostile(), FleetPlan((failed("a", "no token"),))):
        text = fleet_plan_json(plan, {"goa-1": ["config/goa-1"]})
        assert read_fleet_plan(text) == read_fleet_plan(text.encode()) == plan
    document = json.loads(fleet_plan_json(mixed(), {"goa-1": ["config/goa-1"]}))
    assert document["version"] == 1 and document["exitCode"] == 1
    assert document["because"]["goa-1"] == ["config/goa-1"] and document["because"]["calm-1"] == []
    last = document["groups"][-1]
    assert (last["verb"], last["key"], last["entries"], len(last["stacks"])) == ("update", "sales", 34, 34)
    assert "because" not in json.loads(fleet_plan_json(mixed()))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"version": 9, "stacks": []}', "[" * 100_000, "\ud800"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_fleet_plan(text)


def test_a_comment_has_the_exceptions_and_each_hash() -> None:
    text = fleet_plan_markdown(mixed())
    assert text.startswith(f"{MARKER}\n### digo fleet plan: 35 of 40 stacks change, 2 failed")
    places = [text.index(one) for one in ("**failed**", "**refused**", "#### Exceptions", "#### Changes", "<details>")]
    assert places == sorted(places)
    assert text.count(f"`{HASH}`") == 38 and "full plan" not in text


@pytest.mark.parametrize(("stacks", "entries"), [(500, 5), (2_000, 3)])
def test_a_large_comment_stays_under_the_limit_and_says_where_the_rest_is(stacks: int, entries: int) -> None:
    plans = large(stacks, entries).stacks
    reasons = [failed(f"f{n}", f"{'because ' * 40}{chr(97 + n % 26) * (1 + n // 26)}") for n in range(60)]
    text = fleet_plan_markdown(FleetPlan((*plans, *reasons)))
    assert len(text) <= LIMIT
    assert text.count("<details>") == text.count("</details>") == 1
    assert text.count("```") % 2 == 0
    for line in text.splitlines():  # no row is cut
        if line.startswith("|"):
            assert line.endswith("|") and line.count("|") in (5, 6)
    assert "#### Changes" in text and "agent `front`" in text
    if text.count(f"`{HASH}`") < stacks:
        left = stacks + len(reasons) - text.count("| changes |") - text.count("| failed |")
        assert f"{left:,} more stacks: their hashes are in the full plan" in text


def test_five_hundred_changed_stacks_have_their_hashes_in_the_comment() -> None:
    plan = FleetPlan(tuple(stack_plan(f"branch-{n:03}", rename()) for n in range(500)))
    text = fleet_plan_markdown(plan)
    assert len(text) <= LIMIT and text.count(f"`{HASH}`") == 500


def test_a_comment_cannot_be_broken_out_of() -> None:
    text = fleet_plan_markdown(hostile(), {"branch-1": ["@team `x` </details>"]})
    fences = re.compile(r"^```text\n.*?^```$", re.DOTALL | re.MULTILINE)
    outside = fences.sub("", text)
    assert len(fences.findall(text)) == 1 and "```" not in outside
    for one in ("<img", "</script", "@team", "/close", "\u202e"):
        assert one not in outside
    assert outside.count("</details>") == 1


def test_a_plan_of_no_stack_is_one() -> None:
    none = FleetPlan((), "0123abc")
    assert printed(none) == "no stack to plan\n" and none.exit_code == 0
    assert fleet_plan_markdown(none, {}) == f"{MARKER}\n### digo fleet plan: no stack to plan\n"
    assert "no stack to plan" in fleet_plan_page(none, {}) and "<button" not in fleet_plan_page(none)
    assert read_fleet_plan(fleet_plan_json(none, {})) == none


def test_a_refused_stack_says_why_in_each_form() -> None:
    plan = FleetPlan((refused("agra-1", 60), refused("agra-2", 61)))
    for text in (printed(plan), fleet_plan_markdown(plan)):
        assert text.count("guard creates: 60 creates") == 1 and "guard creates: 61" not in text
        assert "agra-2" in text
