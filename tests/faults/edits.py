"""What people do to a config and in the panel, one small step after another, and the strategies that draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from tests.faults import fleet
from tests.faults.cutting import WAYS, Boundary
from tests.faults.project import NUMBERS, Project

AGENT_NUMBERS = range(12)
LEAD_NUMBERS = range(50, 55)


@dataclass
class Config:
    """The wanted agents by key, and the one-time password of the wanted leads by their number's index."""

    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    leads: dict[int, str] = field(default_factory=dict)

    def free_numbers(self) -> list[int]:
        """Indexes of numbers whose number and intercom no entry wants."""
        taken = {one["follow_me_number"] for one in self.agents.values()}
        taken |= {NUMBERS[int(one["intercom"]) - 1000] for one in self.agents.values()}
        return [index for index in AGENT_NUMBERS if NUMBERS[index] not in taken]

    def write(self, project: Project) -> None:
        """Into the project's files."""
        project.agents(**self.agents)
        fleet.write_leads(project, [fleet.lead(index, otp=otp) for index, otp in self.leads.items()])

    def lead_key(self, index: int) -> str:
        """The resource name of a lead."""
        return f"otp-{NUMBERS[index][-4:]}"

    def keys(self) -> set[str]:
        """The resource names of all entries."""
        return {*self.agents, *map(self.lead_key, self.leads)}


@dataclass(frozen=True)
class Edit:
    """One step. `pick` chooses what it is done to, among what is there then; where nothing is, nothing is done."""

    what: str
    pick: int

    def apply(self, config: Config, project: Project) -> None:
        """Does it, to the config or in the panel."""
        getattr(self, f"_{self.what}")(config, project)

    def _one_of(self, there: list[Any]) -> Any:
        return there[self.pick % len(there)] if there else None

    def _add(self, config: Config, project: Project) -> None:
        if (index := self._one_of(config.free_numbers())) is not None:
            config.agents[f"agent-{len(config.agents)}-{index}"] = fleet.agent(index)

    def _remove(self, config: Config, project: Project) -> None:
        config.agents.pop(self._one_of(list(config.agents)), None)

    def _rename(self, config: Config, project: Project) -> None:
        if key := self._one_of(list(config.agents)):
            config.agents[key] = {**config.agents[key], "name": f"Renamed {self.pick}"}

    def _renumber(self, config: Config, project: Project) -> None:
        """Another number and another intercom: a new agent."""
        key, index = self._one_of(list(config.agents)), self._one_of(config.free_numbers())
        if key and index is not None:
            config.agents[key] = fleet.agent(index)

    def _change_number(self, config: Config, project: Project) -> None:
        """Another number, the same intercom: the old agent is in the way."""
        key, index = self._one_of(list(config.agents)), self._one_of(config.free_numbers())
        if key and index is not None:
            config.agents[key] = {**config.agents[key], "follow_me_number": NUMBERS[index]}

    def _send(self, config: Config, project: Project) -> None:
        config.leads[LEAD_NUMBERS[self.pick % len(LEAD_NUMBERS)]] = f"{111111 * (1 + self.pick % 3)}"

    def _unsend(self, config: Config, project: Project) -> None:
        config.leads.pop(self._one_of(list(config.leads)), None)

    def _panel_add(self, config: Config, project: Project) -> None:
        there = project.sandbox.agents()
        taken = {one["follow_me_number"] for one in there} | {NUMBERS[int(one["intercom"]) - 1000] for one in there}
        index = self._one_of([index for index in AGENT_NUMBERS if NUMBERS[index] not in taken])
        if index is not None:
            project.sandbox.add_agent(**fleet.agent(index, name=f"Panel {index}"))

    def _panel_remove(self, config: Config, project: Project) -> None:
        if one := self._one_of(project.sandbox.agents()):
            project.sandbox.delete_agent(one["eid"])

    def _panel_rename(self, config: Config, project: Project) -> None:
        if one := self._one_of(project.sandbox.agents()):
            project.sandbox.edit_agent(one["eid"], name=f"Panel name {self.pick}")

    def _panel_renumber(self, config: Config, project: Project) -> None:
        there = project.sandbox.agents()
        taken = {one["follow_me_number"] for one in there}
        index = self._one_of([index for index in AGENT_NUMBERS if NUMBERS[index] not in taken])
        if there and index is not None:
            project.sandbox.edit_agent(self._one_of(there)["eid"], follow_me_number=NUMBERS[index])

    def _panel_block(self, config: Config, project: Project) -> None:
        if one := self._one_of(project.sandbox.agents()):
            project.sandbox.edit_agent(one["eid"], custom_status=1 - int(one["custom_status"]))


EDITS = [
    Edit(what, 0)
    for what in (
        *("add", "add", "remove", "rename", "renumber", "change_number", "send", "send", "unsend"),
        *("panel_add", "panel_remove", "panel_rename", "panel_renumber", "panel_block"),
    )
]


@dataclass(frozen=True)
class Round:
    """Some edits, and the up that follows them: cut in some way at a request, if it has such a one."""

    edits: tuple[Edit, ...]
    way: str | None
    boundary: Boundary


def rounds(most: int, edits: Sequence[Edit], methods: Sequence[str], reads: int) -> st.SearchStrategy[list[Round]]:
    """Sequences of at most so many rounds.

    Args:
        most: how many rounds at most.
        edits: an edit of each kind that there is.
        methods: of requests at which a run can be cut.
        reads: how many reads of the program come before there is a host to kill.
    """
    edit = st.builds(replace, st.sampled_from(edits), pick=st.integers(0, 11))
    boundary = st.builds(
        lambda method, nth: Boundary(f"{method} {nth}", method, "/v1/*", nth=nth + reads * (method == "GET")),
        st.sampled_from(methods),
        st.integers(1, 2),
    )
    way = st.sampled_from([None, None, *WAYS])
    one = st.builds(Round, st.lists(edit, min_size=1, max_size=5).map(tuple), way, boundary)
    return st.lists(one, min_size=1, max_size=most)
