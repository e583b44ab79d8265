"""For Markdown on GitHub and GitLab: foreign text is shown literally, mentions nobody and loads nothing.

Both services look for mentions and references (`@team`, `#12`, `!12`, `~label`, `%milestone`) in the rendered text, so
escaping does not prevent them; they ignore the content of a `code` element. Sources: "GitHub Flavored Markdown Spec";
GitLab's documentation, "GitLab Flavored Markdown" and "Quick actions".
"""

from __future__ import annotations

import re
from urllib.parse import quote

from digo.sanitize.terminal import for_terminal, one_line
from digo.text.counts import counted

# No character in it ends a code span, a table's cell, or the line.
_SPAN = re.compile(r"[^`|<@]+")
# No Markdown syntax, no word that a service turns into a link.
_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,;()→…=+\"'?-]|(?<=\w)[._/](?=\w)|[.:](?= |$))*")
# A web address, a commit, or an issue key: plain words that services turn into links.
_REFERENCE = re.compile(r"\bwww\.|\b(?=\d*[a-f])[0-9a-f]{7,40}\b|(?<!\beid )\b\d{7,40}\b|\b[A-Z]+-\d", re.IGNORECASE)
_ACTIVE = re.compile(r"[^\w\s.,;:()/=+'-]|_|:(?=//)|(?<=www)\.", re.IGNORECASE)
# Services look for links in the rendered text. The empty element ends the text before one of these signs.
_OF_A_LINK = re.compile(r"&#(?:58|64|46);")
_BREAK = "<span></span>"
_FENCE = "```"
# A longer fence would do for Markdown, but GitLab looks for its quick actions in everything but "```" blocks.
_FENCE_LINE = re.compile(r"^(?= {0,3}`{3,}[ \t]*$)", re.MULTILINE)
_INDENT = "    "  # a line that far in ends no block


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
    return f"{_FENCE}text\n{_FENCE_LINE.sub(_INDENT, for_terminal(text))}\n{_FENCE}"


def clipped(text: str, most: int) -> str:
    """The text if it has at most `most` characters; otherwise its beginning and its end, and what is left out."""
    if len(text) <= most:
        return text
    end = max(most // 4, 1)
    return f"{text[: most - end]} … {counted(len(text) - most, 'more character')} … {text[-end:]}"


def _element(text: str) -> str:
    """A `code` element with Markdown's special characters as character references."""
    shown = _ACTIVE.sub(lambda found: f"&#{ord(found.group())};" if found.group().isascii() else found.group(), text)
    return f"<code>{_OF_A_LINK.sub(lambda found: _BREAK + found.group() + _BREAK, shown)}</code>"
