"""Reads YAML as plain data, with the position of each value and key.

PyYAML's own constructors would turn `+12025550101` into an int without its plus, and the intercom `0123` into 83. So
numbers stay text; the models decide what a field means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from digo.sanitize.terminal import unseen_characters
from digo.system.limits import CONFIG_VALUES
from digo.system.regular_file import read_file
from digo.text.unicode import visible
from digo.text.yaml_problems import YamlText, decoded, yaml_text

Loc: TypeAlias = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_AS_WRITTEN = frozenset({f"{_TAG}str", f"{_TAG}int", f"{_TAG}float", f"{_TAG}timestamp", f"{_TAG}value"})
_TRUE = frozenset({"yes", "true", "on"})
_MAX_DEPTH = 50  # config is five levels deep; libyaml's composer overflows the stack on thousands
_MAX_REPEATED = 200_000  # values that aliases expand to: aliases of aliases can expand to billions


def shown_path(path: Path, root: Path) -> str:
    """A file's name in positions: relative to the project's folder if it is inside."""
    return visible((path.relative_to(root) if path.is_relative_to(root) else path).as_posix())


def dotted(loc: Loc) -> str:
    """A path as people write it: `agents.sales.intercom`."""
    return ".".join(str(part) for part in loc)


@dataclass(frozen=True, order=True)
class Position:
    """A place in a config file; `line` and `column` count from 1. Prints as `file:line:column`."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Document:
    """One file's content. `data` consists of dicts with text keys, lists, text, bools and None."""

    file: str
    data: Any
    values: dict[Loc, Position]
    keys: dict[Loc, Position]

    def at(self, loc: Loc) -> Position:
        """The position of the value at `loc`, or of the nearest enclosing value in the file."""
        for length in range(len(loc), -1, -1):
            if (found := self.values.get(loc[:length])) is not None:
                return found
        return Position(self.file, 1, 1)

    def key_at(self, loc: Loc) -> Position:
        """The position of the key of the value at `loc`."""
        return self.keys.get(loc) or self.at(loc)


@dataclass(frozen=True)
class YamlProblem(Exception):
    """The file cannot be read as YAML, or has a key twice."""

    position: Position
    message: str


