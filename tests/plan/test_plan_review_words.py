"""What a reviewer reads: for each entry what will be on the account, in the terminal and in the comment."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from digo.plan.field_changes import FieldChange, Outcome
from digo.plan.list_change import ListChange, Span
from digo.plan.render.field_text import change_text, list_counts
from digo.plan.render.groups import A_HANDFUL, SAMPLE_ENTRIES, groups_of
from digo.plan.render.markdown import review_markdown
from digo.plan.render.shares import fair_shares
from digo.plan.render.terminal import show_review
from digo.plan.review import Review
from digo.text.samples import SAMPLE
from tests.plan.plan_values import lead, record, wanted
from tests.plan.reviews import COLUMNS, EID, reviewed, sent, stored

OTHERS = {name: f"{index}234567890123" for index, name in enumerate(("sales", "moved", "old", "desk"), start=2)}


def everything() -> Review:
    """A create, a rename of an agent and of a key, a new number, a removal, an adoption and leads."""
    return reviewed(
        wanted("lunch", 1, "1001", name="Lunch desk", line=4),
        wanted("night", 2, name="Night desk", line=5),
        wanted("sales", 3, "1003", name="Sales desk", line=6),
        wanted("moved", 5, "1005", name="Moved", line=7),
        replace(wanted("desk", 8, line=8), formerly=("counter",)),
        replace(lead("otp-0111", 11, field_1="Asha", field_5="987321"), columns=COLUMNS),
        replace(lead("otp-0112", 12, field_1="Asha", field_5="987321"), columns=COLUMNS),
        live=(
            record(EID, 2, "1002", name="Night desk"),
            record(OTHERS["sales"], 3, "1003", name="Sales"),
            record(OTHERS["moved"], 4, "1004", name="Moved"),
            record(OTHERS["old"], 7, "1007", name="Old desk"),
            record(OTHERS["desk"], 8),
        ),
        agents=(
            stored("sales", OTHERS["sales"], 3, "Sales", "1003"),
            stored("moved", OTHERS["moved"], 4, "Moved", "1004"),
            stored("old", OTHERS["old"], 7, "Old desk", "1007"),
            stored("counter", OTHERS["desk"], 8),
        ),
        leads=(sent("otp-0112", 12, field_1="Asha", field_5="000000"),),
    )


def printed(result: Review, width: int = 1000, **options: bool) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        show_review(result, console, **options)
    return captured.get()


def cells(text: str) -> dict[str, str]:
    """What the comment says of each entry, without Markdown."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith(("| entry", "| ---")):
            entry, after, *_ = (html.unescape(cell.replace("`", "")).strip() for cell in line.strip("|").split(" | "))
            found[entry.strip()] = after
    return found


def test_a_stranger_with_the_comment_alone_can_say_what_will_be_on_the_account() -> None:
    said = cells(review_markdown(everything()))
    assert said["agent lunch"] == 'a new agent: name "Lunch desk", follow_me_number +1 ***0101, intercom 1001'
    assert said["agent night"] == (
        f'the same agent, now managed: eid {EID}, name "Night desk", follow_me_number +1 ***0102, intercom 1002'
    )
    assert said["agent sales"] == (
        f'the same agent: eid {OTHERS["sales"]}, name "Sales" stays; config wants "Sales desk" '
        "(agents.yaml:6:1, changed in config); only the panel can mend it"
    )
    assert said["agent moved"] == (
        'a new agent: name "Moved", follow_me_number +1 ***0104 → +1 ***0105, intercom 1004 → 1005; '
        f'and the old agent, as it is: "Moved", +1 ***0104, intercom 1004, eid {OTHERS["moved"]}'
    )
    assert said["agent old"] == (
        f'the same agent, no longer managed: "Old desk", +1 ***0107, intercom 1007, eid {OTHERS["old"]}'
    )
    assert said["agent desk"] == "the same agent: key counter → desk: only the state changes"
    assert said["lead otp-0111"] == "a new row of its list: phone +1 ***0111, name ***, otp ***"
    assert said["lead otp-0112"] == "its row, overwritten: phone +1 ***0112, otp *** → *** (another value)"


def test_the_terminal_shows_each_entry_with_its_fields_below_it() -> None:
    text = printed(everything())
    assert '+  agent lunch  create  the account lacks it\n   name:             "Lunch desk"\n' in text
    assert "   follow_me_number: +1 ***0104 → +1 ***0105\n   intercom:         1004 → 1005\n" in text
    assert f'   stays:            "Moved", +1 ***0104, intercom 1004, eid {OTHERS["moved"]}\n' in text
    assert f'   stays: "Old desk", +1 ***0107, intercom 1007, eid {OTHERS["old"]}\n' in text
    assert "   otp:   *** → *** (another value)\n" in text
    assert "987321" not in text and "Asha" not in text
    order = [line.split()[2] for line in text.splitlines() if re.match(r"(!|\+-|-|\+|~|=) ", line)]
    assert order == ["sales", "moved", "old", "lunch", "otp-0111", "otp-0112", "night"]


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal_and_none_is_broken_at_the_margin(width: int) -> None:
    text = printed(everything(), width)
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= width
    entries = lines[: next(index for index, line in enumerate(lines) if line[:1].isdigit())]
    heads = [line for line in entries if re.match(r"(!|\+-|-|\+|~|=| ) {1,2}(agent|lead) ", line)]
    assert len(heads) == 8
    assert all(line.startswith("   ") for line in entries if line not in heads)
    assert " ".join(text.split()).count(EID) == 1


