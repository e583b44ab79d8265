"""Sequences in profile `smartflo`: whatever was done to config and panel, an up makes the account match."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.faults import fleet, users_scene
from tests.faults.edits import AGENT_NUMBERS, EDITS, Config, Edit
from tests.faults.project import NUMBERS, Project
from tests.faults.sequences import Sequence

LIST = "otp"
_CALLERS = {users_scene.CALLER: "2222222", users_scene.OTHER_CALLER: "2222223"}
"""The sandbox's ids of the account's own numbers."""


@dataclass
class UserConfig(Config):
    """Beside wanted users and leads: the numbers that nobody must have, by key, and the list's name.

    Attributes:
        made: how many entries there ever were. Each has a login of its own.
    """

    absent: dict[str, int] = field(default_factory=dict)
    list_name: str = "Codes"
    made: int = 0

    def free_numbers(self) -> list[int]:
        """Indexes of numbers that no entry wants, present or absent."""
        taken = {one["follow_me_number"] for one in self.agents.values()} | {
            NUMBERS[one] for one in self.absent.values()
        }
        return [index for index in AGENT_NUMBERS if NUMBERS[index] not in taken]

    def add(self, index: int) -> None:
        """A further user."""
        self.made += 1
        login = f"login{self.made}"
        self.agents[f"agent-{self.made}"] = users_scene.user(index, login_id=login, email=f"{login}@example.com")

    def write(self, project: Project) -> None:
        """Into the project's files."""
        absent = {
            key: {"name": "Nobody", "follow_me_number": NUMBERS[index], "absent": True}
            for key, index in self.absent.items()
        }
        project.agents(**self.agents, **absent)
        leads = [fleet.lead(index, otp=otp) for index, otp in self.leads.items()]
        users_scene.lists(project, **{LIST: {"name": self.list_name, "leads": leads}})


def first_users() -> UserConfig:
    """The config before the first round."""
    config = UserConfig({}, {50: "111111", 51: "222222"})
    for index in range(3):
        config.add(index)
    return config


class UserEdit(Edit):
    """See `Edit`."""

    def _add(self, config: Config, project: Project) -> None:
        assert isinstance(config, UserConfig)
        if (index := self._one_of(config.free_numbers())) is not None:
            config.add(index)

    def _change_number(self, config: Config, project: Project) -> None:
        """Another number, which nobody has: see `_free_in_panel`."""
        there = self._free_in_panel(config, project)
        key, index = (
            self._one_of(list(config.agents)),
            self._one_of([one for one in config.free_numbers() if one in there]),
        )
        if key and index is not None:
            config.agents[key] = {**config.agents[key], "follow_me_number": NUMBERS[index]}

    def _renumber(self, config: Config, project: Project) -> None:
        """Another number, and another name."""
        self._change_number(config, project)
        self._rename(config, project)

    def _block(self, config: Config, project: Project) -> None:
        if key := self._one_of(list(config.agents)):
            config.agents[key] = {**config.agents[key], "blocked": not config.agents[key].get("blocked")}

    def _call_as_another(self, config: Config, project: Project) -> None:
        if key := self._one_of(list(config.agents)):
            numbers = [users_scene.CALLER, users_scene.OTHER_CALLER]
            config.agents[key] = {**config.agents[key], "caller_ids": [numbers[self.pick % 2]]}

    def _forbid(self, config: Config, project: Project) -> None:
        """A number that nobody must have: perhaps one that an entry has just given up."""
        assert isinstance(config, UserConfig)
        if (index := self._one_of(config.free_numbers())) is not None:
            config.absent[f"nobody-{index}"] = index

    def _make_absent(self, config: Config, project: Project) -> None:
        """An entry that is wanted no longer."""
        assert isinstance(config, UserConfig)
        if key := self._one_of(list(config.agents)):
            config.absent[key] = NUMBERS.index(config.agents.pop(key)["follow_me_number"])

    def _allow(self, config: Config, project: Project) -> None:
        assert isinstance(config, UserConfig)
        config.absent.pop(self._one_of(list(config.absent)), None)

    def _rename_list(self, config: Config, project: Project) -> None:
        assert isinstance(config, UserConfig)
        config.list_name = f"Codes {self.pick}"

    def _panel_add(self, config: Config, project: Project) -> None:
        if (index := self._one_of(self._free_in_panel(config, project))) is not None:
            project.sandbox.smartflo.add_user(NUMBERS[index], name=f"Panel {index}", login_id=f"panel{index}")

    def _panel_remove(self, config: Config, project: Project) -> None:
        if one := self._one_of(project.sandbox.smartflo.users()):
            project.sandbox.smartflo.delete_user(one["id"])

    def _panel_rename(self, config: Config, project: Project) -> None:
        self._edit_user(project, name=f"Panel name {self.pick}")

    def _panel_renumber(self, config: Config, project: Project) -> None:
        if (index := self._one_of(self._free_in_panel(config, project))) is not None:
            self._edit_user(project, number=NUMBERS[index])

    def _panel_block(self, config: Config, project: Project) -> None:
        self._edit_user(project, blocked=bool(self.pick % 2))

    def _panel_edit_lead(self, config: Config, project: Project) -> None:
        if lead := self._one_of(_leads(project)):
            project.sandbox.smartflo.edit_lead(lead["lead_id"], field_5="999999")

    def _panel_remove_lead(self, config: Config, project: Project) -> None:
        if lead := self._one_of(_leads(project)):
            project.sandbox.smartflo.delete_lead(lead["lead_id"])

    def _edit_user(self, project: Project, **fields: Any) -> None:
        if one := self._one_of(project.sandbox.smartflo.users()):
            project.sandbox.smartflo.edit_user(one["id"], **fields)

    def _free_in_panel(self, config: Config, project: Project) -> list[int]:
        """Numbers that nobody has or wants. Another user with an entry's number could not get the entry's login: the
        user that has it is deleted later, and the API refuses the same login twice."""
        taken = {one["number"] for one in project.sandbox.smartflo.users()}
        taken |= {one["follow_me_number"] for one in config.agents.values()}
        return [index for index in AGENT_NUMBERS if NUMBERS[index] not in taken]


