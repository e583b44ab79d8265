"""Makes the documentation's pictures of a plan: `python -m scripts.pictures`, which needs a browser.

The real command plans the change of `scripts.picture_scene` on a sandbox. What it printed becomes an SVG, and what it
wrote for the pull request and for the browser becomes two PNGs. `digests.json` beside them has a digest of each source.
A test makes the sources again without a browser, so a picture cannot go stale unseen.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from rich.console import Console
from rich.text import Text

from sandbox.testing import start_sandbox
from scripts.picture_scene import COLUMNS, ROOT, STACK, PlanTexts, planned

FOLDER = ROOT / "docs" / "pictures"
DIGESTS = FOLDER / "digests.json"
TERMINAL, COMMENT, PAGE = "plan.svg", "comment.png", "page.png"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WIDTHS = {COMMENT: 860, PAGE: 1000}
"""Of the browser's window, in pixels."""
LONGEST = 1100
"""A picture of a page ends after so many pixels: the documentation shows how it looks, not all of it."""
_VOLATILE = re.compile(r"\b(?:[a-z]{4}-){7}[a-z]{4}\b|\b\d{12,13}\b")
"""The plan's hash, which a version changes, and the EIDs, which the sandbox gives as the agents come."""

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_CLIPS = re.compile(r' clip-path="url\(#digo-plan-line-\d+\)"')
_COMMENT_PAGE = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>comment</title><style>
body { margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.45 system-ui, sans-serif; }
article { border: 1px solid #d1d9e0; border-radius: 6px; padding: 4px 20px 12px; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 5px 12px; text-align: left; }
code, pre { font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; background: #eff1f3; border-radius: 4px; }
code { padding: 2px 5px; } pre { padding: 12px; overflow-wrap: anywhere; white-space: pre-wrap; }
pre code { padding: 0; }
</style><article>%s</article></html>
"""


def main() -> None:
    """Makes all pictures again, and says how large they are."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(
            f"error: no browser on PATH ({', '.join(BROWSERS)})\n  Next: install one, and run `make pictures` again"
        )
    with tempfile.TemporaryDirectory(prefix="digo-pictures-") as name, start_sandbox(Path(name)) as sandbox:
        texts = planned(Path(name) / "project", Path(sys.prefix), sandbox)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / TERMINAL).write_text(svg(texts.terminal), encoding="utf-8")
    _photograph(browser, {COMMENT: _COMMENT_PAGE % comment_html(texts.markdown), PAGE: texts.html})
    DIGESTS.write_text(json.dumps(digests(texts), indent=2) + "\n", encoding="utf-8")
    for picture in (TERMINAL, COMMENT, PAGE):
        print(f"{(FOLDER / picture).relative_to(ROOT)}: {(FOLDER / picture).stat().st_size / 1024:,.0f} KiB")


def digests(texts: PlanTexts) -> dict[str, str]:
    """A digest of each picture's source, by its name, without the plan's hash and the EIDs."""
    plain = Text.from_ansi(texts.terminal).plain
    sources: Mapping[str, str] = {TERMINAL: plain, COMMENT: texts.markdown, PAGE: texts.html}
    steady = {picture: _VOLATILE.sub("VOLATILE", source) for picture, source in sources.items()}
    return {picture: hashlib.sha256(source.encode()).hexdigest() for picture, source in steady.items()}


def svg(output: str) -> str:
    """A terminal's output as an SVG.

    It loads no font from elsewhere, because a page that shows it would not let it. So the reader's own font is shown,
    whose underscores may be below rich's lines: the lines are not clipped.
    """
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="256")
    for line in Text.from_ansi(output.rstrip()).split(allow_blank=True):
        # A terminal wraps at its last column, and rich at words.
        for part in line.divide(range(COLUMNS, len(line), COLUMNS)):
            console.print(part, soft_wrap=True)
    image = console.export_svg(title=f"digo --stack {STACK} plan", unique_id="digo-plan")
    return _CLIPS.sub("", _FONTS.sub("", image))


def comment_html(markdown: str) -> str:
    """The comment's Markdown as HTML, with the tables that hosting services have."""
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def _photograph(browser: str, pages: Mapping[str, str]) -> None:
    from playwright.sync_api import sync_playwright  # imported late: the test of the sources has no browser

    with sync_playwright() as playwright:
        # The browser's own sandbox needs privileges that a container seldom has; the pages are our own.
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for picture, html in pages.items():
            page = chromium.new_page(viewport={"width": WIDTHS[picture], "height": 100}, color_scheme="light")
            page.set_content(html)
            height = min(LONGEST, int(page.evaluate("document.documentElement.scrollHeight")))
            clip = {"x": 0, "y": 0, "width": WIDTHS[picture], "height": height}
            page.screenshot(path=FOLDER / picture, full_page=True, clip=clip)  # type: ignore[arg-type]  # a dict is one
        chromium.close()


if __name__ == "__main__":
    main()
