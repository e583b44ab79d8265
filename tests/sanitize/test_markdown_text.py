"""Markdown as GitHub and GitLab render it: a name is shown letter by letter, tells nobody and loads nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digo.plan.render.drift_markdown import drift_marker
from digo.sanitize.markdown import clipped, code, fenced, in_comment, prose
from digo.sanitize.terminal import for_terminal, one_line

NAMES = (
    "![pixel](https://evil.example/p.png)",
    "[text](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "<https://evil.example>",
    "https://evil.example/?q=1",
    "www.evil.example @all",
    "@team/owners and @all",
    "someone@evil.example",
    '#12 !34 ~label ~"two words" %milestone &5 $6 GH-7 JIRA-8',
    "deadbeefdeadbeef",
    "`code` ``more`` ```fence",
    "|cell|",
    "**bold** _em_ ~~gone~~ ***0101",
    "# heading",
    "<!-- digo-plan: prod -->",
    "--> <b>out</b>",
    "</details></table><h1>big",
    "[^1]: note",
    "&lt;b&gt; &amp; &#64;x",
    "a\\|b\\",
    " blanks ",
    "/close",
    ":smile: $`x`$ {+ in +}",
    "日本 @x|<",
)
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ALLOWED = {"table", "thead", "tbody", "tr", "th", "td", "code", "span"}


class Seen(HTMLParser):
    """The elements of a page, the text in `code`, and the text beside it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.cells: list[str] = []
        self.beside = ""
        self._in_code = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)
        self._in_code += tag == "code"
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.beside += data
        if self.cells:
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        self.elements.append("!--")


def in_a_table(cell: str) -> Seen:
    return Seen(RENDERER.render(f"| entry | why |\n| --- | --- |\n| agent {cell} | because |\n"))


@pytest.mark.parametrize("write", [code, prose], ids=["a value", "a sentence"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_letter_by_letter_and_does_nothing(name: str, write: object) -> None:
    written = write(name)  # type: ignore[operator]
    seen = in_a_table(written)
    assert set(seen.elements) <= ALLOWED
    assert (
        seen.cells[0].rstrip("\n") == f"agent {name}".rstrip("\n") or seen.cells[0].strip() == f"agent {name}".strip()
    )
    assert len(seen.cells) == 2
    # Both services look at what is not in `code`.
    assert not re.search(r"[@#!~%&$]\w|://|www\.|[0-9a-f]{7}|[A-Z]+-\d", seen.beside)
    assert "\n" not in written and not re.search(r"<script|</details|@\w", written)


@given(st.text(alphabet=st.characters() | st.sampled_from("`|<>&@*_[]()!#~\\ \n:/w."), min_size=1, max_size=30))
def test_any_text_is_one_value(name: str) -> None:
    seen = in_a_table(code(name))
    assert set(seen.elements) <= ALLOWED and len(seen.cells) == 2
    assert seen.cells[0].split() == f"agent {one_line(name)}".split()


LINK_SIGNS = st.sampled_from(
    ["://", "www.", "@", ".", "a", "https", "mailto:", "+", "-", "_", "`", "|", " ", "<", "xmpp:"]
)


@given(st.lists(LINK_SIGNS, max_size=12).map("".join))
def test_no_text_of_a_value_becomes_a_link(name: str) -> None:
    """A parser with GitHub's extension looks for links in each run of text, after character references are read."""
    (inline,) = RENDERER.parse(f"agent {code(name)} and {prose(name)}")[1:2]
    runs = "\0".join(token.content if token.type == "text" else "\0" for token in inline.children or ())
    for run in re.split("\0{2,}", runs):
        assert not re.search(r"[a-z]://|www\.\S|[\w.+-]@[\w.-]", run.replace("\0", ""), re.IGNORECASE), run


def test_a_long_text_keeps_its_ends() -> None:
    assert clipped("x" * 400, 400) == "x" * 400
    short = clipped("head" + "x" * 10_000 + "tail", 400)
    assert short.startswith("headx") and short.endswith("xtail") and "9,608 more characters" in short


def test_plain_sentences_and_keys_stay_readable() -> None:
    reason = "its number changed: a new agent is made, and the account keeps the old one (eid 1234567890123)"
    assert prose(reason) == reason
    assert prose("10,000 rows, not sent yet") == "10,000 rows, not sent yet"
    assert code("sales") == "`sales`"
    assert code("config/prod/agents.yaml:3:5") == "`config/prod/agents.yaml:3:5`"


@pytest.mark.parametrize(
    "inside", ["```", "````", "  ```\n/close\n", "~~~~", "``````text", "\r```\r", "a\n```\n<img src=x>\n@team", "`" * 9]
)
def test_a_fence_cannot_be_closed_from_inside(inside: str) -> None:
    tokens = RENDERER.parse(fenced(f"before\n{inside}\nafter @team"))
    assert [token.type for token in tokens] == ["fence"]
    assert "after @team" in tokens[0].content and "before" in tokens[0].content


@given(st.text(alphabet=st.characters() | st.sampled_from("`~ \n\t"), max_size=200))
def test_whatever_is_in_a_fence_is_its_content(text: str) -> None:
    (token,) = RENDERER.parse(fenced(text))
    shown = token.content.removesuffix("\n").split("\n")
    for line, given_line in zip(shown, for_terminal(text).split("\n"), strict=True):
        assert line == given_line or (line == f"    {given_line}" and set(given_line.strip()) == {"`"})


def test_the_code_of_a_fence_is_code_for_gitlabs_quick_actions_too() -> None:
    """GitLab takes a block for code from a line that begins with three backticks to a line of exactly three."""
    for text in ("x\n```\n/close", "````\n/close\n````", "```text\n/close\n```", "~~~\n/close", "a ``` b\n/close"):
        (block,) = re.findall(r"^```.+?\n```$", fenced(text), re.DOTALL | re.MULTILINE)
        assert block == fenced(text) and "/close" in block


@pytest.mark.parametrize("name", ["--> <b>", "x\n![a](b)", "a-->b", "--!>", "<!--", "\u202e"])
def test_an_environment_cannot_end_the_hidden_marker(name: str) -> None:
    marker = drift_marker(name)
    assert re.fullmatch(r"<!-- digo-drift: [^<>\n!]* -->", marker)
    assert marker.count("-->") == 1
    assert Seen(RENDERER.render(f"{marker}\nno drift\n")).elements == ["!--", "p"]


def test_a_plain_environment_has_the_marker_of_before() -> None:
    assert in_comment("prod-1.größe x") == "prod-1.größe x"
    assert drift_marker("prod") == "<!-- digo-drift: prod -->"
