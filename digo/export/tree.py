"""YAML as it is written: every value with its start and end offset, and aliases as aliases.

`digo.source.positions` says what a file means. This module says where each part is, so that one part can be replaced
and all others stay byte for byte. Offsets count characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

_BLOCK_STYLES = ("|", ">")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE_TAG = "tag:yaml.org,2002:merge"
_NULL_TAG = "tag:yaml.org,2002:null"


@dataclass(eq=False)
class Scalar:
    """A text. `start` is where its anchor or tag begins, if it has one; `style` is "" for a plain one."""

    start: int
    end: int
    value: str
    style: str
    anchor: str | None = None
    tag: str | None = None

    @property
    def is_null(self) -> bool:
        """Whether it is null."""
        return self.tag == _NULL_TAG if self.tag else not self.style and self.value in _NULL

    @property
    def is_merge(self) -> bool:
        """Whether it is the key `<<`."""
        return self.tag == _MERGE_TAG if self.tag else not self.style and self.value == "<<"

    @property
    def is_block(self) -> bool:
        """Whether it is written after `|` or `>`."""
        return self.style in _BLOCK_STYLES


@dataclass(eq=False)
class Alias:
    """`*name` and its target."""

    start: int
    end: int
    name: str
    target: Scalar | Sequence | Mapping


@dataclass(eq=False)
class Sequence:
    """A list."""

    start: int
    end: int
    flow: bool
    anchor: str | None
    items: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Mapping:
    """A mapping. `opened` is the offset after `{` of a flow mapping."""

    start: int
    end: int
    flow: bool
    opened: int
    anchor: str | None
    pairs: list[Pair] = field(default_factory=list)

    def own(self, key: str) -> Pair | None:
        """The pair with that key in the mapping itself."""
        return next((pair for pair in self.pairs if pair.key == key and not pair.is_merge), None)

    def merged(self) -> Iterator[Mapping]:
        """The mappings that `<<` merges; earlier ones win."""
        for pair in self.pairs:
            if pair.is_merge:
                value = resolved(pair.value)
                for source in value.items if isinstance(value, Sequence) else [value]:
                    if isinstance(found := resolved(source), Mapping):
                        yield found


Node: TypeAlias = Scalar | Alias | Sequence | Mapping


@dataclass(eq=False)
class Pair:
    """A key and its value."""

    key_node: Node
    value: Node

    @property
    def key(self) -> str | None:
        """The key's text; None if it is not a text."""
        node = resolved(self.key_node)
        return node.value if isinstance(node, Scalar) else None

    @property
    def is_merge(self) -> bool:
        """Whether it is `<<: …`."""
        return isinstance(self.key_node, Scalar) and self.key_node.is_merge


def resolved(node: Node) -> Scalar | Sequence | Mapping:
    """The node itself, or the target of an alias."""
    return node.target if isinstance(node, Alias) else node


def read_tree(text: str) -> Node | None:
    """The document's root; None for a text without content. The text has no byte order mark.

    Raises:
        yaml.YAMLError: it is not YAML, or more than one document.
    """
    return _Building(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))).document()


def aliases(node: Node) -> Iterator[Alias]:
    """All aliases in the order of the text."""
    if isinstance(node, Alias):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from aliases(item)
    elif isinstance(node, Mapping):
        for pair in node.pairs:
            yield from aliases(pair.key_node)
            yield from aliases(pair.value)


class _Building:
    def __init__(self, events: Iterable[Any]) -> None:
        self._events: Iterator[Any] = iter(events)
        self._anchors: dict[str, Scalar | Sequence | Mapping] = {}

    def document(self) -> Node | None:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        return self._node(next(self._events))

    def _node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            name = str(event.anchor)
            return Alias(start, end, name, self._anchors[name])
        node: Scalar | Sequence | Mapping
        if isinstance(event, yaml.ScalarEvent):
            tag = None if event.implicit[0] or event.tag == "!" else event.tag
            node = Scalar(start, end, event.value, event.style or "", event.anchor, tag)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Sequence(start, end, bool(event.flow_style), event.anchor)
        else:
            node = Mapping(start, end, bool(event.flow_style), end, event.anchor)
        if event.anchor:
            self._anchors[event.anchor] = node
        if isinstance(node, Sequence):
            for item in self._inside(node, yaml.SequenceEndEvent):
                node.items.append(item)
        elif isinstance(node, Mapping):
            for key in self._inside(node, yaml.MappingEndEvent):
                node.pairs.append(Pair(key, self._node(next(self._events))))
        return node

    def _inside(self, node: Sequence | Mapping, ends: type) -> Iterator[Node]:
        """The nodes of a list or mapping. It sets the node's end on the way."""
        for event in self._events:
            node.end = event.end_mark.index
            if isinstance(event, ends):
                return
            yield self._node(event)
