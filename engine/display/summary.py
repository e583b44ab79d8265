"""The texts around the rows: the config above; diagnostics, outputs and the summary below.

Source of the layout: pulumi/pulumi, `pkg/backend/display/progress.go` and `diff.go`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set

from rich.text import Text

from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from engine.display.differences import Difference, map_difference
from engine.display.operation_words import HEADLINE, RESOURCE_HEADER, WORDS
from engine.display.options import DisplayOptions, Kind
from engine.display.property_printer import PropertyPrinter
from engine.display.rows import Row, display_type, message
from engine.display.step_table import StepTable
from engine.events import Prelude, Severity, Summary
from engine.model import Op
from protocol.urn import name_of, type_of
from protocol.values import UNKNOWN


def prelude_lines(event: Prelude) -> Text:
    """`Configuration:` and the keys. Secrets are blinded already."""
    lines = ["Configuration:", *(f"    {key}: {event.config[key]}" for key in sorted(event.config))]
    return Text("\n".join(lines) + "\n")


EVERY_SEVERITY = frozenset(Severity)
PROBLEMS = frozenset({Severity.WARNING, Severity.ERROR})
_NAMED = 5
"""How many resources that say the same are named."""


def ending(steps: StepTable, severities: Set[Severity] = EVERY_SEVERITY) -> Iterator[Text]:
    """The texts after a run that are not empty, with the messages of these severities. A line end must follow each."""
    yield from diagnostics(steps, severities)
    yield from outputs(steps)
    if steps.summary is not None:
        yield summary(steps.summary, steps.errored())


def diagnostics(steps: StepTable, severities: Set[Severity] = EVERY_SEVERITY) -> Iterator[Text]:
    """The messages by resource. What many resources say in the same words is said once for all of them."""
    spoken: dict[tuple[tuple[str, ...], ...], list[Row]] = {}
    for row in steps.rows.values():
        if streams := list(_messages_by_stream(row, severities)):
            spoken.setdefault(tuple(tuple(line.plain for line in lines) for lines in streams), []).append(row)
    if spoken:
        yield Text("Diagnostics:", HEADLINE)
    for rows in spoken.values():
        for row in rows[:_NAMED]:
            yield _resource_line(row, steps.view.options)
        if len(rows) > _NAMED:
            yield Text(f"  and {len(rows) - _NAMED:,} more:", RESOURCE_HEADER)
        for lines in _messages_by_stream(rows[0], severities):
            for line in lines:
                yield Text("    ").append_text(line)
            yield Text("")


def outputs(steps: StepTable) -> Iterator[Text]:
    """The stack's outputs; in a preview only changed ones."""
    if steps.outputs is None or steps.view.options.suppress_outputs:
        return
    row = steps.rows[steps.stack_urn]
    before = steps.outputs.old if row.step is not None and row.step.old is not None else None
    text = output_lines(before, steps.outputs.new, steps.view.options, row.op)
    if text:
        yield Text("Outputs:", HEADLINE)
        yield text


def output_lines(old: Mapping[str, object] | None, new: Mapping[str, object], options: DisplayOptions, op: Op) -> Text:
    """Outputs as lines. Changed ones have a sign; without old outputs there are no signs."""
    text = Text()
    printer = PropertyPrinter(text, op, truncate=options.truncate, show_secrets=options.show_secrets)
    shows_all = options.show_sames or not (options.run.is_preview or options.run.kind is Kind.REFRESH)
    difference = _known_difference(old, new, options) if old is not None else None
    if difference is not None or old is None or shows_all:
        printer.print_outputs(dict(new), difference, sames=shows_all)
    return text


def _known_difference(
    old: Mapping[str, object], new: Mapping[str, object], options: DisplayOptions
) -> Difference | None:
    difference = map_difference(old, new)
    if difference is None or not options.run.is_preview:
        return difference
    # In a preview, an unknown output does not count as changed.
    for key in [key for key, change in difference.updates.items() if change.new is UNKNOWN]:
        difference.sames[key] = difference.updates.pop(key).old
    return difference if difference.adds or difference.deletes or difference.updates else None


def summary(event: Summary, errored: int) -> Text:
    """The number of resources for each operation and, except in a preview, the duration."""
    text = Text("Resources:", HEADLINE).append("\n", "not bold")
    # Unchanged resources have a line of their own.
    numbers = {op: event.changes[op] for op in WORDS if op is not Op.SAME and event.changes.get(op)}
    for op, number in numbers.items():
        words = WORDS[op]
        done = f"to {op.value}" if event.is_preview else words.done
        text.append("    ").append(f"{words.sign}{number:,} {done}", words.style or "default").append("\n")
    pieces = Text()
    if len(numbers) > 1:
        pieces.append(counted(sum(numbers.values()), "change"), "bold")
    unchanged = event.changes.get(Op.SAME, 0)
    if unchanged:
        pieces.append(". " if pieces else "").append(f"{unchanged:,} unchanged")
    if pieces:
        text.append("    ").append_text(pieces).append("\n")
    if errored:
        text.append("    ").append(f"{errored:,} errored", "red").append("\n")
    if not event.is_preview:
        text.append("\n").append("Duration:", HEADLINE).append(f" {duration(event.duration_seconds)}\n")
    return text


def duration(seconds: float) -> str:
    """A duration as Go writes it, rounded up to seconds: `1m5s`."""
    whole = math.ceil(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{second}s"
    return f"{minutes}m{second}s" if minutes else f"{second}s"


def _resource_line(row: Row, options: DisplayOptions) -> Text:
    title = row.urn if options.show_urns else f"{display_type(type_of(row.urn))} ({name_of(row.urn)})"
    return Text(f"  {one_line(title)}:", RESOURCE_HEADER)


def _messages_by_stream(row: Row, severities: Set[Severity]) -> Iterator[list[Text]]:
    streams: dict[int, list[Text]] = {}
    for diagnostic in (one for one in row.diagnostics if one.severity in severities):
        lines = [_trimmed(line) for line in message(diagnostic).split("\n", allow_blank=True)]
        while lines and not lines[-1].plain.strip():
            lines.pop()
        if lines:
            streams.setdefault(diagnostic.stream_id, []).extend(lines)
    yield from streams.values()


def _trimmed(line: Text) -> Text:
    trimmed = line.copy()
    trimmed.rstrip()
    return trimmed
