"""For a pipeline's log: escapes lines that the service would run as a command, and writes annotations.

Sources: GitHub's actions toolkit, `packages/core/src/command.ts`, and its runner, `ActionCommand.cs`. A command is a
line that begins with `::`, or `##[…]` anywhere in a line. Azure Pipelines and TeamCity have `##vso[…]` and
`##teamcity[…]`. GitLab's `section_start` needs an escape sequence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from digo.sanitize.terminal import for_terminal, one_line

_COMMAND = re.compile(r"^(?P<space>[^\S\n]*)::|##(?=\w*\[)", re.MULTILINE)
_INSIDE = re.compile(r"##(?=\w*\[)")


def without_commands(text: str, *, at_start: bool = True) -> str:
    """The text with each command broken by a backslash. `at_start` says whether it begins a line."""
    if "::" not in text and "##" not in text:
        return text
    if at_start:
        return _COMMAND.sub(_spoilt, text)
    head, end, rest = text.partition("\n")
    return _INSIDE.sub(r"#\\#", head) + end + _COMMAND.sub(_spoilt, rest)


def _spoilt(found: re.Match[str]) -> str:
    return "#\\#" if found["space"] is None else f"{found['space']}\\::"


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