_MORE = (
    "block",
    "call_as_another",
    "forbid",
    "make_absent",
    "allow",
    "rename_list",
    "panel_edit_lead",
    "panel_remove_lead",
)
USER_EDITS = [UserEdit(what, 0) for what in (*(edit.what for edit in EDITS), *_MORE)]


def _leads(project: Project) -> list[dict[str, Any]]:
    (one,) = project.sandbox.smartflo.lists()
    return list(project.sandbox.smartflo.leads(one["id"]))


class UserSequence(Sequence):
    """See `Sequence`."""

    config: UserConfig

    def remember(self) -> None:
        """Keeps the users, those of them that the state has, and the numbers of the leads that it has."""
        self._users = self._now()
        self._managed = set(self.project.ids().values())

    def _now(self) -> dict[str, dict[str, Any]]:
        return {one["eid"]: one for one in self.sandbox.smartflo.users()}

    def assert_written_once(self, steps: dict[str, str]) -> None:
        """A create for each new user, and no second request for what one request does."""
        made = self._now().keys() - self._users
        writes = [(request["method"], request["path"], str(request["body"])) for request in self.project.writes()]
        assert len([path for method, path, _ in writes if (method, path) == ("POST", "/v1/user")]) == len(made)
        assert len(writes) == len(set(writes)), writes

    def assert_done(self, steps: dict[str, str]) -> None:
        """The account has what config wants, lacks what it must lack, and keeps what is nobody's."""
        now, ids = self._now(), self.project.ids()
        for key, entry in self.config.agents.items():
            live = now[ids[key]]
            wanted = {"number": entry["follow_me_number"], "agent_name": entry["name"], "login_id": entry["login_id"]}
            assert {name: live[name] for name in wanted} == wanted
            assert [str(one) for one in live["caller_id"]] == [_CALLERS[number] for number in entry["caller_ids"]]
            assert entry.get("blocked", live["blocked"]) == live["blocked"]
        numbers = [one["number"] for one in now.values()]
        assert len(numbers) == len(set(numbers)), f"two users have one number: {numbers}"
        assert not set(numbers) & {NUMBERS[index] for index in self.config.absent.values()}
        self._assert_nobodys(now, ids)
        leads = {one["phone"]: (one["fields"]["field_1"], one["fields"]["field_5"]) for one in _leads(self.project)}
        assert leads == {NUMBERS[index][1:]: (f"Lead {index}", otp) for index, otp in self.config.leads.items()}
        assert [one["name"] for one in self.sandbox.smartflo.lists()] == [self.config.list_name]

    def _assert_nobodys(self, now: dict[str, dict[str, Any]], ids: dict[str, str]) -> None:
        """Users that neither state nor config has are as they were; those that the state had are wanted, or gone."""
        wanted = set(ids.values())
        forbidden = {NUMBERS[index] for index in self.config.absent.values()}
        for eid, before in self._users.items():
            if eid in wanted:
                continue
            if eid in self._managed or before["number"] in forbidden:
                assert eid not in now, f"still there: {now[eid]}"
            else:
                assert now.get(eid) == before
