"""The stacks that a pipeline runs for. They are the user's: an upgrade keeps them.

A pipeline of a fleet names no stack. It has a line with the token of each, by the stack's name in capitals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import yaml

from digo.text.stack_names import variable_of_stack

TEMPLATE_STACK = "prod"
"""The stack in the templates of docs/ci."""

_LIST = re.compile(r"^([^\S\n]*(?:- )?(?:stack|DIGO_STACK): )\[([^\]\n]*)\]$", flags=re.MULTILINE)
_TOKENS = re.compile(
    r"(?:^ +DIGO_AUTHORIZATION_(\w+): \$\{\{ secrets\.DIGO_AUTHORIZATION_\1 \}\}\n)+", flags=re.MULTILINE
)
_TOKEN = re.compile(r"^( +)DIGO_AUTHORIZATION_(\w+):", flags=re.MULTILINE)
_JSON = re.compile(r"(\|\| ')(\[[^'\n]*\])('\))")
_SIGNS = ("secrets.DIGO_AUTHORIZATION_", "stack: [", "DIGO_STACK: [", "|| '")
"""Each text that names stacks has one of these. Most files of a project have none, and are long."""


def as_yaml(name: str) -> str:
    """A name as a text of YAML: quoted if YAML would read a number or a truth value, such as `no`."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name) and yaml.safe_load(name) == name
    return name if plain else json.dumps(name)


def stacks_of(text: str) -> list[str]:
    """The stacks of a pipeline, those of a fleet as variables have them; empty if it has no list of them."""
    if tokens := _TOKENS.search(text):
        return [name for _, name in _TOKEN.findall(tokens[0])]
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


def kept_stacks(found: str, after: str) -> list[str]:
    """The stacks of a project's pipeline that its new text takes over: none if only one of the two is a fleet's."""
    return stacks_of(found) if bool(_TOKENS.search(found)) == bool(_TOKENS.search(after)) else []


def with_stacks(text: str, stacks: Sequence[str]) -> str:
    """The pipeline for other stacks."""
    if not any(sign in text for sign in _SIGNS):
        return text
    names = ", ".join(map(as_yaml, stacks))
    listed = json.dumps(list(stacks))
    text = _TOKENS.sub(lambda match: _tokens(match[0], stacks), text)
    text = _LIST.sub(lambda match: f"{match[1]}[{names}]", text)
    return _JSON.sub(lambda match: f"{match[1]}{listed}{match[3]}", text)


def _tokens(lines: str, stacks: Sequence[str]) -> str:
    """A line for each stack, in place of these lines."""
    indent = lines[: len(lines) - len(lines.lstrip())]
    names = dict.fromkeys(variable_of_stack("DIGO_AUTHORIZATION_{STACK}", one) for one in stacks)
    return "".join(f"{indent}{name}: ${{{{ secrets.{name} }}}}\n" for name in names)


def without_stacks(text: str) -> str:
    """The pipeline for the template's stack."""
    return with_stacks(text, [TEMPLATE_STACK])
