"""Sequences that nobody thought of: config edits, panel edits, cut runs. Whatever comes, the plan is what is done, each
agent is made once, and running again settles everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fleet
import pytest
from benches import Bench
from cutting import WAYS
from edits import Config, Round, rounds
from hypothesis import HealthCheck, Phase, given, seed, settings
from project import NUMBERS, Project, leaks
from settled import untouched
from workspace import operations

from sandbox.testing import Sandbox

MOST_RUNS = 3
CREATES = {"create", "replace"}
SENDS = {"create", "replace", "update"}
Leads = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Bench:
    """A stack of five resources."""
    sandbox.reset()
    template = Project(tmp_path_factory.mktemp("start") / "project", "embedded", sandbox)
    template.set_config(lateSeconds=fleet.LATE_SECONDS)
    first_config().write(template)
    template.up()
    return Bench.of(template)


def first_config() -> Config:
    agents = {f"agent-{index}": fleet.agent(index) for index in range(3)}
    return Config(agents, {50: "111111", 51: "222222"})


def leads_of(sandbox: Sandbox) -> Leads:
    return {row["phone"]: row["fields"] for row in sandbox.leads(fleet.LIST_ID)}


class Sequence:
    """One sequence on one project, and what it counts."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.sandbox = project.sandbox
        self.config = first_config()
        self.counts: Counter[str] = Counter()

    def run(self, sequence: list[Round]) -> None:
        """All rounds; nothing is left to do after them."""
        refused = False
        for one in sequence:
            for edit in one.edits:
                edit.apply(self.config, self.project)
            self.config.write(self.project)
            refused = not self._round(one)
        if not refused:
            assert self.project.steps() == {}
        assert not leaks(self.project.everything_left())

    def _round(self, one: Round) -> bool:
        """Preview, then up. False where the plan is refused: then the up refuses it too, and writes nothing."""
        agents, leads = untouched(self.sandbox), leads_of(self.sandbox)
        preview = self.project.run("preview", "--json")
        self.sandbox.clear_requests()
        if preview.code != 0:
            self.counts["refused plans"] += 1
            assert self.project.run("up", "--skip-preview").code != 0, preview.text
            assert not self._posts()
            return False
        steps = operations(preview.stdout)
        if self._up(one):
            # What a cut leaves open may be sent again; what is on the account counts then.
            self.counts["cuts in sequences"] += 1
        else:
            assert self._posts() == Counter(self._wanted_posts(steps))
        self._assert_done(steps, agents, leads)
        return True

    def _up(self, one: Round) -> bool:
        """Ups until one succeeds; whether the first was cut."""
        struck, outcome = False, None
        if one.way is not None:
            cut = WAYS[one.way](self.project, one.boundary)
            struck, outcome = cut.struck, cut.outcome
            if not struck:
                assert outcome.code == 0, outcome.text
                return False
        for _ in range(MOST_RUNS if struck else 1):
            outcome = self.project.run("up", "--skip-preview")
            assert "Traceback" not in outcome.text
            if outcome.code == 0:
                return struck
        raise AssertionError(outcome.text if outcome else "")

    def _posts(self) -> Counter[str]:
        """The numbers that the requests were about."""
        bodies = [request["body"] for request in self.sandbox.requests() if request["method"] == "POST"]
        return Counter(body.get("follow_me_number") or body["field_0"] for body in bodies)

    def _wanted_posts(self, steps: dict[str, str]) -> list[str]:
        agents = [self.config.agents[key]["follow_me_number"] for key in self._created(steps)]
        return agents + [NUMBERS[index] for index in self._sent(steps)]

    def _created(self, steps: dict[str, str]) -> list[str]:
        return [key for key in self.config.agents if steps.get(key) in CREATES]

    def _sent(self, steps: dict[str, str]) -> list[int]:
        return [index for index in self.config.leads if steps.get(self.config.lead_key(index)) in SENDS]

    def _assert_done(self, steps: dict[str, str], agents: dict[str, Any], leads: Leads) -> None:
        """The account is what it was and what the preview said; the state has an id of the account for each entry."""
        now = untouched(self.sandbox)
        assert {eid: now.get(eid) for eid in agents} == agents
        made = [
            {name: now[eid][name] for name in ("name", "follow_me_number", "intercom")} for eid in now.keys() - agents
        ]
        wanted = [self.config.agents[key] for key in self._created(steps)]
        assert sorted(made, key=str) == sorted(wanted, key=str)
        for key in ("follow_me_number", "intercom"):
            assert len({one[key] for one in now.values()}) == len(now), f"two agents have one {key}: {now}"
        assert leads_of(self.sandbox) == {**leads, **{NUMBERS[i][1:]: self._columns(i) for i in self._sent(steps)}}
        ids = self.project.ids()
        assert ids.keys() == self.config.keys()
        for key, agent in self.config.agents.items():
            live = now[ids[key]]
            assert agent["follow_me_number"] == live["follow_me_number"] or agent["intercom"] == live["intercom"]

    def _columns(self, index: int) -> dict[str, str]:
        return {"field_0": NUMBERS[index], "field_1": f"Lead {index}", "field_5": self.config.leads[index]}


def try_sequences(start: Bench, folder: Path, number: int, count: int, most_rounds: int) -> Counter[str]:
    """Runs `count` sequences that the seed `number` draws; what it tried, by name."""
    counts: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # shrinking would take hours: a run is seconds
        suppress_health_check=list(HealthCheck),
    )
    @given(rounds(most_rounds))
    def try_one(sequence: list[Round]) -> None:
        counts["sequences"] += 1
        one = Sequence(start.start(folder / f"{counts['sequences']}" / "project"))
        one.run(sequence)
        counts.update(one.counts)

    try_one()
    return counts


def test_sequences(start: Bench, tmp_path: Path, tried: Callable[..., None]) -> None:
    for what, count in try_sequences(start, tmp_path, number=1, count=4, most_rounds=2).items():
        tried(what, count)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(100, 200))
def test_many_sequences(start: Bench, tmp_path: Path, number: int, tried: Callable[..., None]) -> None:
    for what, count in try_sequences(start, tmp_path, number, count=5, most_rounds=3).items():
        tried(what, count)