def flood(count: int, **more: Any) -> Review:
    return reviewed(*(wanted(f"made-{n:05}", n % 9000 + 20, name=f"Desk {n}") for n in range(count)), **more)


def test_more_than_a_handful_of_one_kind_is_a_count_a_sample_and_the_way_to_all() -> None:
    few, many = printed(flood(A_HANDFUL)), printed(flood(1000))
    assert few.count("agent made-") == A_HANDFUL
    assert "+  1,000 agents  create  name, follow_me_number set\n" in many
    assert many.count("made-") == SAMPLE_ENTRIES
    assert f"   and {1000 - SAMPLE_ENTRIES:,} more; --all lists them\n" in many
    assert len(many.splitlines()) < 12
    whole = printed(flood(2 * SAMPLE), everything=True)
    assert whole.count("agent made-") == 2 * SAMPLE
    assert "more; --all" not in whole


def test_a_flood_hides_no_exception() -> None:
    stuck = [wanted(f"stuck-{n}", n, name="Wanted") for n in range(3)]
    live = tuple(record(f"e{n}", n, name="Panel") for n in range(3))
    state = tuple(stored(f"stuck-{n}", f"e{n}", n, "Panel") for n in range(3))
    made = [wanted(f"made-{n:05}", n + 20) for n in range(1000)]
    review = reviewed(*made, *stuck, live=live, agents=state)
    for text in (printed(review), review_markdown(review)):
        assert text.index("stuck-0") < text.index("stuck-2") < text.index("made-00000")


def test_floods_of_each_kind_leave_room_for_one_another() -> None:
    def many(name: str, start: int) -> range:
        return range(start, start + 400)

    stuck = [wanted(f"stuck-{n}", n, name="Wanted " * 12) for n in many("stuck", 0)]
    made = [wanted(f"made-{n}", n, name="Made " * 12) for n in many("made", 400)]
    moved = [wanted(f"moved-{n}", n, name="Moved " * 12) for n in many("moved", 800)]
    live = tuple(record(f"e{n}", n, name="Panel " * 12) for n in many("stuck", 0))
    state = (
        *(stored(f"stuck-{n}", f"e{n}", n, "Panel") for n in many("stuck", 0)),
        *(stored(f"moved-{n}", f"e{n}", n + 5000) for n in many("moved", 800)),
        *(stored(f"gone-{n}", f"e{n}", n) for n in many("gone", 1200)),
    )
    review = reviewed(*stuck, *made, *moved, live=live, agents=state)
    for limit in (12_000, 60_000):
        text = review_markdown(review, limit=limit)
        assert len(text) <= limit
        for key in ("stuck-", "moved-", "gone-", "made-"):
            assert f"| agent `{key}" in text
        assert text.count("see the full plan") == 4


def test_thousands_of_new_agents_are_a_short_comment() -> None:
    assert len(review_markdown(flood(3_000)).encode()) < 60_000


def test_groups_tell_other_fields_and_reasons_apart() -> None:
    review = reviewed(
        wanted("a", 1), wanted("b", 2), wanted("c", 3, "1003"), live=(record("e1", 1),), agents=(stored("x", "e9", 9),)
    )
    found = [(one.verb.value, [step.key for step in one.steps]) for one in groups_of(review.steps.steps)]
    assert found == [("forget", ["x"]), ("create", ["b"]), ("create", ["c"]), ("adopt", ["a"])]


@pytest.mark.parametrize(
    ("needs", "room", "shares"),
    [
        ([10, 20], 100, [10, 20]),
        ([100, 10, 100], 110, [50, 10, 50]),
        ([100, 100, 100], 50, [40, 0, 0]),
        ([], 50, []),
    ],
)
def test_a_small_part_gets_all_that_it_needs(needs: list[int], room: int, shares: list[int]) -> None:
    assert fair_shares(needs, room, 40) == shares


def test_two_numbers_that_look_alike_are_said_to_differ() -> None:
    change = FieldChange("follow_me_number", "+12025550101", "+13035550101", Outcome.CHANGED)
    assert change_text(change) == "+1 ***0101 → +1 ***0101 (another number)"
    stuck = FieldChange("follow_me_number", "+12025550101", "+12025550101", Outcome.STUCK, "+13035550101")
    assert change_text(stuck) == "+1 ***0101 stays; config wants +1 ***0101 (another number)"


def test_long_names_that_differ_at_the_end_show_the_difference() -> None:
    change = FieldChange("name", None, "n" * 300 + "A", Outcome.STUCK, "n" * 300 + "B")
    shown = re.findall(r'"[^"]*"', change_text(change))
    assert [one[-3:] for one in shown] == ['nA"', 'nB"']


def test_a_column_that_is_not_sent_any_more_may_stay() -> None:
    entry = replace(lead("otp-0101", 1), columns=COLUMNS)
    text = printed(reviewed(entry, leads=(sent("otp-0101", 1, field_5="987321"),)))
    assert "   otp:   *** → not sent; the list may keep it\n" in text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (ListChange(1000, 1000, new=Span(1000, 1000)), "1,000 of 1,000 rows to send: 1,000 new"),
        (
            ListChange(1000, 488, Span(2, 488), Span(0, 486), Span(0, 486)),
            "488 of 1,000 rows to send: 2 to 488 new, at most 486 changed, at most 486 gone",
        ),
        (ListChange(1, 0), "0 of 1 row to send"),
    ],
)
def test_rows_are_counted_as_far_as_the_state_proves_it(change: ListChange, text: str) -> None:
    assert list_counts(change) == text
