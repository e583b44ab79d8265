"""A sequence of rounds: edits, a preview, an up that may be cut. What must be true after each is the profile's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter

from tests.faults.cutting import WAYS
from tests.faults.edits import Config, Round
from tests.faults.project import Project, leaks, operations

MOST_RUNS = 3


class Sequence(ABC):
    """One sequence on one project, and what it counts. `config` is what the project's files have."""

    def __init__(self, project: Project, config: Config) -> None:
        self.project = project
        self.sandbox = project.sandbox
        self.config = config
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
        self.remember()
        preview = self.project.run("preview", "--json")
        self.sandbox.clear_requests()
        if preview.code != 0:
            self.counts["refused plans"] += 1
            assert self.project.run("up", "--skip-preview").code != 0, preview.text
            assert not self.project.writes()
            return False
        steps = operations(preview.stdout)
        if self._up(one):
            # What a cut leaves open may be sent again; what is on the account counts then.
            self.counts["cuts in sequences"] += 1
        else:
            self.assert_written_once(steps)
        self.assert_done(steps)
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

    @abstractmethod
    def remember(self) -> None:
        """Keeps what the account has, before a run."""

    @abstractmethod
    def assert_written_once(self, steps: dict[str, str]) -> None:
        """An uncut run has asked for what the preview said, and for nothing else."""

    @abstractmethod
    def assert_done(self, steps: dict[str, str]) -> None:
        """Account and state are what config and preview said; what is nobody's is as it was."""
