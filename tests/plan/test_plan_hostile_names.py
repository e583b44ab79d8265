"""The comment and the page show what is there, whatever an entry, a file or an agent is called."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digo.desired import Position, Problem
from digo.plan.guard_input import GuardContext
from digo.plan.render.drift_markdown import drift_markdown
from digo.plan.render.drift_page import drift_page
from digo.plan.render.field_text import MOST
from digo.plan.render.markdown import review_markdown
from digo.plan.render.page import review_page
from digo.plan.review import Review, review_plan
from digo.sanitize.terminal import for_terminal, one_line
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp
from digo.text.shortened import shortened_pair
from tests.plan.plan_values import account, desired, number, record, wanted

TODAY = date(2026, 11, 25)
GUARDS = GuardContext("http://127.0.0.1:1", DIGO, GuardLimits(maxCreates=100), "config/test")
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"table", "thead", "tbody", "tr", "th", "td", "details", "summary", "b", "h3", "p", "code", "pre", "strong"}
PIECES = (
    "|", "`", "``", "```", "~~~", "\\", "\\|", "\n", "\r", "\t", " ", "<", ">", "&", "&lt;", "&#x202e;", "&#10;",
    "@team",
    "#12", "!1", "**", "__", "*", "_", "~~", "[x](y)", "![x](y)", "[^1]", "[^1]: n", "<!--", "-->", "<img src=x>",
    "</td>", "</details>", "# h", "- x", "1. x", "===", "---", "> q", "http://e.example",
    "www.e.example", "a@e.example",
    "$`x`$", "{+x+}", "\u202e", "\u2066", "\u200b", "\x9b", "\x1b[2J", "\x85", "\u2028", "\u00ad", "\ufe0f",
    "\U0001f468\u200d\U0001f469", "e\u0301", "\u05d0\u05d1", "%0A", "::error::", "##[group]", "/close", "x", "",
)  # fmt: skip
# No lone surrogates: the decoders at each entrance spell them out.
TEXTS = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(codec="utf-8"), max_size=3), min_size=1, max_size=8
).map("".join)
SHOWN = TEXTS.filter(lambda text: bool(one_line(text).strip()))


class Cells(HTMLParser):
    """The elements of a page, the texts of its table's cells, and the texts of its blocks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.cells: list[str] = []
        self.blocks: list[str] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.add(tag)
        self._open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")
        if tag == "pre":
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open):
            self.cells[-1] += data
        elif "pre" in self._open:
            self.blocks[-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def reviewed(key: str, file: str, name: str, live: str) -> Review:
    """An agent that differs in its name, one that is new, and one that is gone; and a warning in the file."""
    stuck = wanted(key, 1, name=name)
    stuck = replace(
        stuck, position=Position(file, 3, 5), positions=dict.fromkeys(stuck.positions, Position(file, 4, 7))
    )
    made = replace(wanted(f"{key}2", 2), position=Position(file, 9, 1))
    fields = {"name": "Desk", "follow_me_number": number(1)}
    gone = AgentState(f"{key}3", "e9", fields | {"follow_me_number": number(9)}, fields)
    applied = LastUp(agents={key: AgentState(key, "e1", fields, fields), gone.key: gone})
    warned = (Problem(Position(file, 1, 2), f"agents.{key}", name),)
    wants = replace(desired(stuck, made), warnings=warned)
    return review_plan(wants, account(record("e1", 1, name=live)), applied, GUARDS, cps=3, today=TODAY)


def row_of(cells: list[str], entry: str, width: int) -> list[str]:
    place = [cell.split() for cell in cells].index(entry.split())
    return cells[place : place + width]


@settings(max_examples=60)
@given(SHOWN, SHOWN, SHOWN, SHOWN)
def test_the_comment_is_our_table_with_their_texts_in_it(key: str, file: str, name: str, live: str) -> None:
    result = reviewed(key, file, name, live)
    text = review_markdown(result, numbers=True)
    seen = Cells(RENDERER.render(text))
    assert seen.elements - {"span"} <= OURS
    assert [comment.strip() for comment in seen.comments] == ["digo-plan: test"]
    assert len(seen.cells) % 4 == 0 and seen.cells.count("entry") >= 2
    _, _, _, where = row_of(seen.cells, f"agent {one_line(key + '2')}", 4)
    assert where == f"{one_line(file)}:9:1"
    assert row_of(seen.cells, f"agent {one_line(key + '3')}", 4)
    stuck = [cell for cell in seen.cells if "only the panel can mend it" in cell]
    if stuck:
        had, wants = shortened_pair(f'"{live}"', f'"{name}"', MOST)
        assert f"{one_line(had)} stays; config wants {one_line(wants)}" in stuck[0]
    (block,) = seen.blocks
    assert block.rstrip("\n") == str(result.warnings[0])


@settings(max_examples=25)
@given(SHOWN, SHOWN, SHOWN, SHOWN)
def test_the_page_is_ours_with_their_texts_in_it(key: str, file: str, name: str, live: str) -> None:
    calm = Cells(review_page(reviewed("key", "file", "name", "live"), numbers=True))
    result = reviewed(key, file, name, live)
    seen = Cells(review_page(result, numbers=True))
    assert seen.elements - calm.elements <= {"br", "bdi"} and seen.comments == []
    made = row_of(seen.cells, f"agent {one_line(key + '2')}", len(seen.cells))
    assert next(cell for cell in made if cell.startswith("in config ")) == f"in config {one_line(file)}:9:1"
    # A live name that people see as the wanted one is not a difference: the row is one of those in sync.
    stuck = [cell for cell in seen.cells if "config wants" in cell]
    if stuck:
        assert f'stays "{one_line(live)}"' in stuck[0] and f'config wants "{one_line(name)}"' in stuck[0]
    (block,) = seen.blocks
    assert block == str(result.warnings[0])


@settings(max_examples=25)
@given(SHOWN, SHOWN, SHOWN, SHOWN)
def test_the_page_of_drift_is_ours_with_their_texts_in_it(key: str, file: str, name: str, live: str) -> None:
    calm = Cells(drift_page(reviewed("key", "file", "name", "live"), numbers=True))
    seen = Cells(drift_page(reviewed(key, file, name, live), numbers=True))
    assert seen.elements - calm.elements <= {"br", "bdi"} and seen.comments == []
    _, field, config, last, account_, where = row_of(seen.cells, f"agent {one_line(key + '2')}", 6)
    assert (field, config, last, account_) == (
        "field agent", f'config "Desk", {number(2)}', "last up none", "account none"
    )  # fmt: skip
    assert where == f"in config {one_line(file)}:9:1"
    stuck = [place for place, cell in enumerate(seen.cells) if cell == "field name"]
    if stuck:
        assert seen.cells[stuck[0] + 1] == f'config "{one_line(name)}"'
        assert seen.cells[stuck[0] + 3].startswith(f'account "{one_line(live)}"')


@settings(max_examples=40)
@given(SHOWN, SHOWN, SHOWN, SHOWN)
def test_the_issue_is_our_tables_with_their_texts_in_them(key: str, file: str, name: str, live: str) -> None:
    result = reviewed(key, file, name, live)
    text = drift_markdown(replace(result, environment=name, refusal=live), numbers=True)
    seen = Cells(RENDERER.render(text))
    assert seen.elements - {"span"} <= OURS
    assert len(seen.comments) == 1 and seen.comments[0].startswith(" digo-drift: ")
    assert len(seen.cells) % 5 == 0 and seen.cells.count("entry") >= 2
    made = row_of(seen.cells, f"agent {one_line(key + '2')} {one_line(file)}:9:1", 5)
    assert made[1:] == ["agent", f'"Desk", {number(2)}', "none", "none"]
    stuck = [place for place, cell in enumerate(seen.cells) if cell == "name"]
    if stuck:
        wanted_name, _, live_name = seen.cells[stuck[0] + 1 : stuck[0] + 4]
        assert wanted_name == f'"{one_line(name)}"'
        assert live_name.startswith(f'"{one_line(live)}"')
    assert seen.blocks[0].rstrip("\n").strip() == for_terminal(live).rstrip("\n").strip() or "`" in live


def test_one_long_entry_hides_no_other() -> None:
    long = reviewed("k", "f" * 70_000, "|" * 70_000, "`" * 70_000)
    text = review_markdown(long)
    assert len(text) < 60_000
    cells = Cells(RENDERER.render(text)).cells
    assert {"agent k", "agent k2", "agent k3"} <= set(cells)
    assert any(cell.startswith("fff") and cell.endswith("f:9:1") and "more characters" in cell for cell in cells)


def test_problems_that_are_left_out_are_counted() -> None:
    many = [Problem(Position("f", line, 1), "agents", "`" * 3_000) for line in range(500)]
    result = replace(reviewed("k", "f", "n", "l"), warnings=tuple(many), refusal="the guard says no")
    text = review_markdown(result)
    assert len(text) < 60_000 and "the guard says no" in text and "agent `k2`" in text
    left_out = re.search(r"^and (\d+) more warnings: see the full plan$", text, re.MULTILINE)
    assert left_out is not None and int(left_out[1]) + text.count("**warning**") == 500
