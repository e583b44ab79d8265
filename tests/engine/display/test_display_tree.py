"""The live tree: what a terminal shows while the run goes on, and when it is over."""

import io
import threading
from collections.abc import Callable

from rich.console import Console

from engine.display.live import LiveDisplay
from engine.display.options import DisplayOptions
from engine.display.plain import PlainDisplay
from engine.events import Diagnostic, Event, Severity, StandardOutput, Step, StepBegun, StepDone, Summary
from engine.model import Op, ResourceState
from protocol.values import UNKNOWN, Secret
from tests.engine.display.recordings import recorded_events

Options = Callable[..., DisplayOptions]
STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"


def terminal(height: int = 50) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, width=120, height=height, highlight=False, color_system=None
    )


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def frame(display: LiveDisplay, console: Console) -> list[str]:
    return "".join(segment.text for segment in console.render(display)).splitlines()


def agent(name: str, op: Op = Op.CREATE, parent: str = STACK, **inputs: object) -> Step:
    urn = f"urn:pulumi:dev::demo::pulumi-python:dynamic/digo:Agent::{name}"
    state = ResourceState(urn, "pulumi-python:dynamic/digo:Agent", custom=True, parent=parent, inputs=dict(inputs))
    return Step(op, urn, state.type, None, state)


def test_children_stand_below_their_parents(options: Options) -> None:
    console = terminal()
    display = LiveDisplay(console, options())
    for event in recorded_events("preview-mixed"):
        display.show(event)
    lines = [line.rstrip() for line in frame(display, console)]
    display.close()
    assert lines[0].split() == ["Type", "Name", "Plan", "Info"]
    assert lines[1].startswith("     pulumi:pulumi:Stack")
    assert " ~      └─ pulumi-python:dynamic:Resource  upd" in "\n".join(lines).replace("│", " ")
    replaced = [line for line in lines if "repl" in line.split()]
    assert len(replaced) == 1 and replaced[0].startswith(" +-  ") and "replace" in replaced[0]
    assert any("delete[retain]" in line for line in lines)


def test_a_small_terminal_keeps_the_newest_rows_and_the_stack(options: Options) -> None:
    console = terminal(height=12)
    display = LiveDisplay(console, options(is_preview=False))
    for number in range(40):
        display.show(StepBegun(agent(f"a{number:02}"), planning=False))
    lines = frame(display, console)
    assert len(lines) <= 12
    assert "pulumi:pulumi:Stack" in lines[1]
    assert "more" in lines[2]
    assert "a39" in lines[-1]
    display.close()
    assert sum(1 for line in written(console).splitlines() if " creating (interrupted)" in line) == 40


def test_status_and_errors_stand_beside_the_resource(options: Options) -> None:
    console = terminal()
    display = LiveDisplay(console, options(is_preview=False))
    step = agent("list")
    display.show(StepBegun(step, planning=False))
    display.show(Diagnostic(Severity.INFO, "sent 3,400 of 10,000", step.urn, ephemeral=True))
    assert any("list" in line and "sent 3,400 of 10,000" in line for line in frame(display, console))
    display.show(Diagnostic(Severity.ERROR, "the account said no\nsecond line", step.urn))
    row = next(line for line in frame(display, console) if " list " in line)
    assert "error: the account said no" in row and "second line" not in row
    display.show(Summary({Op.CREATE: 0}, 1.2, is_preview=False, failed=True))
    display.close()
    final = written(console)
    assert "1 error" in final and "    second line" in final and "1 errored" in final and "Duration: 2s" in final
    assert "sent 3,400" not in final.rpartition("Diagnostics:")[2]


def test_what_the_program_prints_is_a_message_of_the_stack(options: Options, console: Console) -> None:
    display = PlainDisplay(console, options())
    display.show(StandardOutput("first"))
    display.show(StandardOutput("second"))
    display.close()
    text = written(console)
    assert text.splitlines()[:2] == [
        "    pulumi:pulumi:Stack demo-dev  first",
        "    pulumi:pulumi:Stack demo-dev  second",
    ]
    assert "2 messages" in text
    assert "Diagnostics:" not in text


