"""Looks at a page in a real browser as a person does: at two widths, in light and dark, by keyboard, on paper.

Each function returns what is wrong, so that a test can say that nothing is, and another that a broken page is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, JSHandle, Page, Request

from tests.html.browser_pages import Scheme, blank_page, listening

WIDTHS = (400, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_DRAWN = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]"
_HOLDS_FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const visible = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return { place: FOCUSABLE.indexOf(node), visible, text: node.textContent.trim().slice(0, 40) };
}"""


@contextmanager
def opened(
    browser: Browser, file: Path, *, width: int = 1280, scheme: Scheme = "light", script: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """The page in a window, and what it complains about or asks for while it is open."""
    faults: list[str] = []

    def failed(error: Error) -> None:
        faults.append(f"the script fails: {error}")

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if request.url != file.as_uri() and not request.url.startswith(("data:", "blob:")):
            faults.append(f"the page asks for {request.url}")

    with (
        blank_page(browser, width=width, scheme=scheme, script=script) as page,
        listening(page, pageerror=failed, console=said, request=asked),
    ):
        page.goto(file.as_uri())
        yield page, faults


def faults_of(browser: Browser, file: Path, prepare: Callable[[Page], Any] | None = None) -> list[str]:
    """What is wrong with the page at each width and in each scheme, as it opens and with every group open.

    Args:
        browser: a browser.
        file: the page.
        prepare: brings the page into the state to look at, such as to wait for a plot.
    """
    with opened(browser, file, width=WIDTHS[0]) as (page, faults):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                if prepare is not None:
                    prepare(page)
                now = drawn_faults(page)
                if closed := open_all(page):
                    now += [f"{one} (groups open)" for one in drawn_faults(page) if one not in now]
                    closed.evaluate("all => { for (const one of all) one.open = false }")
                faults += [f"{width} px, {scheme}: {one}" for one in now]
    return faults


def drawn_faults(page: Page) -> list[str]:
    """What is wrong with the page as it is drawn now: texts off the screen, clipped, on each other, or faint."""
    faults: list[str] = page.evaluate(_DRAWN)
    return faults


def open_all(page: Page) -> JSHandle | None:
    """Opens every group, and returns those that were closed; None if none was."""
    closed = page.evaluate_handle("() => [...document.querySelectorAll('details:not([open])')]")
    count = closed.evaluate("all => { for (const one of all) one.open = true; return all.length }")
    return closed if count else None


def keyboard_faults(page: Page) -> list[str]:
    """What Tab does not reach, and what does not show that it has the focus."""
    everything = f"[...document.querySelectorAll('{_FOCUSABLE}')].filter(one => one.checkVisibility())"
    wanted = set(range(page.evaluate(f"() => {everything}.length")))
    faults, reached = [], set()
    for _ in range(2 * len(wanted) + 2):
        page.keyboard.press("Tab")
        held = page.evaluate(_HOLDS_FOCUS.replace("FOCUSABLE", everything))
        if held is None or held["place"] in reached:
            break
        reached.add(held["place"])
        if not held["visible"]:
            faults.append(f"the focus is not visible on {held['text']!r}")
    return [*faults, *(f"Tab does not reach focusable element {one}" for one in sorted(wanted - reached))]
