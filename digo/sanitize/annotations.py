"""For a pipeline's log: escapes lines that the service would run as a command, and writes annotations.

Sources: GitHub's actions toolkit, `packages/core/src/command.ts`, and its runner, `ActionCommand.cs`. A command is a
line that begins with `::`, or `##[…]` anywhere in a line. The runner's comparison (.NET, by culture) passes over
characters that are not seen. Azure Pipelines and TeamCity have `##vso[…]` and `##teamcity[…]`. GitLab's `section_start`
needs an escape sequence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from digo.sanitize.terminal import for_terminal, one_line

_STYLE = r"\x1b\[[\d;]*m"
_PASSED_OVER = rf"(?:{_STYLE}|[^\w\n\t -~])*"  # a console's styles, and all that is neither a letter nor ASCII
_LEAD = rf"(?:{_STYLE}|[^\w\n!-~])*"  # the same, with blanks
OPENED = r"[^\n\t -/:-@\[-^`{-~]*\["
"""The rest of `##[…]` after its signs: a word, or nothing, and a bracket."""
PASSED_OVER = r"[^\w\n\t -~]*"
"""What may stand between two signs of a command."""

_COMMAND = re.compile(
    rf"^(?P<lead>{_LEAD}):(?P<between>{_PASSED_OVER}):|#(?P<inside>{_PASSED_OVER})#(?={OPENED})", re.MULTILINE
)
_ACROSS = re.compile(rf"^{_LEAD}:{_PASSED_OVER}:|#{_PASSED_OVER}#{OPENED}")
_NEAR = re.compile(rf"[:#]{PASSED_OVER}[:#]|\x1b")
_ALL_LEAD = re.compile(_LEAD)
_KEPT = 1_000  # characters of a line


def without_commands(text: str, *, at_start: bool = True) -> str:
    """The text with each command broken by a backslash. `at_start` says whether it begins a line."""
    if not _may_have_commands(text):
        return text
    if at_start:
        return _COMMAND.sub(_spoilt, text)
    # No line begins at a text's first character if another one stands before it.
    return _COMMAND.sub(_spoilt, f"x{text}")[1:]


def _may_have_commands(text: str) -> bool:
    """A quick search, because most of what is printed has none."""
    if text.isascii():
        return "::" in text or "##" in text or "\x1b" in text
    return _NEAR.search(text) is not None


def _spoilt(found: re.Match[str]) -> str:
    if found["lead"] is None:
        return f"#{found['inside']}\\#"
    return f"{found['lead']}\\:{found['between']}:"


class CommandFilter:
    """Breaks the commands of a text that comes in parts, also those that only two parts together make."""

    def __init__(self) -> None:
        self._line = ""  # what stands in the current line, or its end

    def __call__(self, part: str) -> str:
        """The next part, with its commands broken."""
        first = part.partition("\n")[0]
        marks = _ACROSS.finditer(self._line + first) if self._line else ()
        across = any(found.start() < len(self._line) < found.end() for found in marks)
        at_start = not across and _ALL_LEAD.fullmatch(self._line) is not None
        clean = ("\\" if across else "") + without_commands(part, at_start=at_start)
        _, end, rest = clean.rpartition("\n")
        line = rest if end else self._line + rest
        self._line = line if len(line) <= _KEPT else f"x{line[-_KEPT:]}"
        return clean


def for_log(text: str) -> str:
    """A message for an engine that prints it unchanged: `for_terminal`, without commands."""
    return without_commands(for_terminal(text))


def annotation(severity: str, message: str, properties: Mapping[str, str]) -> str:
    """One annotation of a pull request on GitHub, as a line. The message may have several lines."""
    place = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{severity} {place}::{_escaped(for_terminal(message))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(one_line(text)).replace(":", "%3A").replace(",", "%2C")
