"""Pages of the tests' browser that are used again: a new page is a new process, which compiles all scripts anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
_FORGET = "() => { if (location.protocol === 'file:') { localStorage.clear(); sessionStorage.clear() } }"
_idle: dict[tuple[Browser, bool], list[Page]] = {}


@contextmanager
def blank_page(browser: Browser, *, width: int = 1280, scheme: Scheme = "light", script: bool = True) -> Iterator[Page]:
    """A page as a new one is: blank, on a screen, with nothing of the pages that it showed before.

    A page in which a test fails is closed and not used again.
    """
    idle = _idle.setdefault((browser, script), [])
    page = idle.pop() if idle else browser.new_page(java_script_enabled=script)
    page.set_default_timeout(60_000)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, media="null")
    page.mouse.move(0, 0)
    try:
        yield page
        page.evaluate(_FORGET)
        page.goto("about:blank")
    except BaseException:
        page.close()
        raise
    idle.append(page)


@contextmanager
def listening(page: Page, **listeners: Callable[[Any], None]) -> Iterator[None]:
    """Tells what happens on the page, by the names of Playwright's events, until the block ends."""
    untyped: Any = page
    for event, listener in listeners.items():
        untyped.on(event, listener)
    yield
    for event, listener in listeners.items():
        untyped.remove_listener(event, listener)
