"""The benchmark `agents`: a first up of many agents, then a preview that has nothing to do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.conditions import Conditions
from bench.contestants import Contestant, Host
from bench.floor import floor_seconds
from bench.limits import READS_AT_MOST, Verdict, preview_limit, up_limit
from bench.project import BenchError, Project, Run
from sandbox.testing import Sandbox, start_sandbox

CREATE, LIST = "POST /v1/agent", "GET /v1/agents"


@dataclass(frozen=True)
class Measurement:
    """What one contestant needed. Requests are counted by the sandbox, by method and path."""

    contestant: Contestant
    up: Run
    up_requests: Mapping[str, int]
    preview: Run
    preview_requests: Mapping[str, int]


@dataclass(frozen=True)
class AgentsResult:
    """All contestants, and the seconds that the creates alone need (`floor`)."""

    conditions: Conditions
    floor: float
    measurements: tuple[Measurement, ...]

    @property
    def up_limit(self) -> float:
        """Seconds that an up may take."""
        return up_limit(self.floor, self.conditions.agents)

    def overhead_ms(self, measurement: Measurement) -> float:
        """Milliseconds a resource of an up beyond those of its requests, as the promise counts them."""
        return (measurement.up.seconds - up_limit(self.floor, 0)) * 1000 / self.conditions.agents

    def verdicts(self) -> list[Verdict]:
        """The promises, which are about the project's own host alone."""
        found: list[Verdict] = []
        for measurement in self.measurements:
            if measurement.contestant.host is not Host.OWN:
                continue
            name, agents = measurement.contestant.name, self.conditions.agents
            reads = measurement.up_requests.get(LIST, 0)
            found += [
                Verdict(f"{name}: up, seconds", measurement.up.seconds, self.up_limit),
                Verdict(
                    f"{name}: preview without changes, seconds", measurement.preview.seconds, preview_limit(agents)
                ),
                Verdict(f"{name}: up, reads of the list", reads, READS_AT_MOST),
            ]
        return found


def measure_agents(
    conditions: Conditions, contestants: Sequence[Contestant], progress: Callable[[str], None]
) -> AgentsResult:
    """Measures each contestant on an empty account of the same sandbox.

    Raises:
        BenchError: a run failed, or did not do what it should.
    """
    with tempfile.TemporaryDirectory(prefix="digo-bench-") as folder:
        place = Path(folder)
        with start_sandbox(place, latency_ms=conditions.latency_ms) as sandbox:
            progress(f"{conditions.agents} bare POSTs, {conditions.concurrency} at once")
            floor = floor_seconds(sandbox, conditions)
            found = tuple(_measure(place, sandbox, conditions, one, progress) for one in contestants)
    return AgentsResult(conditions, floor, found)


def _measure(
    place: Path,
    sandbox: Sandbox,
    conditions: Conditions,
    contestant: Contestant,
    progress: Callable[[str], None],
) -> Measurement:
    sandbox.reset()
    project = Project(place / contestant.name, contestant, sandbox, conditions)
    progress(f"{contestant.name}: up")
    sandbox.clear_requests()
    up = project.up()
    up_requests = sandbox.counts()
    _check_created(contestant, sandbox, conditions, up_requests)
    progress(f"{contestant.name}: preview")
    sandbox.clear_requests()
    preview = project.preview_without_changes()
    return Measurement(contestant, up, up_requests, preview, sandbox.counts())


def _check_created(
    contestant: Contestant, sandbox: Sandbox, conditions: Conditions, requests: Mapping[str, int]
) -> None:
    """Checks that a run created each agent exactly once: another run is wrong, however fast."""
    there, created = len(sandbox.agents()), requests.get(CREATE, 0)
    if not there == created == conditions.agents:
        raise BenchError(
            f"{contestant.name}: {conditions.agents} agents wanted, {created} creates sent, {there} on the account"
        )
