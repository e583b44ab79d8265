"""A runner of GitHub, as far as it reads a step's log."""

from __future__ import annotations

import re

COMMANDS = ("stop-commands", "error", "warning", "notice", "add-mask", "set-output", "set-env", "group")


def executed(log: str) -> list[str]:
    """The commands of a log that the runner obeys, in order, without those that stop and resume.

    Source: `ActionCommand.cs` and `ActionCommandManager.cs` of actions/runner.
    """
    token, done = "", []
    for line in log.splitlines():
        found = re.match(r"\s*::([^\s:]+)[^:]*(?:\s.*?)?::(.*)", line) or re.search(r"##\[([^\s\]]+)[^\]]*\](.*)", line)
        name = found[1] if found else ""
        if token:
            token = "" if name == token else token
        elif name == "stop-commands" and found:
            token = found[2]
            assert re.fullmatch("[0-9a-f]{64}", token)
        elif name in COMMANDS:
            done.append(line)
    assert token == "", "the commands were not resumed"
    return done
