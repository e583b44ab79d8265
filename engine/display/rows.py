"""A row for each resource: its step, its messages, and its columns.

Source of the layout: pulumi/pulumi, `pkg/backend/display/rows.go` and `progress.go`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.text import Text

from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from engine.display.ansi import coloured
from engine.display.differences import Difference, step_difference
from engine.display.operation_words import ERROR, INFO, REPLACEMENT_OPS, RETAINING_OPS, WARNING, WORDS, message_prefix
from engine.display.options import DisplayOptions
from engine.events import Diagnostic, Severity, Step
from engine.model import Op
from protocol.urn import is_stack, name_of, type_of


@dataclass(frozen=True)
class View:
    """How rows are shown. `is_final`: the run has ended. `folds`: the steps of a replacement share one row."""

    options: DisplayOptions
    folds: bool
    is_final: bool = False
    any_failed: bool = False


@dataclass
class Row:
    """A resource's row. Times are of `time.monotonic`, in seconds."""

    urn: str
    step: Step | None = field(default=None, init=False)
    ended: list[Step] = field(default_factory=list, init=False)
    failed: bool = field(default=False, init=False)
    hidden: bool = True
    diagnostics: list[Diagnostic] = field(default_factory=list, init=False)
    status: Diagnostic | None = field(default=None, init=False)
    began_at: float = field(default=0.0, init=False)
    ended_at: float = field(default=0.0, init=False)
    _takes_status: bool = field(default=True, init=False)

    @property
    def op(self) -> Op:
        """The present operation; `same` before the first."""
        return self.step.op if self.step else Op.SAME

    @property
    def parent(self) -> str:
        """The URN of its parent; empty if there is none."""
        return self.step.parent if self.step else ""

    def begin(self, step: Step) -> None:
        """A step of the resource begins."""
        self.step = step
        self.began_at, self.ended_at = time.monotonic(), 0.0
        self._takes_status = True
        self._clear_status()

    def end(self, step: Step) -> None:
        """The step succeeded."""
        self.step = step
        self.ended.append(step)
        self.ended_at = time.monotonic()
        self._takes_status = is_stack(self.urn)
        self._clear_status()

    def fail(self) -> None:
        """The step failed."""
        self.failed, self.hidden = True, False
        self._takes_status = is_stack(self.urn)
        self._clear_status()

    def say(self, diagnostic: Diagnostic) -> None:
        """Adds a message about the resource. An empty status clears the one before; a status after the step is late."""
        if not diagnostic.ephemeral:
            self.diagnostics.append(diagnostic)
            self.status = diagnostic
        elif not diagnostic.message.strip():
            self._clear_status()
        elif self._takes_status:
            self.status = diagnostic

    def _clear_status(self) -> None:
        if self.status is not None and self.status.ephemeral:
            self.status = self.diagnostics[-1] if self.diagnostics else None

    def count(self, *severities: Severity) -> int:
        """The number of its messages with these severities, without status lines."""
        return sum(1 for diagnostic in self.diagnostics if diagnostic.severity in severities)

    def is_done(self, view: View) -> bool:
        """Whether its steps have ended. The stack itself is done when the run ends."""
        if self.failed or view.is_final:
            return True
        return not is_stack(self.urn) and any(step.op is self.op for step in self.ended)

    def was_interrupted(self, view: View) -> bool:
        """Whether the run ended during the operation."""
        if not view.is_final or self.step is None or not self.step.custom or self.op is Op.SAME:
            return False
        return not any(step.op is self.op for step in self.ended)


def columns(row: Row, view: View) -> list[Text]:
    """Sign, type, name, status and information (with URNs shown: sign, URN, status and information)."""
    sign = Text(WORDS[_shown_op(row, view)].sign, _style(row, view))
    status, info = status_column(row, view), info_column(row, view)
    if view.options.show_urns:
        return [sign, Text(one_line(row.urn)), status, info]
    return [sign, Text(one_line(display_type(type_of(row.urn)))), Text(one_line(name_of(row.urn))), status, info]


def status_column(row: Row, view: View) -> Text:
    """The operation: planned, running or done."""
    failed = row.failed or row.count(Severity.ERROR) > 0
    if not failed and row.was_interrupted(view):
        text = Text(f"{WORDS[_shown_op(row, view)].now} (interrupted)", WARNING)
    elif row.is_done(view):
        text = _done_text(row, view, failed=failed)
    else:
        text = _running_text(row, view)
    if row.step is not None and row.step.retain and row.op in RETAINING_OPS:
        text.append("[retain]")
    return text


def info_column(row: Row, view: View) -> Text:
    """The changes, and the messages: the latest one during the run, their number at its end."""
    text = Text()
    changes = change_summary(_step_with_changes(row))
    if changes:
        text.append("[").append_text(changes).append("]")
    if view.is_final:
        for severities, word, style in (
            ((Severity.ERROR,), "error", ERROR),
            ((Severity.WARNING,), "warning", WARNING),
            ((Severity.INFO, Severity.INFO_ERROR), "message", INFO),
        ):
            if number := row.count(*severities):
                count, noun = counted(number, word).split()
                text.append("; " if text else "").append(f"{count} ").append(noun, style)
        return text
    latest = _latest(row, view)
    if latest is not None:
        line = message(latest).split("\n")
        if line and line[0].plain.strip():
            text.append("; " if text else "").append_text(line[0])
    return text


