"""The layout of a YAML text: where values end, what precedes them, comments, columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digo.export.edits import BREAKS, line_end, line_start, next_line
from digo.export.tree import Mapping, Node, Pair, Scalar, Sequence

_NO_BREAK = f"[^{BREAKS}]"
_GAP = re.compile(rf"(?:\s+|#{_NO_BREAK}*)*")
_PROPERTY = re.compile(r"([&!][^\s,\]}]*)[ \t]*")
_COMMENT = re.compile(rf"(?:(?<=\s)|^)#{_NO_BREAK}*")
_HEADER_COMMENT = re.compile(rf"[|>][^\s#]*[ \t]+(#{_NO_BREAK}*)")
_COLON = re.compile(r"\s*:")


@dataclass(frozen=True)
class Property:
    """An anchor or a tag before a value; `end` is after the blanks that follow it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Layout:
    """A text that `read_tree` has read."""

    text: str

    def line(self, at: int) -> int:
        """The number of the line, from 1, that contains the offset."""
        return len(re.findall(rf"\r\n|[{BREAKS}]", self.text[:at])) + 1

    def properties(self, node: Scalar) -> list[Property]:
        """The anchor and the tag of a text."""
        found: list[Property] = []
        at = node.start
        while len(found) < bool(node.anchor) + bool(node.tag) and (match := _PROPERTY.match(self.text, at)):
            found.append(Property(match.start(), match.end(), match[1]))
            at = self._after_gap(match.end())
        return found

    def content(self, node: Scalar) -> int:
        """The offset of a text's content, after its anchor and tag."""
        properties = self.properties(node)
        return min(self._after_gap(properties[-1].end), node.end) if properties else node.start

    def end_of(self, node: Node | Pair) -> int:
        """The offset after the last character of a value, before its line's comment."""
        if isinstance(node, Pair):
            return self.end_of(node.value) if node.value.end > node.value.start else self.after_colon(node)
        if isinstance(node, Scalar) and node.is_block:
            return node.start + len(self.text[node.start : node.end].rstrip())
        if isinstance(node, Mapping) and not node.flow and node.pairs:
            return self.end_of(node.pairs[-1])
        if isinstance(node, Sequence) and not node.flow and node.items:
            return self.end_of(node.items[-1])
        return node.end

    def after_colon(self, pair: Pair) -> int:
        """The offset after a key's colon; after the key if it has none."""
        found = _COLON.match(self.text, pair.key_node.end)
        return found.end() if found else pair.key_node.end

    def header_comment(self, node: Scalar) -> str:
        """The comment after the `|` or `>` of a text; "" without one."""
        found = _HEADER_COMMENT.match(self.text, self.content(node)) if node.is_block else None
        return found[1] if found else ""

    def comments_of(self, pair: Pair) -> Iterator[str]:
        """The comments between a key and its value, and after the value."""
        node = pair.value
        yield from _COMMENT.findall(self.text[pair.key_node.end : node.start])
        if isinstance(node, Scalar):
            yield from _COMMENT.findall(self.text[node.start : self.content(node)])
            if header := self.header_comment(node):
                yield header
        end = self.end_of(pair)
        yield from _COMMENT.findall(self.text[end : line_end(self.text, end)])

    def column(self, mapping: Mapping) -> int:
        """The column, from 0, of the keys of a block mapping."""
        before = self.before(mapping.pairs[0].key_node.start)
        found = re.search(r"\?\s+$", before)
        return len(before) - len(found.group()) if found else len(before)

    def before(self, at: int) -> str:
        """The text before the offset in its line."""
        return self.text[line_start(self.text, at) : at]

    def after_comments(self, last: int, column: int) -> int:
        """The offset of the line after `last`, and after following comments that are indented to the column or more."""
        found = at = next_line(self.text, last)
        while at < len(self.text):
            line = self.text[at : line_end(self.text, at)]
            if line.strip() and not line.lstrip(" ").startswith("#"):
                break
            if line.strip() and len(line) - len(line.lstrip(" ")) >= column:
                found = next_line(self.text, at)
            at = next_line(self.text, at)
        return found

    def _after_gap(self, at: int) -> int:
        found = _GAP.match(self.text, at)
        return found.end() if found else at
