"""The accounts that the scenario table is played on: what their entries have, and what people do in their panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.testing import Sandbox
from tests.scenarios.entries import OWN
from tests.scenarios.workspace import Workspace

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Product:
    """An account of profile `digo`.

    Attributes:
        name: what the table calls the account.
        profile: the stack's profile.
        settings: further settings of the stack.
        calls: the call for each act on an agent; one that is left out does not exist.
    """

    name: str = "digo"
    profile: str = "digo"
    settings: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=lambda: {"create": "POST /v1/agent"})

    @property
    def converges(self) -> bool:
        """Whether calls change what differs, so that a second preview is empty."""
        return "update" in self.calls

    def token(self, sandbox: Sandbox) -> str:
        return sandbox.token

    def prepare(self, workspace: Workspace) -> None:
        """Sets up the stack and the account."""
        workspace.set_config(profile=self.profile, **self.settings)

    def list_id(self, place: int) -> str:
        """The id of one of the account's two lists."""
        return f"471{place}"

    def entry(self, key: str, written: Entry) -> Entry:
        """A table's entry as this account's config has it."""
        return written

    def agents(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        """The account's agents: at least `eid`, `name` and `number`."""
        return [one | {"number": one["follow_me_number"]} for one in sandbox.agents()]

    def named(self, sandbox: Sandbox, name: str) -> dict[str, Any]:
        return next(one for one in self.agents(sandbox) if one["name"] == name)

    def add(self, sandbox: Sandbox, name: str, number: str, intercom: int) -> None:
        """Somebody makes an agent in the panel."""
        sandbox.add_agent(number, name=name, intercom=intercom)

    def edit(self, sandbox: Sandbox, whose: str, **fields: Any) -> None:
        """Somebody changes an agent in the panel: `name`, `number`, `blocked`."""
        names = {"name": "name", "number": "follow_me_number", "blocked": "custom_status"}
        changed = {names[one]: int(value) if one == "blocked" else value for one, value in fields.items()}
        sandbox.edit_agent(self.named(sandbox, whose)["eid"], **changed)

    def remove(self, sandbox: Sandbox, name: str) -> None:
        """Somebody deletes an agent in the panel."""
        sandbox.delete_agent(self.named(sandbox, name)["eid"])


@dataclass(frozen=True)
class Sibling(Product):
    """An account of profile `smartflo`. `users`: what it answers to calls about users."""

    profile: str = "smartflo"
    users: str = "answer"

    def token(self, sandbox: Sandbox) -> str:
        return sandbox.smartflo.token

    def prepare(self, workspace: Workspace) -> None:
        super().prepare(workspace)
        workspace.sandbox.smartflo.settings(users=self.users)
        for name in ("First", "Second"):
            workspace.sandbox.smartflo.add_list(name)

    def list_id(self, place: int) -> str:
        return f"5000{place}"

    def agents(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        return sandbox.smartflo.users()

    def add(self, sandbox: Sandbox, name: str, number: str, intercom: int) -> None:
        sandbox.smartflo.add_user(number, name=name, intercom=str(intercom))

    def edit(self, sandbox: Sandbox, whose: str, **fields: Any) -> None:
        sandbox.smartflo.edit_user(self.named(sandbox, whose)["id"], **fields)

    def remove(self, sandbox: Sandbox, name: str) -> None:
        sandbox.smartflo.delete_user(self.named(sandbox, name)["id"])


class Users(Sibling):
    """One that lists users. A new user needs more than an agent, and has no intercom."""

    def entry(self, key: str, written: Entry) -> Entry:
        kept = {name: value for name, value in written.items() if name != "intercom"}
        asked = {"email": f"{key}@example.com", "login_id": key, "user_role": 3, "caller_ids": [OWN]}
        return kept | asked


DIGO = Product()

USERS = Users(
    name="users",
    calls={"create": "POST /v1/user", "update": "PATCH /v1/user", "delete": "DELETE /v1/user"},
)

LEGACY = Sibling(name="legacy", users="403")
"""An account that lists agents only, with no undocumented call turned on: it is as one of profile `digo`."""

TURNED_ON = Sibling(
    name="turned on",
    users="405",
    settings={"undocumented": "putAgent,blockAgent,deleteAgent"},
    calls={"create": "POST /v1/agent", "update": "PUT /v1/agent", "delete": "DELETE /v1/agent"},
)
"""The same, with all of them."""

PRODUCTS = (DIGO, USERS, LEGACY, TURNED_ON)
