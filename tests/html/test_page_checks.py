"""The checks of pages notice what is wrong: each broken page fails one of them, and the same page unbroken none."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.html.page_checks import drawn_faults, faults_of, keyboard_faults, opened

SOUND = """<!doctype html>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
:root { color-scheme: light dark } body { margin: 1rem; background: Canvas; color: CanvasText }
:focus-visible { outline: 3px solid }
</style>
<h1>Heading</h1><button>Press</button><details><summary>More</summary><p>Inside</p></details>
<svg width="200" height="40"><text x="10" y="20" fill="currentColor">drawn</text></svg>
"""
BROKEN = {
    "<div style='width:120vw;height:1px'></div>": "the page scrolls sideways",
    "<div style='width:700px;height:9px;background:red'></div>": "400 px, light: off the screen",
    "<p style='position:absolute;left:-300px;width:100px'>left</p>": "off the screen",
    "<p style='width:30px;overflow:hidden;white-space:nowrap'>much too long</p>": "clipped",
    "<p style='height:5px;overflow:hidden'>too high</p>": "clipped",
    "<p style='position:relative;top:-1.6em;margin:0;height:1px'>on it</p>": "one text on another",
    "<svg width='90' height='30'><text x='5' y='20'>a</text><text x='6' y='20'>b</text></svg>": "one text on another",
    "<p style='color:#999;background:#fff'>faint</p>": "contrast 2.85",
    "<p style='opacity:.4'>faded</p>": "contrast",
    "<p style='color:#000'>black in the dark</p>": "dark: contrast",
    "<svg width='90' height='30'><text x='5' y='20' fill='#888'>grey</text></svg>": "contrast",
    "<input placeholder='faint'><style>::placeholder{color:#8888}</style>": "contrast",
    "<details><summary>s</summary><p style='color:#999'>inside</p></details>": "(groups open)",
    "<style>h1::before{content:'styled'}</style>": "a text is in the style",
    "<p style='background-image:linear-gradient(red,blue)'>picture</p>": "a text is on a picture",
    "<script>throw new Error('broken')</script>": "the script fails: broken",
    "<script>console.error('said')</script>": "console: said",
    "<img src='http://127.0.0.1:9/x.png' alt=''>": "the page asks for http://127.0.0.1:9/x.png",
}  # fmt: skip


def page_with(tmp_path: Path, broken: str) -> Path:
    file = tmp_path / "page.html"
    file.write_text(SOUND + broken, encoding="utf-8")
    return file


def test_a_sound_page_has_no_fault(tmp_path: Path, browser: Browser) -> None:
    file = page_with(tmp_path, "")
    assert faults_of(browser, file) == []
    with opened(browser, file) as (page, _):
        assert keyboard_faults(page) == []


@pytest.mark.parametrize(("broken", "fault"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_page_is_noticed(broken: str, fault: str, tmp_path: Path, browser: Browser) -> None:
    found = faults_of(browser, page_with(tmp_path, broken))
    assert any(fault in one for one in found), found


def test_what_the_keyboard_cannot_use_is_noticed(tmp_path: Path, browser: Browser) -> None:
    for broken, fault in (
        ("<button tabindex='-1'>skipped</button>", "Tab does not reach"),
        ("<button style='outline:0'>unseen</button>", "the focus is not visible on 'unseen'"),
    ):
        with opened(browser, page_with(tmp_path, broken)) as (page, _):
            assert any(fault in one for one in keyboard_faults(page))


def test_what_is_hidden_is_no_fault(tmp_path: Path, browser: Browser) -> None:
    hidden = "<p hidden style='color:#999'>hidden</p><p style='visibility:hidden;color:#999'>unseen</p>"
    with opened(browser, page_with(tmp_path, hidden)) as (page, faults):
        assert drawn_faults(page) == faults == []
