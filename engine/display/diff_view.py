"""The rich diff: each resource with its properties (`--diff`, and `details` at the confirmation).

Source of the layout: pulumi/pulumi, `pkg/backend/display/diff.go` and `object_diff.go`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from digo.sanitize.terminal import one_line
from engine.display.ansi import coloured
from engine.display.differences import map_difference, step_difference, value_change
from engine.display.display import Display
from engine.display.operation_words import RETAINING_OPS, WORDS
from engine.display.options import DisplayOptions
from engine.display.property_printer import PropertyPrinter, indentation
from engine.display.rows import is_shown, message
from engine.display.summary import output_lines, prelude_lines, summary
from engine.events import (
    Diagnostic,
    Event,
    Prelude,
    Severity,
    StackOutputs,
    StandardOutput,
    Step,
    StepBegun,
    StepDone,
    Summary,
)
from engine.model import Op, ResourceState
from protocol.urn import is_stack

_OWN_COLOUR_OPS = frozenset({Op.CREATE, Op.DELETE, Op.DELETE_REPLACED})


class DiffView:
    """Turns events into text. `summary_only` leaves out unchanged properties, and those of deleted resources."""

    def __init__(self, options: DisplayOptions, *, summary_only: bool) -> None:
        self._options = options
        self._summary_only = summary_only
        self._begun: dict[str, Step] = {}
        self._stack_step: Step | None = None
        self._errored: set[str] = set()

    def text_of(self, event: Event) -> Text:
        """The text to print for the event, with its line end. Most events have none."""
        if isinstance(event, Prelude):
            return prelude_lines(event) if self._options.show_config else Text()
        if isinstance(event, StepBegun):
            return self._begin(event)
        if isinstance(event, StepDone):
            return self._end(event)
        if isinstance(event, Diagnostic):
            return self._say(event)
        if isinstance(event, StandardOutput):
            return coloured(event.message).append("\n")
        if isinstance(event, StackOutputs):
            return self._outputs(event)
        if isinstance(event, Summary):
            return summary(event, len(self._errored))
        return Text()

    def _begin(self, event: StepBegun) -> Text:
        step = event.step
        self._begun[step.urn] = step
        if is_stack(step.urn):
            self._stack_step = step
        # The changes of a refresh and of an import are known when the step ends.
        if step.op in (Op.REFRESH, Op.IMPORT) or not self._is_shown(step):
            return Text()
        return self._resource(step)

    def _end(self, event: StepDone) -> Text:
        step = event.step
        if not self._is_shown(step) or is_stack(step.urn):
            return Text()
        begun = self._begun.get(step.urn)
        is_refresh = begun is not None and begun.op is Op.REFRESH
        if step.op is Op.IMPORT or (is_refresh and step.op is Op.UPDATE):
            return self._resource(step)
        text = self._headline(step) if is_refresh and step.op is not Op.REFRESH else Text()
        if self._options.suppress_outputs or (event.planning and not is_refresh):
            return text
        return text.append_text(self._resource_outputs(step))

    def _say(self, diagnostic: Diagnostic) -> Text:
        if diagnostic.severity is Severity.ERROR:
            self._errored.add(diagnostic.urn)
        text = message(diagnostic)
        return Text() if diagnostic.ephemeral or not text.plain else text.append("\n")

    def _outputs(self, event: StackOutputs) -> Text:
        step = self._stack_step
        if self._options.suppress_outputs or step is None:
            return Text()
        old = event.old if step.old is not None else None
        lines = output_lines(old, event.new, self._options, step.op)
        if not lines:
            return Text()
        style = WORDS[step.op].style
        return Text(f"{indentation(1, None)}--outputs:--\n", style).append_text(lines)

    def _resource(self, step: Step) -> Text:
        text = self._headline(step)
        if step.op is Op.SAME:
            return text
        indent = self._depth(step) + 1
        printer = PropertyPrinter(
            text,
            step.op,
            indent,
            summary=self._summary_only,
            truncate=self._options.truncate,
            show_secrets=self._options.show_secrets,
        )
        if step.old is None and step.new is not None:
            printer.print_map(step.new.outputs or step.new.inputs)
        elif step.old is not None and step.new is None:
            if not self._summary_only:
                printer.print_map(step.old.inputs)
        elif step.old is not None and step.new is not None:
            self._print_change(printer, step, step.old, step.new)
        return text

    def _print_change(self, printer: PropertyPrinter, step: Step, old: ResourceState, new: ResourceState) -> None:
        include, unchanged = None, new.inputs
        if step.detailed_diff is not None:
            difference, unchanged = step_difference(step), old.inputs
        elif new.outputs and step.op not in (Op.IMPORT, Op.IMPORT_REPLACEMENT):
            difference, unchanged = map_difference(old.outputs, new.outputs), new.outputs
        else:
            difference = map_difference(old.inputs, new.inputs)
            include = frozenset(step.diffs) if step.diffs else None
        if difference is None:
            replace(printer, op=Op.SAME, prefix=True).print_map(unchanged)
        else:
            printer.print_difference(difference, include)

    def _headline(self, step: Step) -> Text:
        depth = self._depth(step)
        words = WORDS[step.op]
        op = step.op.value
        if step.retain and step.op in RETAINING_OPS:
            op += "[retain]"
        title = one_line(step.urn if self._options.show_urns else step.type)
        text = Text(f"{indentation(depth, None)}{words.sign}{title}: ({op}){_lock_sign(step)}\n", words.style)
        detail = words.style if step.op in _OWN_COLOUR_OPS else ""
        inner = indentation(depth + 1, None)
        if step.old is not None and step.old.id:
            text.append(f"{inner}[id={one_line(step.old.id)}]\n", detail)
        if not self._options.show_urns:
            text.append(f"{inner}[urn={one_line(step.urn)}]\n", detail)
        return text

    def _resource_outputs(self, step: Step) -> Text:
        if step.old is not None and step.old.init_errors:
            return Text()
        depth = self._depth(step) + 1
        inputs = step.new.inputs if step.new is not None and step.new.outputs else {}
        outputs = step.new.outputs if step.new is not None else {}
        old = step.old.outputs if step.old is not None else None
        difference = map_difference(old, outputs) if old is not None else None
        if difference is None and old is not None and not self._options.show_sames:
            return Text()
        lines = Text()
        printer = PropertyPrinter(
            lines, step.op, depth, truncate=self._options.truncate, show_secrets=self._options.show_secrets
        )
        as_inputs = {key for key in inputs.keys() & outputs.keys() if value_change(outputs[key], inputs[key]) is None}
        printer.print_outputs(outputs, difference, sames=self._options.show_sames, left_out=as_inputs)
        if not lines:
            return Text()
        return Text(f"{indentation(depth, None)}--outputs:--\n", WORDS[step.op].style).append_text(lines)

    def _is_shown(self, step: Step) -> bool:
        return is_shown(step, self._options, in_diff_or_json=True)

    def _depth(self, step: Step) -> int:
        depth, parent = 0, step.parent
        while parent in self._begun:
            above = self._begun[parent]
            depth += 1 if self._is_shown(above) else 0
            parent = above.parent
        return depth


class DiffDisplay(Display):
    """`--diff`: prints each event's text. Messages go to standard error."""

    def __init__(self, console: Console, error_console: Console, options: DisplayOptions) -> None:
        super().__init__()
        self._console = console
        self._error_console = error_console
        self._view = DiffView(options, summary_only=False)

    def _show(self, event: Event) -> None:
        text = self._view.text_of(event)
        if text:
            console = self._error_console if isinstance(event, (Diagnostic, StandardOutput)) else self._console
            console.print(text, soft_wrap=True, end="")

    def _say(self, text: str) -> None:
        self._error_console.print(Text(text), soft_wrap=True)

    def close(self) -> None:
        """Does nothing: everything is printed already."""


def diff_of(events: Iterable[Event], options: DisplayOptions) -> Text:
    """The whole diff of an ended preview, without its messages and summary."""
    view = DiffView(options, summary_only=True)
    text = Text()
    for event in events:
        if not isinstance(event, (Diagnostic, StandardOutput, Summary, Prelude)):
            text.append_text(view.text_of(event))
    return text


def _lock_sign(step: Step) -> str:
    old = bool(step.old and step.old.protect)
    new = bool(step.new and step.new.protect)
    if step.new is not None and not new and old:
        return " 🔓"
    return " 🔒" if old or new else ""
