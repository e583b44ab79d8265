"""The site of `make site`: every page is reached, nothing comes from elsewhere, the search finds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import DOCS, ROOT
from tests.html.browser_pages import listening
from tests.html.page_checks import WIDTHS, opened
from tests.warm.made_once import made_once

pytestmark = pytest.mark.needs("python 3.11")

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
# Attributes whose address a browser loads by itself; of `link`, only some kinds.
LOADED = ("src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href")
CSS_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
SCRIPT_ADDRESS = re.compile(r"['\"`]((?:https?:|wss?:)?//[^'\"`\s]+)")
# No address is loaded from these: the name of the SVG language, as scripts that make elements write it.
NAMES = ("http://www.w3.org/",)
OVERFLOWS = """() => [document.documentElement, ...document.querySelectorAll("article *")]
  .filter(one => one.textContent.trim() !== "" && (one.getBoundingClientRect().right > innerWidth + 1 ||
    (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible")))
  .map(one => `${one.localName} "${one.textContent.trim().slice(0, 40)}"`)"""


# All that a build makes lives until its end, and the collector would take a third of its time to look for more.
BUILDS = """import gc; gc.disable()
import sys, pathlib, scripts.site
for source, out, said in zip(*3 * [map(pathlib.Path, sys.argv[1:])]):
    sys.stderr = said.open("w")
    code = scripts.site.build(source, out)
    sys.stderr.write(f"ended with {code}")
    sys.stderr.flush()
"""


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, and one with faults, both built by one process for all workers; what each build said is in a file."""

    def make(folder: Path) -> None:
        faulty = folder / "faulty"
        (faulty / "docs").mkdir(parents=True)
        (faulty / "README.md").write_text("# Home\n\n[one](docs/missing.md) [two](docs/outside.md#missing)\n")
        (faulty / "docs" / "outside.md").write_text("# Outside\n")
        arguments = [
            ROOT,
            folder / "site",
            folder / "site.txt",
            faulty,
            folder / "site-of-faulty",
            folder / "faulty.txt",
        ]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-c", BUILDS, *map(str, arguments)], env=environ, check=True, capture_output=True
        )

    return made_once(tmp_path_factory, "site", make)


@pytest.fixture(scope="session")
def site(builds: Path) -> Path:
    """The site of the repository."""
    assert (builds / "site.txt").read_text(encoding="utf-8") == "ended with 0"
    return builds / "site"


class Links(HTMLParser):
    """What a page of the site links to, what a browser loads for it, and its anchors."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self._in_style = False
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.loaded += [given[name] for name in LOADED if name in given]
        self.loaded += _css_addresses(given.get("style", ""))
        if tag == "link":
            self.loaded.append(given["href"])
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.links.append(given["content"].partition("url=")[2])
        elif "href" in given:
            self.links.append(given["href"])
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.loaded += _css_addresses(data)


def _css_addresses(text: str) -> list[str]:
    return [first or second for first, second in CSS_ADDRESS.findall(text)]


@cache
def links_of(file: Path) -> Links:
    return Links(file)


def targets(file: Path) -> Iterator[tuple[str, Path, str]]:
    """The different links of a page to the site itself: as written, the file, the anchor."""
    for link in dict.fromkeys(links_of(file).links):
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc:
            place = os.path.normpath(file.parent / unquote(parts.path)) if parts.path else file
            yield link, Path(place), unquote(parts.fragment)


def test_every_page_is_reached_and_no_link_is_dead(site: Path) -> None:
    files = {path for path in site.rglob("*") if path.is_file()}
    waiting, dead = [site / "index.html"], []
    reached = set(waiting)
    while waiting:
        file = waiting.pop()
        for link, target, anchor in targets(file):
            if target not in files or (anchor and anchor not in links_of(target).anchors):
                dead.append(f"{file.relative_to(site)}: {link}")
            elif target.suffix == ".html" and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert dead == []
    assert {site / page.relative_to(ROOT).with_suffix(".html") for page in PAGES} <= reached


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    texts = {file: file.read_text(encoding="utf-8") for file in site.rglob("*") if file.suffix in (".css", ".js")}
    assert {file.suffix for file in texts} == {".css", ".js"}
    loaded = {file: links_of(file).loaded for file in site.rglob("*.html")}
    loaded |= {file: _css_addresses(text) for file, text in texts.items() if file.suffix == ".css"}
    loaded |= {file: SCRIPT_ADDRESS.findall(text) for file, text in texts.items() if file.suffix == ".js"}
    assert any(loaded.values())
    assert [
        f"{file.relative_to(site)}: {address}"
        for file, addresses in loaded.items()
        for address in addresses
        if (urlsplit(address).netloc or urlsplit(address).scheme not in ("", "data")) and not address.startswith(NAMES)
    ] == []


def test_a_dead_link_a_dead_anchor_and_a_page_outside_of_the_navigation_fail_the_build(builds: Path) -> None:
    said = (builds / "faulty.txt").read_text(encoding="utf-8")
    assert re.search(r"ended with [1-9]\d*$", said)
    assert "README.md:3: WARNING: 'myst' cross-reference target not found: 'docs/missing.md'" in said
    assert "README.md:3: WARNING: local id not found in doc 'docs/outside': 'missing'" in said
    assert "docs/outside.md: WARNING: document isn't included in any toctree" in said


# The pages with the widest tables and the longest commands.
@pytest.mark.parametrize(
    "name", ["README", "docs/reference", "docs/security", "docs/ci/README", "docs/howto/uninstall"]
)
def test_a_page_fits_a_telephone_and_a_screen(browser: Any, site: Path, name: str) -> None:
    with opened(browser, site / f"{name}.html") as (page, _):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(OVERFLOWS) == []
        page.add_style_tag(content="article * { white-space: nowrap !important }")
        assert page.evaluate(OVERFLOWS) != []


def test_the_search_finds_a_word_without_a_server(browser: Any, site: Path) -> None:
    asked: list[str] = []
    with (
        opened(browser, site / "index.html") as (page, faults),
        listening(page, request=lambda request: asked.append(request.url)),
    ):
        page.get_by_role("textbox", name="Search").fill("pseudonyms")
        page.keyboard.press("Enter")
        found = page.locator("ul.search a")
        found.first.wait_for()
        assert "Config" in found.all_text_contents()
        found.get_by_text("Config", exact=True).click()
        page.wait_for_url("**/docs/config.html*")
        assert "Config" in (page.locator("h1").first.text_content() or "")
        assert [one for one in faults if not one.startswith("the page asks for file:")] == []
    assert asked and all(url.startswith(("file:", "data:")) for url in asked)
