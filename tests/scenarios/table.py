"""The scenario table: what somebody does to config or account, and what a preview must then say, step after step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from entries import NUMBERS, agent, lead, lists
from products import Product
from workspace import Workspace

Edit = Callable[[Workspace, Product], object]
Expected = Mapping[str, str] | None
REFUSED = None


class Column(Enum):
    """Stands for the expectations of another column."""

    DIGO = "digo"


@dataclass(frozen=True)
class Step:
    """`edit` is done, and then a preview says `digo`: operations by entry, unchanged ones left out. REFUSED: preview
    and up fail.

    `users` is what it says where users are listed, which calls change and delete. `turned_on` is for an account that
    lists agents, with the undocumented calls.
    """

    what: str
    edit: Edit
    digo: Expected
    users: Expected | Column = Column.DIGO
    turned_on: Expected | Column = Column.DIGO

    def expects(self, product: Product) -> Expected:
        """What the preview says for that account."""
        column = {"users": self.users, "turned on": self.turned_on}.get(product.name, Column.DIGO)
        return self.digo if isinstance(column, Column) else column


def agents(**wanted: dict[str, Any]) -> Edit:
    """agents.yaml becomes this."""
    return lambda workspace, product: workspace.agents(
        **{key: dict(product.entry(key, written)) for key, written in wanted.items()}
    )


def leads(*wanted: dict[str, str], list_: int = 1) -> Edit:
    """lists.yaml becomes one list with these leads."""

    def edit(workspace: Workspace, product: Product) -> None:
        content = lists(*wanted)
        content["lists"]["otp"]["id"] = product.list_id(list_)
        workspace.write("lists.yaml", content)

    return edit


def setting(**settings: Any) -> Edit:
    """The stack gets these settings."""
    return lambda workspace, _product: workspace.set_config(**settings)


def panel_adds(index: int) -> Edit:
    """Somebody makes an agent in the panel."""
    return lambda workspace, product: product.add(
        workspace.sandbox, f"Agent {index}", NUMBERS[index], agent(index)["intercom"]
    )


def panel_edits(whose: str, **fields: Any) -> Edit:
    """Somebody changes an agent in the panel."""
    return lambda workspace, product: product.edit(workspace.sandbox, whose, **fields)


def panel_removes(name: str) -> Edit:
    """Somebody deletes an agent in the panel."""
    return lambda workspace, product: product.remove(workspace.sandbox, name)


def both(*edits: Edit) -> Edit:
    """One after the other."""
    return lambda workspace, product: [edit(workspace, product) for edit in edits]


A, B, C, D, E = (agent(index) for index in range(5))

TABLE: dict[str, tuple[Step, ...]] = {
    "agents come, go and come back, and leads beside them": (
        Step(
            "two new ones of each",
            both(agents(a=A, b=B), leads(lead(0, otp="1"), lead(1, otp="2"))),
            dict.fromkeys(("a", "b", "otp-0150", "otp-0151"), "create"),
        ),
        Step(
            "one agent and one lead leave, one of each comes; a lead has other columns",
            both(agents(b=B, c=C), leads(lead(0, otp="3"), lead(2))),
            {"a": "delete", "c": "create", "otp-0150": "update", "otp-0151": "delete", "otp-0152": "create"},
        ),
        # What a list of users does not show is sent again, and an import sends nothing.
        Step(
            "the agent comes back; another list",
            both(agents(a=A, b=B, c=C), leads(lead(0, otp="3"), list_=2)),
            {"a": "import", "otp-0150": "replace", "otp-0152": "delete"},
            users={"a": "create", "otp-0150": "replace", "otp-0152": "delete"},
        ),
        Step("nothing is wanted any more", both(agents(), leads()), REFUSED),
    ),
    "the panel has its own ways": (
        Step(
            "it has one",
            both(panel_adds(0), agents(a=A, b=B, c=C, d=D, e=E)),
            {"a": "import"} | dict.fromkeys("bcde", "create"),
            users=dict.fromkeys("abcde", "create"),
        ),
        Step(
            "it renames one, gives one another number, blocks one, removes one, and makes one again",
            both(
                panel_edits("Agent 0", name="X"),
                panel_edits("Agent 1", number="+12025550109"),
                panel_edits("Agent 2", blocked=True),
                panel_removes("Agent 3"),
                both(panel_removes("Agent 4"), panel_adds(4)),
            ),
            {"d": "replace", "e": "import-replacement"},
            users={"a": "update", "b": "update", "d": "replace", "e": "replace"},
            turned_on={"a": "update", "b": "update", "d": "replace", "e": "import-replacement"},
        ),
    ),
    "config asks for what the API cannot change, and agents are removed": (
        Step(
            "as wanted",
            both(setting(deletes="delete"), agents(a=A, b=B, c=C, d=D, e=E)),
            dict.fromkeys("abcde", "create"),
        ),
        # No call changes an intercom.
        Step(
            "another name, another intercom, another number and intercom; one leaves, one must be absent",
            agents(a=agent(0, "Other"), b=agent(1, intercom=1900), c=agent(5), e=E | {"absent": True}),
            {"c": "replace", "d": "delete", "e": "delete"},
            users={"a": "update", "c": "update", "d": "delete", "e": "delete"},
            turned_on={"a": "update", "c": "update", "d": "delete", "e": "delete"},
        ),
        Step("the panel makes it again", panel_adds(4), {}),
        Step(
            "an intercom that is held",
            agents(a=agent(0, "Other"), b=agent(1, intercom=1000), c=agent(5), e=E | {"absent": True}),
            REFUSED,
            users={},
        ),
    ),
}
