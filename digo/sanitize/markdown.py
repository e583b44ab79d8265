"""For Markdown on GitHub and GitLab: foreign text is shown literally, mentions nobody and loads nothing.

Both services look for mentions and references (`@team`, `#12`, `!12`, `~label`, `%milestone`) in the rendered text, so
escaping does not prevent them; they ignore the content of a `code` element. Sources: "GitHub Flavored Markdown Spec";
GitLab's documentation, "GitLab Flavored Markdown" and "Quick actions".
"""

from __future__ import annotations

import re
from urllib.parse import quote

from digo.sanitize.terminal import for_terminal, one_line

# No character in it ends a code span, a table's cell, or the line.
_SPAN = re.compile(r"[^`|<@]+")
# No Markdown syntax, no word that a service turns into a link.
_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,;()→…=+\"'?-]|(?<=\w)[._/](?=\w)|[.:](?= |$))*")
# A web address, a commit, or an issue key: plain words that services turn into links.
_REFERENCE = re.compile(r"\bwww\.|\b(?=\d*[a-f])[0-9a-f]{7,40}\b|\b[A-Z]+-\d", re.IGNORECASE)
_ACTIVE = re.compile(r"[^\w\s.,;:()/=+'-]|_|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FENCE = "```"


def code(text: str) -> str:
    """The text as inline code on one line: for names, keys, positions and values."""
    clean = one_line(text)
    if _SPAN.fullmatch(clean) and clean.strip():
        # Markdown would strip blanks at both ends.
        return f"`{clean}`" if clean[0] != " " and clean[-1] != " " else _element(clean)
    return _element(clean) if clean else ""


def prose(text: str) -> str:
    """One of our sentences, which may contain foreign text.

    It stays as it is if it has no Markdown in it, and becomes inline code otherwise.
    """
    return text if _PLAIN.fullmatch(text) and not _REFERENCE.search(text) else code(text)


def in_comment(text: str) -> str:
    """A name for a hidden comment.

    Characters other than letters, digits, `_`, `.`, `-` and blanks are written as `%XX`, so that the name cannot end
    the comment.
    """
    return re.sub(r"[^\w.\- ]", lambda found: quote(found.group(), safe="", errors="surrogatepass"), text)


def fenced(text: str) -> str:
    """The text as a fenced code block, which it cannot end."""
    return f"{_FENCE}text\n{in_fence(text)}\n{_FENCE}"


def in_fence(text: str) -> str:
    """Lines for a fenced code block, without a fence in them."""
    return for_terminal(text).replace(_FENCE, "'''")


def _element(text: str) -> str:
    """A `code` element with Markdown's special characters as character references."""
    shown = _ACTIVE.sub(lambda found: f"&#{ord(found.group())};" if found.group().isascii() else found.group(), text)
    # Services turn a mail address into a link; the empty element splits it.
    return f"<code>{re.sub(r'(?<=[a-z0-9])&#64;', '&#64;<span></span>', shown, flags=re.IGNORECASE)}</code>"
