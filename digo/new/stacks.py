"""The stacks that a pipeline runs for. They are the user's: an upgrade keeps them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import yaml

TEMPLATE_STACK = "prod"
"""The stack in the templates of docs/ci."""

_LIST = re.compile(r"^(\s*(?:- )?(?:stack|DIGO_STACK): )\[([^\]\n]*)\]$", flags=re.MULTILINE)
_JSON = re.compile(r"(\|\| ')(\[[^'\n]*\])('\))")


def as_yaml(name: str) -> str:
    """A name as a text of YAML: quoted if YAML would read a number or a truth value, such as `no`."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name) and yaml.safe_load(name) == name
    return name if plain else json.dumps(name)


def stacks_of(text: str) -> list[str]:
    """The stacks of a pipeline; empty if it has no list of them."""
    found = _LIST.search(text)
    if found:
        return [name.strip(" \"'") for name in found[2].split(",") if name.strip(" \"'")]
    if (found := _JSON.search(text)) is None:
        return []
    try:
        names = json.loads(found[2])
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str)]


def with_stacks(text: str, stacks: Sequence[str]) -> str:
    """The pipeline for other stacks."""
    names = ", ".join(map(as_yaml, stacks))
    listed = json.dumps(list(stacks))
    text = _LIST.sub(lambda match: f"{match[1]}[{names}]", text)
    return _JSON.sub(lambda match: f"{match[1]}{listed}{match[3]}", text)


def without_stacks(text: str) -> str:
    """The pipeline for the template's stack."""
    return with_stacks(text, [TEMPLATE_STACK])