def test_each_message_is_printed_once_whatever_its_resource_does(options: Options, console: Console) -> None:
    display = PlainDisplay(console, options(is_preview=False))
    step = agent("moved", Op.CREATE_REPLACEMENT)
    said = {Severity.INFO: "another agent is made\nfor a new number", Severity.WARNING: "mind\nthe gap"}
    for severity, text in said.items():
        display.show(Diagnostic(severity, text, step.urn))
    display.show(StepBegun(step, planning=False))
    display.show(StepDone(step, planning=False))
    assert "mind" not in written(console)
    display.show(Diagnostic(Severity.ERROR, "no", step.urn))
    display.close()
    rows, _, below = written(console).partition("Diagnostics:\n")
    assert "Agent moved  another agent is made\n      for a new number\n" in rows
    assert below == "  pulumi-python:dynamic/digo:Agent (moved):\n    warning: mind\n    the gap\n    error: no\n\n"


def test_what_many_resources_say_is_printed_once_for_all(options: Options, console: Console) -> None:
    display = PlainDisplay(console, options(is_preview=False))
    for index in range(1000):
        display.show(Diagnostic(Severity.ERROR, "the guards refuse this", agent(f"a{index}").urn))
    display.show(Diagnostic(Severity.ERROR, "another reason", agent("other").urn))
    display.close()
    below = written(console).partition("Diagnostics:\n")[2].splitlines()
    assert below == [
        *(f"  pulumi-python:dynamic/digo:Agent (a{index}):" for index in range(5)),
        "  and 995 more:",
        "    error: the guards refuse this",
        "",
        "  pulumi-python:dynamic/digo:Agent (other):",
        "    error: another reason",
        "",
    ]


class Lines(io.StringIO):
    """A file that says when a text has been written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        with self._written:
            self._written.notify_all()
            return super().write(text)

    def wait_for(self, text: str) -> str:
        """All that was written, once that text is in it."""
        with self._written:
            assert self._written.wait_for(lambda: text in self.getvalue(), 60), self.getvalue()
            return self.getvalue()


def test_a_silent_run_reports_the_latest_status(options: Options) -> None:
    step = agent("list")
    events: list[Event] = [
        StepBegun(step, planning=False),
        Diagnostic(Severity.INFO, "sent 3,400 of 10,000", step.urn, ephemeral=True),
    ]
    quiet, file = io.StringIO(), Lines()
    display = PlainDisplay(Console(file=quiet, soft_wrap=True), options(is_preview=False), silence_seconds=600)
    for event in events:
        display.show(event)
    display.close()
    assert "sent" not in quiet.getvalue()
    display = PlainDisplay(Console(file=file, soft_wrap=True), options(is_preview=False), silence_seconds=0.05)
    for event in events:
        display.show(event)
    file.wait_for("sent 3,400 of 10,000")
    file.wait_for("@ updating....")
    display.close()
    assert file.getvalue().count("sent 3,400 of 10,000") == 1


def test_secrets_and_unknowns_are_words(options: Options, console: Console) -> None:
    display = PlainDisplay(console, options(is_preview=False))
    step = agent("a", pin=Secret("canary-4711"), eid=UNKNOWN)
    display.show(StepBegun(step, planning=False))
    display.show(StepDone(step, planning=False))
    display.close()
    assert "canary" not in written(console)


def test_a_silent_run_does_not_print_again_what_is_done(options: Options) -> None:
    file = Lines()
    display = PlainDisplay(Console(file=file, soft_wrap=True), options(is_preview=False), silence_seconds=0.05)
    waiting, done = agent("waiting"), agent("done")
    for one in (waiting, done):
        display.show(StepBegun(one, planning=False))
        display.show(Diagnostic(Severity.INFO, "created; waiting for the list", one.urn, ephemeral=True))
    display.show(StepDone(done, planning=False))
    display.show(Diagnostic(Severity.INFO, "created; waiting for the list", done.urn, ephemeral=True))  # it comes late
    file.wait_for("@ updating....")
    display.close()
    lines = [line for line in file.getvalue().splitlines() if "waiting for the list" in line]
    assert not [line for line in lines if " done " in line]
    assert len([line for line in file.getvalue().splitlines() if " done created" in line]) == 1