@dataclass
class _Reading:
    file: str
    problems: list[YamlProblem] = field(default_factory=list)
    values: dict[Loc, Position] = field(default_factory=dict)
    keys: dict[Loc, Position] = field(default_factory=dict)
    open_nodes: set[int] = field(default_factory=set)
    built: set[int] = field(default_factory=set)
    repeated: int = 0

    def position(self, mark: Any) -> Position:
        return Position(self.file, mark.line + 1, mark.column + 1)

    def build(self, node: yaml.Node, loc: Loc) -> Any:
        self.values[loc] = self.position(node.start_mark)
        self.count_repeated(node)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if id(node) in self.open_nodes:
            self.problems.append(YamlProblem(self.values[loc], "an alias is inside the thing that it names"))
            return None
        self.open_nodes.add(id(node))
        try:
            return self.sequence(node, loc) if isinstance(node, yaml.SequenceNode) else self.mapping(node, loc)
        finally:
            self.open_nodes.discard(id(node))

    def count_repeated(self, node: yaml.Node) -> None:
        self.repeated += id(node) in self.built
        self.built.add(id(node))
        if self.repeated > _MAX_REPEATED:
            raise YamlProblem(self.position(node.start_mark), f"aliases stand for more than {_MAX_REPEATED} values")

    def scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag in _AS_WRITTEN:
            return node.value
        if node.tag == f"{_TAG}null":
            return None
        if node.tag == f"{_TAG}bool":
            return node.value.lower() in _TRUE
        self.problems.append(YamlProblem(self.position(node.start_mark), self.strange_tag(node)))
        return None

    @staticmethod
    def strange_tag(node: yaml.ScalarNode) -> str:
        meant = "" if node.tag.startswith(_TAG) else f"; if `{node.tag}` is a text, write it in quotes"
        return f"the tag {node.tag} has no meaning here{meant}"

    def sequence(self, node: yaml.SequenceNode, loc: Loc) -> list[Any]:
        return [self.build(item, (*loc, index)) for index, item in enumerate(node.value)]

    def mapping(self, node: yaml.Node, loc: Loc) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            position = self.position(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(YamlProblem(position, "a key must be a plain text"))
                continue
            key = key_node.value
            if key_node.tag == _MERGE:
                merged.append(value_node)
                continue
            here: Loc = (*loc, key)
            if unseen := unseen_characters(key):
                message = f"a key has characters that nobody can see ({unseen}); write it without them"
                # It is read all the same: a review must show what a stranger's config has.
                self.problems.append(YamlProblem(position, message))
            if key in result:
                first = self.keys[here]
                self.problems.append(
                    YamlProblem(position, f"`{key}` occurs twice; first at line {first.line}, column {first.column}")
                )
                continue
            self.keys[here] = position
            result[key] = self.build(value_node, here)
        for value_node in merged:
            self.merge(value_node, loc, result)
        return result

    def merge(self, node: yaml.Node, loc: Loc, into: dict[str, Any]) -> None:
        """Merges `<<: *defaults`: the mapping's own values win over merged ones."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self.problems.append(
                    YamlProblem(self.position(source.start_mark), "`<<` takes a mapping or a list of mappings")
                )
                continue
            if id(source) in self.open_nodes:
                self.problems.append(
                    YamlProblem(self.position(node.start_mark), "an alias is inside the thing that it names")
                )
                continue
            self.merge_from(source, loc, into)

    def merge_from(self, source: yaml.MappingNode, loc: Loc, into: dict[str, Any]) -> None:
        self.open_nodes.add(id(source))
        try:
            for key_node, value_node in source.value:
                if isinstance(key_node, yaml.ScalarNode) and key_node.value not in into and key_node.tag != _MERGE:
                    here: Loc = (*loc, key_node.value)
                    self.keys[here] = self.position(key_node.start_mark)
                    into[key_node.value] = self.build(value_node, here)
            for key_node, value_node in source.value:
                if key_node.tag == _MERGE:
                    self.merge(value_node, loc, into)
        finally:
            self.open_nodes.discard(id(source))


def read_yaml(path: Path, shown: str, text: str | None = None) -> tuple[Document, list[YamlProblem]]:
    """Reads one file. An empty file has the data None.

    Args:
        path: the file.
        shown: the file's name in positions.
        text: the content to read instead, if the file is not written yet.

    Raises:
        YamlProblem: it is not UTF-8, not YAML, or more than one document.
        OSError: it cannot be read.
    """
    reading = _Reading(shown)
    try:
        text = decoded(read_file(path)) if text is None else text
        check_shape(text)
        node = yaml.compose(text, Loader=fast_loader())
    except YamlText as problem:
        raise YamlProblem(Position(shown, problem.line, problem.column), problem.message) from None
    except ShapeProblem as problem:
        raise YamlProblem(reading.position(problem.problem_mark), str(problem.problem)) from None
    except yaml.YAMLError as problem:
        found = yaml_text(text or "", problem)
        raise YamlProblem(Position(shown, found.line, found.column), found.message) from None
    data = None if node is None else reading.build(node, ())
    return Document(shown, data, reading.values, reading.keys), reading.problems


def check_shape(text: str) -> None:
    """Refuses a text that would overflow the stack or the memory, before it is read as a whole.

    Raises:
        yaml.MarkedYAMLError: it is not YAML, is nested too deeply, or has too many values.
    """
    depth, most = 0, CONFIG_VALUES.value()
    for count, event in enumerate(yaml.parse(text, Loader=fast_loader())):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        mark: Any = event.start_mark
        if depth > _MAX_DEPTH:
            raise ShapeProblem(problem=f"nested more than {_MAX_DEPTH} levels deep", problem_mark=mark)
        if count > most:
            message = f"the file has more than {most:,} keys and values; {CONFIG_VALUES.way_out}"
            raise ShapeProblem(problem=message, problem_mark=mark)


class ShapeProblem(yaml.MarkedYAMLError):
    """The text is YAML, and too much of it."""


def fast_loader() -> Any:
    """The libyaml loader if PyYAML was built with it (ten times as fast), else the pure Python one."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
