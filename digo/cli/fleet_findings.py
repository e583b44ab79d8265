"""What `digo validate` says of fleet.yaml."""

from __future__ import annotations

from collections.abc import Sequence

from digo.cli.context import Context
from digo.cli.findings import Finding
from digo.desired import ConfigError
from digo.source.file_names import FLEET_FILE
from digo.text.counts import counted


def fleet_findings(context: Context, others: Sequence[Finding]) -> list[Finding]:
    """The problems of fleet.yaml, with those of stacks' files that `others` do not have; none without such a file."""
    path = context.root / FLEET_FILE
    if not path.exists() and not path.is_symlink():
        return []
    from digo.fleet.file.reader import read_fleet

    try:
        project = context.project
    except ConfigError:
        return []  # its problems are among the others
    told = {problem for other in others for _, problem in other.all_problems}
    try:
        found = read_fleet(project)
    except ConfigError as error:
        problems = tuple(one for one in error.problems if one not in told)
        return [Finding(FLEET_FILE, problems)] if problems else []
    if broken := tuple(one for stack in found.stacks for one in stack.problems if one not in told):
        return [Finding(FLEET_FILE, broken, warnings=found.warnings)]
    members = sum(1 for one in found.stacks if one.groups)
    words = ", ".join(
        [
            counted(members, "stack"),
            counted(len(found.settings.groups), "group"),
            counted(len(found.settings.waves) or 1, "wave"),
        ]
    )
    return [Finding(FLEET_FILE, warnings=found.warnings, words=words)]
