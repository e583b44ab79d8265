"""Finds the values of number fields and passwords in the text of a config file, so that an excerpt can mask them whole.

Such a value is shown because it is wrong. Often its spelling is wrong, so no pattern recognises it as a number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from digo.fields.agents import WANTED_FIELDS
from digo.fields.types import PHONE_TYPES
from digo.text.did_you_mean import closest
from digo.text.redact import MASK, mask_number

FIELDS = frozenset(
    {"phone", "field_0", "caller", "callee", "numbers", "number", "pairs", "forbidden_numbers"}
    | {one.name for one in WANTED_FIELDS if one.type in PHONE_TYPES}
)
# Similar names: the value of a misspelt key is still a number.
_LIKE_A_FIELD = re.compile(r"number|phone|mobil|caller|callee|msisdn|(?:^|_)(?:tel|cell|pairs?)(?:$|_)", re.IGNORECASE)
_LIKE_A_PASSWORD = re.compile(r"passw|secret|token", re.IGNORECASE)
_NAME_OF_A_SECRET = re.compile(r"[a-z][A-Za-z0-9]{0,63}Password")
# A word is tried from its start alone: a file may have one of a megabyte.
_COLUMN_OF_PHONE = re.compile(r"""("[^"]*"|'[^']*'|(?<![^\s{},:"'])[^\s{},:"']+)\s*:\s*["']?field_0\b""")
_VARIABLE = re.compile(r"""["']?\$\{\w*\}["']?""")
_MOST_LEVELS = 50
_PLACE_OF_KEYS = 1  # at this depth, agents, lists and masking numbers have the user's own keys


@dataclass(frozen=True)
class Span:
    """A part of a line, from `start` up to `end` (columns from 0), and the text shown instead."""

    start: int
    end: int
    shown: str


Spans = Mapping[int, list[Span]]


def phone_columns(text: str) -> set[str]:
    """The user's names for the phone column, wherever the text maps one to `field_0`."""
    return {found[1].strip("\"'") for found in _COLUMN_OF_PHONE.finditer(text)}


def number_spans(text: str, columns: Iterable[str] = ()) -> Spans:
    """The values of number fields by line, from 0. `columns` are further names of the phone column."""
    work = _Work(text.splitlines(), FIELDS | phone_columns(text) | set(columns))
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader) if _is_flat(text, loader) else None
        if node is None:
            work.tokens(text, loader)
        else:
            work.node(node, numbers=False, depth=0)
    except yaml.YAMLError as problem:
        work.tokens(text, loader)
        marks = (getattr(problem, name, None) for name in ("context_mark", "problem_mark"))
        work.by_lines(range(min((mark.line for mark in marks if mark), default=0), len(work.lines)))
    return work.spans


@dataclass
class _Work:
    lines: list[str]
    fields: frozenset[str] | set[str]
    spans: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    seen: set[tuple[int, bool]] = field(default_factory=set)

    def node(self, node: yaml.Node, *, numbers: bool, depth: int) -> None:
        """Visits a node and all nodes in it. If `numbers`, the node is the value of a number field."""
        if (id(node), numbers) in self.seen:
            return
        self.seen.add((id(node), numbers))
        if isinstance(node, yaml.ScalarNode):
            if numbers:
                self.value(node.value, node.start_mark, node.end_mark)
            return
        if isinstance(node, yaml.SequenceNode):
            for one in node.value:
                self.node(one, numbers=numbers, depth=depth + 1)
            return
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if isinstance(value, yaml.ScalarNode) and depth != _PLACE_OF_KEYS and _LIKE_A_PASSWORD.search(name):
                self.password(value.value, value.start_mark, value.end_mark)
                continue
            strict = name in self.fields and depth != _PLACE_OF_KEYS
            near = isinstance(value, (yaml.ScalarNode, yaml.SequenceNode)) and _is_like_a_field(name)
            self.node(value, numbers=numbers or strict or near, depth=depth + 1)

    def tokens(self, text: str, loader: Any) -> None:
        """Finds the values by tokens, for a text that does not parse as YAML."""
        is_key = numbers = password = False
        for token in _tokens(text, loader):
            if isinstance(token, yaml.KeyToken):
                is_key = True
            elif isinstance(token, yaml.ScalarToken):
                if is_key:
                    numbers = token.value in self.fields or _is_like_a_field(token.value)
                    password = bool(_LIKE_A_PASSWORD.search(token.value))
                elif password:
                    self.password(token.value, token.start_mark, token.end_mark)
                elif numbers:
                    self.value(token.value, token.start_mark, token.end_mark)
                is_key = False

    def by_lines(self, lines: Iterable[int]) -> None:
        """Masks everything after the name of a number field, for lines that have no tokens."""
        names = "|".join(map(re.escape, sorted(self.fields)))
        name = re.compile(rf"""(?:^|[\s{{,"'-])(?:{names}|\w*(?:{_LIKE_A_FIELD.pattern})\w*)["']?\s*[:=]?\s*""", re.I)
        for line in lines:
            if found := name.search(self.lines[line]):
                self.spans[line] = [one for one in self.spans[line] if one.end <= found.end()]
                rest = self.lines[line][found.end() :]
                self.add(line, found.end(), len(self.lines[line]), _masked(rest))

    def password(self, value: str, start: Any, end: Any) -> None:
        """Config has the name of a secret. What is not a name may be the secret itself."""
        if value and not _NAME_OF_A_SECRET.fullmatch(value) and not _VARIABLE.fullmatch(value):
            self.mask(MASK, start, end)

    def value(self, value: str, start: Any, end: Any) -> None:
        if any(char.isnumeric() for char in value) and not _VARIABLE.fullmatch(value):
            self.mask(mask_number(value), start, end)

    def mask(self, shown: str, start: Any, end: Any) -> None:
        if start.line == end.line:
            written = self.lines[start.line][start.column : end.column]
            quote = written[:1] if written[:1] in ("'", '"') else ""
            self.add(start.line, start.column, end.column, f"{quote}{shown}{quote}")
            return
        for line in range(start.line, min(end.line, len(self.lines) - 1) + 1):
            first = start.column if line == start.line else _indent(self.lines[line])
            last = end.column if line == end.line else len(self.lines[line])
            if first < last:
                self.add(line, first, last, MASK)

    def add(self, line: int, start: int, end: int, shown: str) -> None:
        if not any(one.start < end and start < one.end for one in self.spans[line]):
            self.spans[line].append(Span(start, end, shown))


def _is_flat(text: str, loader: Any) -> bool:
    """Whether the nesting is no deeper than config allows: libyaml's composer overflows the stack on thousands."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_LEVELS:
            return False
    return True


@cache
def _is_like_a_field(name: str) -> bool:
    return bool(_LIKE_A_FIELD.search(name) or closest(name.lower(), FIELDS, 0.75))


def _masked(text: str) -> str:
    return mask_number(text) if any(char.isnumeric() for char in text) else text


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _tokens(text: str, loader: Any) -> Iterator[Any]:
    try:
        yield from yaml.scan(text, Loader=loader)
    except yaml.YAMLError:
        return
