"""A place to try the engine in: a project folder, a host, a state that runs follow one another on."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from digo.project.values import Value
from engine.deployment.cancellation import Cancellation
from engine.deployment.context import ImportRequest, Options, Project, Result, RunInput, Stack
from engine.deployment.deletions import destroy
from engine.deployment.execution import Work, execute, plan
from engine.deployment.importing import import_resources
from engine.deployment.refreshing import refresh
from engine.deployment.updating import update
from engine.events import Diagnostic, Event, Severity, StepDone
from engine.journal import JournalEntry, replay
from engine.model import Deployment, Op, ResourceState
from tests.engine.hosts.calls import calls_of

THING = "pulumi-python:dynamic/test:Thing"
PRELUDE = """
import pulumi
from pulumi import ComponentResource, CustomResource, Output, ResourceOptions

class Thing(CustomResource):
    def __init__(self, name, props, opts=None):
        super().__init__("pulumi-python:dynamic/test:Thing", name, {"size": None, **props}, opts)
    size: Output[int]

class Group(ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, None, opts)
"""


class MemoryJournal:
    """A recorder that keeps the entries, and can be made to fail."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []
        self.batches: list[int] = []
        self.fail_after: int | None = None
        self.on_record: Callable[[JournalEntry], None] = lambda entry: None

    def record(self, entries: Sequence[JournalEntry]) -> None:
        if self.fail_after is not None and len(self.entries) >= self.fail_after:
            raise OSError(28, "No space left on device")
        self.entries += entries
        self.batches.append(len(entries))
        for entry in entries:
            self.on_record(entry)


@dataclass
class Run:
    """A run that ended: its result, its events, its journal."""

    result: Result
    events: list[Event]
    journal: list[JournalEntry] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        return [
            event.message for event in self.events if isinstance(event, Diagnostic) and event.severity is Severity.ERROR
        ]

    @property
    def warnings(self) -> list[str]:
        return [
            event.message
            for event in self.events
            if isinstance(event, Diagnostic) and event.severity is Severity.WARNING
        ]

    def steps(self) -> list[tuple[str, str]]:
        """The steps that ended well, as (op, name), without the stack's own."""
        return [
            (event.step.op.value, event.step.urn.rsplit("::", 1)[-1])
            for event in self.events
            if isinstance(event, StepDone) and not event.step.type.startswith("pulumi:pulumi:")
        ]

    def changes(self) -> dict[str, int]:
        """The counts of a summary, the stack's own step included."""
        return {op.value: count for op, count in self.result.changes.items() if count}


class Workshop:
    """One project and stack. `deployment` is the state; every run that changes it starts from the last one's.

    Its host is to be written to the folder `host`.
    """

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder = folder
        self.host = folder / "host"
        self.project = Project(
            root=folder,
            name="tried",
            main=folder,
            python=python,
            virtualenv=Path(sys.prefix),
            hosts={"pulumi-python": self.host},
        )
        self.stack = Stack(name="dev", config={"tried:color": Value("red")})
        self.deployment = Deployment()
        self.options = Options()
        self.recorder = MemoryJournal()
        self.cancellation = Cancellation()
        self.on_event: Callable[[Event], None] = lambda event: None

    def program(self, text: str) -> None:
        """Write the program. `Thing`, `Group` and the usual names are there."""
        (self.folder / "__main__.py").write_text(PRELUDE + textwrap.dedent(text))

    def behave(self, **behaviour: Any) -> None:
        """Say how the host is made."""
        (self.host / "behaviour.json").write_text(json.dumps(behaviour))

    def calls(self, *methods: str) -> list[dict[str, Any]]:
        """What the host was asked, in order: all, or these methods."""
        return [call for call in calls_of(self.host) if not methods or call["method"] in methods]

    def names(self, *methods: str) -> list[str]:
        """The names of the resources that the host was asked about."""
        return [call["urn"].rsplit("::", 1)[-1] for call in self.calls(*methods)]

    def forget_calls(self) -> None:
        """Start counting anew."""
        (self.host / "calls.jsonl").unlink(missing_ok=True)

    def world(self) -> dict[str, Any]:
        """What the host manages, by id."""
        return {file.stem: json.loads(file.read_text()) for file in sorted((self.host / "world").iterdir())}

    def starts(self) -> list[dict[str, Any]]:
        """How the host was started, each time."""
        file = self.host / "started.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def state(self, name: str) -> ResourceState:
        """The one resource of the name that is not waiting to be deleted."""
        (state,) = [s for s in self.deployment.resources if s.name == name and not s.delete]
        return state

    def has(self, name: str) -> bool:
        """Whether the state has the name."""
        return any(state.name == name for state in self.deployment.resources)

    def urn(self, name: str, type_: str = THING) -> str:
        """A resource's URN."""
        return f"urn:pulumi:dev::tried::{type_}::{name}"

    def with_options(self, **options: Any) -> None:
        """Change options for the runs that follow."""
        self.options = replace(self.options, **options)

    def preview(self) -> Run:
        return self._plan(update)

    def preview_destroy(self) -> Run:
        return self._plan(destroy)

    def preview_refresh(self) -> Run:
        return self._plan(refresh)

    def up(self) -> Run:
        return self._carry_out(update)

    def destroy(self) -> Run:
        return self._carry_out(destroy)

    def refresh(self) -> Run:
        return self._carry_out(refresh)

    def preview_import(self, requests: Iterable[ImportRequest]) -> Run:
        return self._plan(import_resources(list(requests)))

    def import_(self, requests: Iterable[ImportRequest]) -> Run:
        return self._carry_out(import_resources(list(requests)))

    def _input(self) -> RunInput:
        return RunInput(self.project, self.stack, self.deployment, self.options)

    def _listener(self, events: list[Event]) -> Callable[[Event], None]:
        def listen(event: Event) -> None:
            events.append(event)
            self.on_event(event)

        return listen

    def _plan(self, work: Work) -> Run:
        events: list[Event] = []
        before = repr(self.deployment)
        result = plan(self._input(), work, self._listener(events), self.cancellation)
        assert result.deployment is self.deployment
        assert repr(self.deployment) == before, "a preview changed the state"
        return Run(result, events)

    def _carry_out(self, work: Work) -> Run:
        events: list[Event] = []
        result = execute(self._input(), work, self._listener(events), self.cancellation, self.recorder.record)
        return self._keep(result, events)

    def _keep(self, result: Result, events: list[Event]) -> Run:
        """Take over the state, which must be what the recorded journal replays to."""
        entries, self.recorder = self.recorder.entries, MemoryJournal()
        base, self.deployment = self.deployment, result.deployment
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        if not any("journal" in error for error in Run(result, events).errors):
            assert replay(base, entries) == result.deployment
        return Run(result, events, entries)


def sound(deployment: Deployment) -> bool:
    """Whether each resource comes after what it refers to."""
    seen: set[str] = set()
    for state in deployment.resources:
        needed = {state.parent, state.deleted_with, *state.dependencies, state.provider.rpartition("::")[0]}
        for urns in state.property_dependencies.values():
            needed.update(urns)
        if not (needed - {""}) <= seen:
            return False
        seen.add(state.urn)
    return True


__all__ = ["ImportRequest", "Op", "Run", "Workshop", "sound"]
