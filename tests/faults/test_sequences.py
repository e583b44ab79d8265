"""Sequences that nobody thought of: config edits, panel edits, cut runs. Whatever comes, the plan is what is done, each
thing is made once, and running again settles everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from sandbox.testing import Sandbox
from tests.faults.agent_sequence import AgentSequence, first_config
from tests.faults.benches import Bench
from tests.faults.edits import EDITS, Config, Edit, Round, rounds
from tests.faults.fleet import DIGO
from tests.faults.scene import Scene
from tests.faults.user_sequence import USER_EDITS, UserSequence, first_users
from tests.faults.users_scene import SMARTFLO


@dataclass(frozen=True)
class Kind:
    """What sequences a profile has: see `rounds`."""

    scene: Scene
    sequence: type[AgentSequence] | type[UserSequence]
    config: Callable[[], Config]
    edits: Sequence[Edit]
    methods: tuple[str, ...]
    reads: int


KINDS = {
    "digo": Kind(DIGO, AgentSequence, first_config, EDITS, ("POST", "GET"), 1),
    "smartflo": Kind(SMARTFLO, UserSequence, first_users, USER_EDITS, ("POST", "PATCH", "DELETE", "GET"), 2),
}


@pytest.fixture(scope="module")
def starts() -> dict[str, Bench]:
    """Each profile's bench, made once."""
    return {}


@pytest.fixture
def start(starts: dict[str, Bench], profile: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Bench:
    """A stack of a few resources."""
    if profile not in starts:
        sandbox.reset()
        kind = KINDS[profile]
        template = kind.scene.project(tmp_path_factory.mktemp("start") / "project", "embedded", sandbox)
        kind.config().write(template)
        template.up()
        starts[profile] = Bench.of(template)
    return starts[profile]


def try_sequences(start: Bench, kind: Kind, folder: Path, number: int, count: int, most_rounds: int) -> Counter[str]:
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
    @given(rounds(most_rounds, kind.edits, kind.methods, kind.reads))
    def try_one(sequence: list[Round]) -> None:
        counts["sequences"] += 1
        one = kind.sequence(start.start(folder / f"{counts['sequences']}" / "project"), kind.config())
        one.run(sequence)
        counts.update(one.counts)

    try_one()
    return counts


@pytest.mark.parametrize("profile", ["digo", "smartflo"])
def test_sequences(start: Bench, profile: str, tmp_path: Path, tried: Callable[..., None]) -> None:
    for what, count in try_sequences(start, KINDS[profile], tmp_path, number=1, count=2, most_rounds=2).items():
        tried(what, count)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("profile", KINDS)
@pytest.mark.parametrize("number", range(100, 200))
def test_many_sequences(start: Bench, profile: str, tmp_path: Path, number: int, tried: Callable[..., None]) -> None:
    for what, count in try_sequences(start, KINDS[profile], tmp_path, number, count=5, most_rounds=3).items():
        tried(what, count)
