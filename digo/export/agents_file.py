"""Edits one file of agents: only what changes is replaced, in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from digo.export.edits import (
    BREAKS,
    Edit,
    apply_edits,
    inserted_lines,
    key_text,
    line_break,
    line_end,
    line_start,
    next_line,
    quoted,
)
from digo.export.entry_fields import EntryFields, MissingField, Unquoted, Value
from digo.export.layout import Layout
from digo.export.model import ExportError
from digo.export.tree import Mapping as MappingNode
from digo.export.tree import Node, Pair, Scalar, aliases, read_tree, resolved
from digo.fields.agents import WANTED_FIELDS

_INDENT = 2
_NOT_IN_FLOW = frozenset(",[]{}")

Fields = Mapping[str, Value]


@dataclass
class AgentsFile:
    """A file's text and the changes to it.

    Attributes:
        text: the file's current text, without a byte order mark.
        name: the file's name in messages.
        layered: whether the environment extends another; an omitted field then comes from there.
        pinned: entries and fields that got their value from another entry. They now have it themselves, because the
            other entry changes.
    """

    text: str
    name: str
    layered: bool = False
    pinned: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        root = read_tree(self.text)
        pair = root.own("agents") if isinstance(root, MappingNode) else None
        if not isinstance(root, MappingNode) or pair is None or not isinstance(pair.value, MappingNode):
            raise ExportError(f"{self.name}:1: there is no mapping `agents` to write into; nothing was written")
        self._edits: list[Edit] = []
        self._layout = Layout(self.text)
        self._root: MappingNode = root
        self._pair: Pair = pair
        self._agents: MappingNode = pair.value
        self._entries: dict[str, Node] = {}
        for mapping in (self._agents, *_all_merged(self._agents)):
            for one in mapping.pairs:
                if one.key is not None and not one.is_merge:
                    self._entries.setdefault(one.key, one.value)

    def has(self, key: str) -> bool:
        """Whether the file has that entry."""
        return key in self._entries

    def own(self, key: str, name: str) -> str | None:
        """The text of a field in the entry itself, with its variables; None if it has no text."""
        entry = self._entries[key]
        pair = entry.own(name) if isinstance(entry, MappingNode) else None
        value = resolved(pair.value) if pair else None
        return value.value if isinstance(value, Scalar) else None

    def place(self, key: str) -> str:
        """The position of an entry, as `file:line`."""
        return f"{self.name}:{self._layout.line(self._entries[key].start)}"

    def change(self, changes: Mapping[tuple[str, str], Value]) -> None:
        """Adds new values, by key and field.

        If another entry gets the same field from the same place and must not change, it gets its old value itself.

        Raises:
            ExportError: a field cannot keep its value.
        """
        before, after = EntryFields(self._entries), EntryFields(self._entries)
        # An entry only takes values from earlier ones, so one pass through the file is enough.
        for key in self._entries:
            for name in (one.name for one in WANTED_FIELDS):
                old, now = before.current(key, name), after.current(key, name)
                target = changes.get((key, name), old)
                if now == target or (target is None and now is MissingField.NOTHING and not self.layered):
                    continue
                if isinstance(target, MissingField):
                    raise ExportError(self._merge_problem(key, name))
                after.change(key, name, target)
                if (key, name) not in changes:
                    self.pinned.append((key, name))
        moved = self._move_anchors({pair.value for pair, _ in after.overwritten()})
        for mapping, fields in after.changed.items():
            self._write(mapping, fields, moved)
        for key, fields in after.wrapped.items():
            node = self._entries[key]
            alias = self.text[node.start : node.end]
            self._edits.append(Edit(node.start, node.end, f"{{<<: {alias}, {_in_one_line(fields)}}}"))

    def add(self, entries: Mapping[str, Fields]) -> None:
        """Adds new entries after the existing ones."""
        if not entries:
            return
        agents, empty = self._agents, self._empty_braces()
        column = self._entries_column()
        if agents.flow and empty is None:
            self._add_in_flow(entries, " " * column)
            return
        if empty is not None:
            self._edits.append(empty)
        outer, inner = " " * column, " " * (column + self._indent())
        lines: list[str] = []
        for key, fields in entries.items():
            lines.append(f"{outer}{key_text(key)}:")
            lines += [f"{inner}{name}: {_written(value)}" for name, value in fields.items()]
        last = agents.end if agents.flow else self._layout.end_of(agents)
        self._edits.append(inserted_lines(self.text, self._layout.after_comments(last, column), lines))

    def to_text(self) -> str:
        """The text with all changes.

        Raises:
            ExportError: two of the changes overlap.
        """
        try:
            return apply_edits(self.text, self._edits)
        except ValueError as problem:
            raise ExportError(f"{self.name}: the file cannot be changed at its place: {problem}") from None

    # Fields of existing entries

    def _move_anchors(self, replaced: set[Node]) -> set[Node]:
        """Moves the anchor of a replaced text, with the text, to the first of its aliases that stays.

        Returns:
            The texts whose anchors have moved.
        """
        moved: set[Node] = set()
        for alias in aliases(self._root):
            target = alias.target
            if isinstance(target, Scalar) and target in replaced and alias not in replaced:
                if target not in moved:
                    self._edits.append(Edit(alias.start, alias.end, self._anchored(target)))
                moved.add(target)
        return moved

    def _anchored(self, scalar: Scalar) -> str:
        """A text with its anchor, as it is written in another place."""
        content = self.text[self._layout.content(scalar) : scalar.end]
        simple = not scalar.is_block and scalar.tag is None and len(content.splitlines()) == 1
        if not simple or not (scalar.style or _NOT_IN_FLOW.isdisjoint(content)):
            content = quoted(scalar.value)
        return f"&{scalar.anchor} {content}"

    def _write(self, mapping: MappingNode, fields: Fields, moved: set[Node]) -> None:
        lacking = {}
        for name, value in fields.items():
            pair = mapping.own(name)
            if pair is None:
                lacking[name] = value
                continue
            removed = self._without(mapping, pair) if value is None and self._may_lack(mapping) else None
            self._edits.extend([removed] if removed else self._with_value(pair, value, moved))
        if lacking:
            self._insert(mapping, lacking)

    def _may_lack(self, mapping: MappingNode) -> bool:
        """Whether omitting a field means that it has no value."""
        return not self.layered and not any(pair.is_merge for pair in mapping.pairs)

    def _with_value(self, pair: Pair, value: Value, moved: set[Node]) -> Iterator[Edit]:
        node, text = pair.value, _written(value)
        if node.start == node.end:
            at = self._layout.after_colon(pair)
            yield Edit(at, at, f" {text}")
        elif isinstance(node, Scalar):
            for one in self._layout.properties(node):
                if one.text.startswith("!") or node in moved:
                    yield Edit(one.start, one.end, "")
            comment = self._layout.header_comment(node)
            end = f"{text} {comment}" if comment else text
            yield Edit(self._layout.content(node), self._layout.end_of(node), end)
        else:
            yield Edit(node.start, node.end, text)

    def _insert(self, mapping: MappingNode, fields: Fields) -> None:
        """Inserts fields after `<<`, whose values they replace, or after all others."""
        pairs = [pair for pair in mapping.pairs if pair.is_merge] or mapping.pairs
        if not mapping.flow:
            indent = " " * self._layout.column(mapping)
            at = next_line(self.text, self._layout.end_of(pairs[-1]))
            lines = [f"{indent}{name}: {_written(value)}" for name, value in fields.items()]
            self._edits.append(inserted_lines(self.text, at, lines))
        elif pairs and pairs[-1].value.end > pairs[-1].value.start:
            at = self._layout.end_of(pairs[-1])
            self._edits.append(Edit(at, at, f", {_in_one_line(fields)}"))
        else:
            after = ", " if pairs else "" if self.text[mapping.opened] in "} \t\r\n" else " "
            self._edits.append(Edit(mapping.opened, mapping.opened, _in_one_line(fields) + after))

    def _without(self, mapping: MappingNode, pair: Pair) -> Edit | None:
        """Removes a pair and keeps its comments; None if that cannot be done in place."""
        if pair.value.start == pair.value.end or len(mapping.pairs) == 1:
            return None
        if mapping.flow and pair is mapping.pairs[0]:
            return None
        if mapping.flow:
            before = self._layout.end_of(mapping.pairs[mapping.pairs.index(pair) - 1])
            between = self.text[before : pair.key_node.start]
            inside = self.text[pair.key_node.end : pair.value.start]
            bare = re.fullmatch(r"\s*,\s*", between) and re.fullmatch(r"\s*:\s*", inside)
            return Edit(before, pair.value.end, "") if bare else None
        start = line_start(self.text, pair.key_node.start)
        end = next_line(self.text, line_end(self.text, self._layout.end_of(pair)))
        indent = self.text[start : pair.key_node.start]
        if indent.strip(" "):
            return None
        lines = [indent + one for one in self._layout.comments_of(pair)]
        ending = line_break(self.text, start)
        if end == len(self.text) and self.text[end - 1] not in BREAKS:  # the last line keeps having no line break
            return Edit(line_end(self.text, start - len(ending)), end, "".join(ending + line for line in lines))
        return Edit(start, end, "".join(line + ending for line in lines))

    # New entries

    def _empty_braces(self) -> Edit | None:
        """Removes `{}` if entries can follow on the lines below."""
        agents = self._agents
        start = agents.opened - 1
        before = self._layout.before(start)
        if self._root.flow or agents.pairs or not before.strip() or self.text[start : agents.end].strip("{ }"):
            return None
        return Edit(start - (len(before) - len(before.rstrip())), agents.end, "")

    def _add_in_flow(self, entries: Mapping[str, Fields], indent: str) -> None:
        agents = self._agents
        end = line_break(self.text, agents.start)
        lines = [f"{end}{indent}{key_text(key)}: {{{_in_one_line(fields)}}}" for key, fields in entries.items()]
        if agents.pairs:
            at = self._layout.end_of(agents.pairs[-1])
            self._edits.append(Edit(at, at, "".join(f",{line}" for line in lines)))
        else:
            at = agents.opened + len(self.text[agents.opened : agents.end - 1].rstrip())
            self._edits.append(Edit(at, at, ",".join(lines)))

    def _entries_column(self) -> int:
        if self._agents.pairs and not self._agents.flow:
            return self._layout.column(self._agents)
        return len(self._layout.before(self._pair.key_node.start)) + self._indent()

    def _indent(self) -> int:
        """The file's indentation: that of its first entry in block style, else that of its keys."""
        if not self._agents.flow and self._agents.pairs:
            outer = self._layout.column(self._agents)
            for node in self._entries.values():
                if isinstance(node, MappingNode) and not node.flow:
                    return max(1, self._layout.column(node) - outer)
            return outer or _INDENT
        return _INDENT

    def _merge_problem(self, key: str, name: str) -> str:
        return (
            f"{self.place(key)}: agents.{key} merges another entry of this file, and would have its {name} from there "
            "instead of from the environment that this one extends. Nothing was written.\n"
            f"  Next: write {name} into agents.{key} itself, and export again"
        )


def _all_merged(mapping: MappingNode) -> Iterator[MappingNode]:
    for source in mapping.merged():
        yield source
        yield from _all_merged(source)


def _written(value: Value) -> str:
    if value is None:
        return "null"
    return value if isinstance(value, Unquoted) else quoted(value)


def _in_one_line(fields: Fields) -> str:
    return ", ".join(f"{name}: {_written(value)}" for name, value in fields.items())
