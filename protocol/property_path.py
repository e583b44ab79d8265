"""Property paths: `a.b`, `a[0].b`, `a["x.y"]`, `a[*]`. Config, resource options and differences share this grammar.

Source of the grammar: pulumi/pulumi, `sdk/go/common/resource/properties_path.go`.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys of mappings and indices of lists. `*` means all of them."""

ANY = "*"
INTEGER = re.compile(r"[-+]?[0-9]+")
_QUOTED = re.compile(r'((?:\\"|[^"])*)"')


def parse_path(text: str) -> Path:
    """The elements of a path; none where the text is empty.

    Raises:
        ValueError: it is not a path.
    """
    elements: list[str | int] = []
    if text.startswith("."):
        raise ValueError("expected property path to start with a name or index")
    while text:
        if text.startswith("."):
            text = text[1:]
            if not text:
                raise ValueError("expected property path to end with a name or index")
            if text.startswith("["):
                raise ValueError("expected property name after '.'")
        elif text.startswith('["'):
            name, text = _quoted(text[2:])
            elements.append(name)
        elif text.startswith("["):
            index, closing, text = text[1:].partition("]")
            if not closing:
                raise ValueError("missing closing bracket in array index")
            if index != ANY and not INTEGER.fullmatch(index):
                raise ValueError(f"invalid array index: {index!r}")
            elements.append(index if index == ANY else int(index))
        else:
            name = re.split(r"[.\[]", text, maxsplit=1)[0]
            elements.append(name)
            text = text[len(name) :]
    return tuple(elements)


def _quoted(text: str) -> tuple[str, str]:
    found = _QUOTED.match(text)
    if found is None:
        raise ValueError("missing closing quote in property name")
    if not text[found.end() :].startswith("]"):
        raise ValueError("missing closing bracket in property access")
    return found[1].replace('\\"', '"'), text[found.end() + 1 :]


def path_text(path: Path) -> str:
    """A path as text."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.search(r'[.\[\]"]', step):
            text += '["{}"]'.format(step.replace('"', '\\"'))
        else:
            text += f".{step}" if text else step
    return text