def change_summary(step: Step | None) -> Text:
    """`diff: +added-deleted~updated`; empty if nothing changes."""
    if step is None or step.old is None or step.new is None:
        return Text()
    difference = step_difference(step) if step.op is not Op.SAME else None
    protect = ["protect"] if step.old.protect != step.new.protect else []
    if difference is None and not protect:
        return Text()
    difference = difference or Difference()
    text = Text("diff: ")
    for keys, op in (
        (_included(difference.adds, step), Op.CREATE),
        (_included(difference.deletes, step), Op.DELETE),
        (_included([*difference.updates, *protect], step), Op.UPDATE),
    ):
        if keys:
            text.append(WORDS[op].sign.strip() + ",".join(keys), WORDS[op].style)
    return text


def message(diagnostic: Diagnostic) -> Text:
    """A message with its severity as a prefix."""
    prefix, style = message_prefix(diagnostic.severity)
    body = coloured(diagnostic.message)
    return Text(prefix, style).append_text(body) if prefix else body


def is_shown(step: Step, options: DisplayOptions, *, in_diff_or_json: bool) -> bool:
    """Whether a step has a row. The stack has one; unchanged resources have one only with `--show-sames`."""
    if is_stack(step.urn):
        return True
    if step.op is Op.SAME:
        protection_changes = bool(step.old and step.new and step.old.protect != step.new.protect)
        return protection_changes or options.show_sames
    physical = in_diff_or_json and not step.logical and step.op in REPLACEMENT_OPS
    return options.show_replacement_steps or not physical


def display_type(type_token: str) -> str:
    """The type, without a module's end that only repeats the name: `acme:phones/team:Team` is `acme:phones:Team`."""
    parts = type_token.split(":")
    if len(parts) != 3 or not parts[2] or "/" not in parts[1]:
        return type_token
    package, module, name = parts
    folder, _, file = module.rpartition("/")
    return f"{package}:{folder}:{name}" if file == name[0].lower() + name[1:] else type_token


def short_type(type_token: str) -> str:
    """The type without package and folders: `pulumi-python:dynamic/digo:Agent` is `digo:Agent`."""
    shown = display_type(type_token)
    package, _, rest = shown.partition(":")
    folders, _, name = rest.rpartition(":")
    module = folders.rpartition("/")[2]
    # `index` is the module of a package that has no modules.
    return f"{package if module in ('', 'index') else module}:{name}" if name else shown


def _included(keys: Iterable[str], step: Step) -> list[str]:
    names = sorted(str(key) for key in keys)
    return [name for name in names if name in step.diffs] if step.diffs else names


def _shown_op(row: Row, view: View) -> Op:
    folded = view.folds and not view.any_failed and (view.options.run.is_preview or view.is_final)
    if folded and row.op in (Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED):
        return Op.REPLACE
    return row.op


def _style(row: Row, view: View) -> str:
    style = WORDS[_shown_op(row, view)].style
    return style if row.is_done(view) else f"bold {style}".strip()


def _done_text(row: Row, view: View, *, failed: bool) -> Text:
    words = WORDS[_shown_op(row, view)]
    if view.options.run.is_preview:
        return Text(words.plan, words.style)
    text = words.failed if failed else words.done
    if row.op is not Op.SAME and row.began_at and row.ended_at:
        text = f"{text} ({_span(row.ended_at - row.began_at)})"
    return Text(f"**{text}**", ERROR) if failed else Text(text, words.style)


def _running_text(row: Row, view: View) -> Text:
    op = _shown_op(row, view)
    style = f"bold {WORDS[op].style}".strip()
    if op is Op.SAME:
        return Text("running", style) if is_stack(row.urn) else Text("")
    if view.options.run.is_preview:
        return Text("refreshing" if op is Op.REFRESH else WORDS[op].part or WORDS[op].plan, style)
    return Text(f"{WORDS[op].now} ({int(time.monotonic() - row.began_at)}s)", style)


def _span(seconds: float) -> str:
    return f"{seconds:.2f}s" if seconds < 1 else f"{int(seconds)}s"


def _latest(row: Row, view: View) -> Diagnostic | None:
    if not view.folds:  # lines that stay have their messages apart from them: see `PlainDisplay`
        return row.status if row.status and row.status.ephemeral and not row.is_done(view) else None
    errors = [diagnostic for diagnostic in row.diagnostics if diagnostic.severity is Severity.ERROR]
    if errors:
        return errors[-1]
    done = view.folds and row.is_done(view) and not is_stack(row.urn) and not view.options.run.is_preview
    # What was to be done is over. What went wrong is not.
    return None if done and row.status and row.status.severity is Severity.INFO else row.status


def _step_with_changes(row: Row) -> Step | None:
    """The row's step. Of a replacement it is the `replace` step, if there was one."""
    if row.op not in (Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED):
        return row.step
    return next((step for step in reversed(row.ended) if step.op is Op.REPLACE), row.step)
