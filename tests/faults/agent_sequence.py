"""Sequences in profile `digo`: agents are created and adopted, and nothing on the account is changed or deleted."""

from __future__ import annotations

from collections import Counter

from sandbox.testing import Sandbox
from tests.faults import fleet
from tests.faults.edits import Config
from tests.faults.project import NUMBERS
from tests.faults.sequences import Sequence
from tests.faults.settled import untouched

CREATES = {"create", "replace"}
SENDS = {"create", "replace", "update"}


def first_config() -> Config:
    """The config before the first round: five resources."""
    agents = {f"agent-{index}": fleet.agent(index) for index in range(3)}
    return Config(agents, {50: "111111", 51: "222222"})


def _leads_of(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    return {row["phone"]: row["fields"] for row in sandbox.leads(fleet.LIST_ID)}


class AgentSequence(Sequence):
    """See `Sequence`."""

    def remember(self) -> None:
        """Keeps the agents with all that only their owner may change, and the list's leads."""
        self._agents, self._leads = untouched(self.sandbox), _leads_of(self.sandbox)

    def assert_written_once(self, steps: dict[str, str]) -> None:
        """One create or lead for each entry that the preview named."""
        assert self._posts() == Counter(self._wanted_posts(steps))

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

    def assert_done(self, steps: dict[str, str]) -> None:
        """The account is what it was and what the preview said; the state has an id of the account for each entry."""
        now, agents = untouched(self.sandbox), self._agents
        assert {eid: now.get(eid) for eid in agents} == agents
        made = [
            {name: now[eid][name] for name in ("name", "follow_me_number", "intercom")} for eid in now.keys() - agents
        ]
        wanted = [self.config.agents[key] for key in self._created(steps)]
        assert sorted(made, key=str) == sorted(wanted, key=str)
        for key in ("follow_me_number", "intercom"):
            assert len({one[key] for one in now.values()}) == len(now), f"two agents have one {key}: {now}"
        assert _leads_of(self.sandbox) == {
            **self._leads,
            **{NUMBERS[i][1:]: self._columns(i) for i in self._sent(steps)},
        }
        ids = self.project.ids()
        assert ids.keys() == self.config.keys()
        for key, agent in self.config.agents.items():
            live = now[ids[key]]
            assert agent["follow_me_number"] == live["follow_me_number"] or agent["intercom"] == live["intercom"]

    def _columns(self, index: int) -> dict[str, str]:
        return {"field_0": NUMBERS[index], "field_1": f"Lead {index}", "field_5": self.config.leads[index]}
