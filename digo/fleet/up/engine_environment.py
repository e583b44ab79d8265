"""The environment of one stack's engine: what the stack needs, and nothing of other stacks or of the fleet. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from digo.fleet.file.models import StackVariables
from digo.plan.pinned_plan import REST_OF, VARIABLE
from digo.settings.variables import VARIABLES
from digo.text.stack_names import variable_of_stack

_OF_FLEETS = "DIGO_FLEET_"
_STACK = "{STACK}"
_DEFAULTS = {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_PARALLEL": "64"}
"""As `make up` sets them: one list read for all creates, and a run adopts what a crash left."""


def engine_environment(
    variables: Mapping[str, str], wanted: StackVariables, stack: str, plan_hash: str, rest_of: str = ""
) -> dict[str, str]:
    """The variables of an engine's process.

    A worker has the tokens of all stacks, as `DIGO_AUTHORIZATION_CHENNAI_1`. Each engine gets its own one alone.

    Args:
        variables: the stack's own environment.
        wanted: where fleet.yaml says that the variables of stacks come from.
        stack: the stack's name.
        plan_hash: the hash of the only plan that may be carried out.
        rest_of: the hash of the whole plan that it is the rest of; "" if it is a whole one.
    """
    sources = [_names_of(pattern) for pattern in wanted.variables.values() if _STACK in pattern]
    own = {variable_of_stack(pattern, stack) for pattern in wanted.variables.values()}

    def is_of_another(name: str) -> bool:
        foreign = name not in own and name not in VARIABLES and name not in wanted.variables
        return foreign and any(source.fullmatch(name) for source in sources)

    kept = {
        name: value
        for name, value in variables.items()
        if name != REST_OF and not name.startswith(_OF_FLEETS) and not is_of_another(name)
    }
    return {**_DEFAULTS, **kept, VARIABLE: plan_hash, **({REST_OF: rest_of} if rest_of else {})}


def _names_of(pattern: str) -> re.Pattern[str]:
    """The names of variables that a pattern of fleet.yaml means, for any stack."""
    return re.compile("[A-Z0-9_]+".join(map(re.escape, pattern.split(_STACK))))
