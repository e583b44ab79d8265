"""The documentation site: the repository's pages as they are, with a navigation. `make site` builds it.

The source folder is the repository, so a link between two pages is the same here and on the hosting service.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from digo.version import VERSION

ROOT = Path(__file__).resolve().parents[2]

project = "pulumi-digo"
version = release = VERSION
language = "en"
extensions = ["myst_parser"]
smartquotes = False

root_doc = "README"
include_patterns = ["*.md", "docs/**"]
# Sphinx walks through each folder that this does not name.
exclude_patterns = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "docs")

# The hosting services make an anchor of every heading.
myst_heading_anchors = 6
nitpicky = True

html_theme = "furo"
html_title = f"{project} {VERSION}"
html_static_path = ["site.css", "search.js"]
html_css_files = ["site.css"]
html_js_files = ["search.js"]
html_additional_pages = {"index": "home.html"}
templates_path = ["templates"]
html_copy_source = False
html_use_index = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}

# Caption, and pages, some with a shorter title. The build fails on a page that has no place in the navigation.
NAVIGATION = {
    "Learn": ("Home <self>", "docs/tutorial"),
    "How to": ("How-to pages <docs/howto/README>", "docs/troubleshooting"),
    "Pipelines": ("Plan, up and drift in CI <docs/ci/README>",),
    "Reference": (
        "docs/config",
        "docs/settings",
        "docs/smartflo",
        "docs/login",
        "docs/guards",
        "docs/commands",
        "docs/lists",
        "docs/calls",
        "docs/records",
        "docs/masking",
        "docs/fleets",
        "docs/python-api",
        "All commands and options <docs/reference>",
        "docs/sandbox",
        "docs/support",
        "docs/vendor-api",
        "docs/glossary",
        "CHANGELOG",
    ),
    "Explanation": (
        "docs/engines",
        "What the API cannot do <docs/api-limits>",
        "docs/security",
        "docs/performance",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "Report a security problem <SECURITY>",
    ),
}


def add_navigation(_app: Sphinx, page: str, source: list[str]) -> None:
    """Adds the navigation below a page to its text. In the file itself, the hosting service would show it."""
    if page == root_doc:
        source[0] += "".join(toctree(entries, caption) for caption, entries in NAVIGATION.items())
    elif page == "docs/howto/README":
        source[0] += toctree(re.findall(r"^\| \[[^]]*\]\(([\w-]+)\.md\)", source[0], flags=re.MULTILINE))


def toctree(entries: tuple[str, ...] | list[str], caption: str = "") -> str:
    """A part of the navigation, as MyST writes it."""
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["\n```{toctree}", *options, "", *entries, "```", ""])


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("source-read", add_navigation)
