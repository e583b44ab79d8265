"""The pictures are of what the commands print today: their sources are made again, from the sandbox."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.text import Text

from scripts.picture_scene import COLUMNS, PlanTexts, planned
from scripts.pictures import COMMENT, DIGESTS, FOLDER, PAGE, TERMINAL, comment_html, digests, svg
from tests.docs.pages import DOCS, ROOT
from tests.warm.warm_python import warm_environment
from tests.warm.warm_sandbox import start_sandbox

PICTURES = (TERMINAL, COMMENT, PAGE)
LARGEST = 150 * 1024


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> PlanTexts:
    folder = tmp_path_factory.mktemp("pictures")
    with start_sandbox(folder) as sandbox:
        return planned(folder / "project", Path(warm_environment()), sandbox)


def test_no_picture_is_stale(texts: PlanTexts) -> None:
    kept = json.loads(DIGESTS.read_text(encoding="utf-8"))
    stale = [picture for picture, digest in digests(texts).items() if kept.get(picture) != digest]
    assert not stale, f"what {', '.join(stale)} shows has changed: run `make pictures`, and look at docs/pictures/"


def test_the_scene_has_a_change_of_each_kind_and_no_whole_number(texts: PlanTexts) -> None:
    plain = Text.from_ansi(texts.terminal).plain
    for text in (plain, texts.markdown, texts.html):
        for word in ("create", "cannot converge", "replace", "forget", "adopt", "update", "unmanaged", "lunch"):
            assert word in text, (word, text)
        assert not re.search(r"1?\D*202\D*555\D*01\d\d", text)
    # The terminal was as wide as the picture.
    assert max(len(line) for line in plain.splitlines() if "DIGO_PLAN" not in line) <= COLUMNS
    assert "\x1b[" in texts.terminal


def test_the_digests_see_a_changed_word_and_no_changed_hash(texts: PlanTexts) -> None:
    (plan,) = re.findall(r"Plan: (\S+)", Text.from_ansi(texts.terminal).plain)
    other = PlanTexts(*(part.replace(plan, "b" + plan[1:]) for part in (texts.terminal, texts.markdown, texts.html)))
    assert digests(other) == digests(texts)
    for place, picture in enumerate(PICTURES):
        parts = [texts.terminal, texts.markdown, texts.html]
        parts[place] = parts[place].replace("Support", "support").replace("lunch", "Lunch")
        changed = digests(PlanTexts(*parts))
        assert [one for one in PICTURES if changed[one] != digests(texts)[one]] == [picture]


def test_the_pictures_are_small_load_nothing_and_are_shown() -> None:
    for picture in PICTURES:
        assert 0 < (FOLDER / picture).stat().st_size <= LARGEST
        for page in (ROOT / "README.md", DOCS / "tutorial.md"):
            assert f"pictures/{picture})" in page.read_text(encoding="utf-8"), f"{page.name} does not show {picture}"
    image = (FOLDER / TERMINAL).read_text(encoding="utf-8")
    assert "url(http" not in image and "@font-face" not in image and "<script" not in image


def test_a_line_that_is_too_long_is_cut_as_a_terminal_cuts_it() -> None:
    image = re.sub(r"&#160;", " ", svg("\x1b[31m" + "a" * (COLUMNS + 1) + "\x1b[0m\nDIGO_PLAN"))
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", image)
    assert [text for text in shown if text.strip() and "digo --stack" not in text] == ["a" * COLUMNS, "a", "DIGO_PLAN"]


def test_the_comment_is_rendered_with_tables_and_code() -> None:
    assert "<td><code>a</code></td>" in comment_html("| x |\n| --- |\n| `a` |\n")
