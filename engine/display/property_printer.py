"""Prints property maps and their differences, indented, with a sign before each changed line.

Source of the layout: pulumi/pulumi, `pkg/backend/display/object_diff.go`. Secrets are shown as `[secret]`,
values that are known only after the run as `[unknown]`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rich.text import Text

from engine.display.differences import Difference, ValueChange, is_internal, value_change
from engine.display.operation_words import WORDS
from engine.model import Op
from protocol.values import UNKNOWN, PropertyMap, PropertyValue, Secret

_MAX_LINES = 3
_MAX_LINE_LENGTH = 150


@dataclass(frozen=True)
class PropertyPrinter:
    """Appends to `out`. `summary` leaves out unchanged properties; `prefix` puts the operation's sign before lines."""

    out: Text
    op: Op = Op.SAME
    indent: int = 1
    prefix: bool = False
    summary: bool = False
    truncate: bool = False
    show_secrets: bool = False

    def print_map(self, properties: Mapping[str, PropertyValue]) -> None:
        """Prints every property of the map except internal ones."""
        width = max((len(key) for key in properties), default=0)
        for key in sorted(properties):
            if not is_internal(key):
                self.print_titled(key.ljust(width), properties[key])

    def print_difference(self, difference: Difference, include: frozenset[str] | None = None) -> None:
        """Prints every part of the difference, or those with keys in `include`."""
        keys = [key for key in difference.sorted_keys() if include is None or key in include]
        width = max((len(str(key)) for key in keys), default=0)
        for key in keys:
            self.print_part(difference, key, width)

    def print_part(self, difference: Difference, key: Any, width: int) -> None:
        """Prints one part of a difference, with its title padded to `width`."""
        title = f"[{key}]" if difference.is_list else str(key).ljust(width)
        if key in difference.adds:
            self._as(Op.CREATE).print_titled(title, difference.adds[key])
        elif key in difference.deletes:
            self._as(Op.DELETE).print_titled(title, difference.deletes[key])
        elif key in difference.updates:
            self._as(Op.UPDATE).print_change(title, difference.updates[key])
        elif not self.summary and is_worth_printing(difference.sames.get(key)):
            replace(self, op=Op.SAME, prefix=False).print_titled(title, difference.sames[key])

    def print_outputs(
        self, outputs: PropertyMap, difference: Difference | None, *, sames: bool, left_out: Container[str] = ()
    ) -> None:
        """Prints outputs: all, or the parts of their difference if there is one. `sames`: unchanged parts too."""
        keys = sorted(outputs) if difference is None else difference.sorted_keys()
        width = max((len(key) for key in keys), default=0)
        for key in (one for one in keys if one not in left_out):
            if difference is None:
                if not is_internal(key) and is_worth_printing(outputs[key]):
                    self.print_titled(key.ljust(width), outputs[key])
            elif sames or difference.is_changed(key):
                self.print_part(difference, key, width)

    def _as(self, op: Op) -> PropertyPrinter:
        return replace(self, op=op, prefix=True)

    def _deeper(self) -> PropertyPrinter:
        return replace(self, indent=self.indent + 1)

    def _title(self, title: str) -> None:
        self._write(indentation(self.indent, self.op if self.prefix else None) + title + ": ")

    def print_titled(self, title: str, value: PropertyValue) -> None:
        """Prints a title and a value."""
        self._title(title)
        self.print_line(value)

    def _write(self, text: str) -> None:
        self.out.append(text, WORDS[self.op].style)

    def print_line(self, value: PropertyValue) -> None:
        """Prints a value and a line end."""
        self.print_value(value)
        self._write("\n")

    def print_value(self, value: PropertyValue) -> None:
        """Prints a value without a line end."""
        if isinstance(value, Secret) and self.show_secrets:
            self.print_value(value.value)
        elif isinstance(value, list) and value:
            self._write("[\n")
            for index, item in enumerate(value):
                self._write(indentation(self.indent, self.op if self.prefix else None) + f"    [{index}]: ")
                self._deeper().print_line(item)
            self._write(indentation(self.indent, None) + "]")
        elif isinstance(value, dict) and value:
            self._write("{\n")
            self._deeper().print_map(value)
            self._write(indentation(self.indent, None) + "}")
        else:
            self._plain_value(value)

    def _plain_value(self, value: PropertyValue) -> None:
        if isinstance(value, str):
            decoded = _decoded(value)
            if decoded is not None:
                self._write("(json) ")
                self.print_value(decoded)
                return
        self._write(self._spelled(value))

    def _spelled(self, value: PropertyValue) -> str:
        if isinstance(value, Secret):
            return "[secret]"
        if value is UNKNOWN:
            return "[unknown]"
        if value is None:
            return "<null>"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if isinstance(value, str):
            return json.dumps(_shortened(value) if self.truncate else value, ensure_ascii=False)
        return str(value)

    def print_change(self, title: str, change: ValueChange) -> None:
        """Prints a change: both values after one title, or each on its own line."""
        old, new = change.old, change.new
        if self.show_secrets and (isinstance(old, Secret) or isinstance(new, Secret)):
            opened = value_change(
                old.value if isinstance(old, Secret) else old, new.value if isinstance(new, Secret) else new
            )
            if opened is not None:
                self.print_change(title, opened)
                return
        simple = is_worth_printing(old) and is_worth_printing(new) and _is_simple(old) and _is_simple(new)
        if change.inner is not None or simple:
            self._title(title)
            if change.inner is None and isinstance(old, str) and isinstance(new, str):
                self._print_text_change(old, new)
            else:
                self._print_nested_change(change)
            return
        if is_worth_printing(old):
            self._as(Op.DELETE).print_titled(title, old)
        if is_worth_printing(new):
            self._as(Op.CREATE).print_titled(title, new)

    def _print_text_change(self, old: str, new: str) -> None:
        decoded_old, decoded_new = _decoded(old), _decoded(new)
        if decoded_old is not None and decoded_new is not None:
            inner = value_change(decoded_old, decoded_new)
            if inner is not None:
                self._write("(json) ")
                self._print_nested_change(inner)
                return
        if ("\n" in old or "\n" in new) and old.splitlines() != new.splitlines():
            self._print_line_changes(old.splitlines(), new.splitlines())
            return
        pieces = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        self._write('"')
        for tag, start, end, _, _ in pieces:
            self.out.append(_escaped(old[start:end]), "" if tag == "equal" else WORDS[Op.DELETE].style)
        self._write('" => "')
        for tag, _, _, start, end in pieces:
            self.out.append(_escaped(new[start:end]), "" if tag == "equal" else WORDS[Op.CREATE].style)
        self._write('"\n')

    def _print_nested_change(self, change: ValueChange) -> None:
        if change.inner is None:
            replace(self, op=Op.DELETE).print_value(change.old)
            self._write(" => ")
            replace(self, op=Op.CREATE).print_line(change.new)
            return
        opening, closing = ("[", "]") if change.inner.is_list else ("{", "}")
        self._write(opening + "\n")
        self._deeper().print_difference(change.inner)
        self._write(indentation(self.indent, None) + closing + "\n")

    def _print_line_changes(self, old: list[str], new: list[str]) -> None:
        self._write("\n")
        ops = {"-": Op.DELETE, "+": Op.CREATE, " ": Op.SAME}
        _old_name, _new_name, *lines = difflib.unified_diff(old, new, n=2, lineterm="")
        for line in lines:
            if line.startswith("@@") or not line[1:].strip():
                continue
            op = ops[line[0]]
            text = indentation(self.indent + 1, op if op is not Op.SAME else None) + line[1:] + "\n"
            self.out.append(text, WORDS[op].style)


def indentation(depth: int, op: Op | None) -> str:
    """Four blanks for each level. With `op`, its sign replaces the last two."""
    blanks = "    " * depth
    return blanks if op is None or not blanks else blanks[:-2] + WORDS[op].sign


def is_worth_printing(value: PropertyValue) -> bool:
    """Whether a value is printed: nulls and empty values are not."""
    return value is not None and value != "" and value != [] and value != {}


def _is_simple(value: PropertyValue) -> bool:
    return not isinstance(value, (list, dict))


def _decoded(text: str) -> Any:
    # A string that contains a JSON object or list is shown as that.
    if not text.strip().startswith(("{", "[")):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, (dict, list)) and value else None


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _shortened(text: str) -> str:
    lines = text.split("\n")
    kept = [line if len(line) <= _MAX_LINE_LENGTH else line[:_MAX_LINE_LENGTH] + "..." for line in lines[:_MAX_LINES]]
    return "\n".join(kept) + ("\n..." if len(lines) > _MAX_LINES else "")
