"""The scenario table: what somebody does to config or account, and what a preview must then say, step after step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.scenarios.entries import NUMBERS, agent, lead, lists
from tests.scenarios.products import Product
from tests.scenarios.workspace import Workspace

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
COME_AND_GO = {"a": "delete", "c": "create", "otp-0150": "update", "otp-0151": "delete", "otp-0152": "create"}
PANELS = {key: agent(index) for index, key in enumerate("pqrst", start=5)}
"""Agents that the panel changes, beside the others."""

TABLE: dict[str, tuple[Step, ...]] = {
    "agents come, go and come back, leads beside them, and the panel has its own ways": (
        Step(
            "two new ones of each, and five more, of which the panel has one",
            both(panel_adds(5), agents(a=A, b=B, **PANELS), leads(lead(0, otp="1"), lead(1, otp="2"))),
            dict.fromkeys(("a", "b", "q", "r", "s", "t", "otp-0150", "otp-0151"), "create") | {"p": "import"},
            users=dict.fromkeys(("a", "b", *PANELS, "otp-0150", "otp-0151"), "create"),
        ),
        Step(
            "one agent and one lead leave, one of each comes, a lead has other columns; the panel renames an agent, "
            "gives one another number, blocks one, removes one, and makes one again",
            both(
                agents(b=B, c=C, **PANELS),
                leads(lead(0, otp="3"), lead(2)),
                panel_edits("Agent 5", name="X"),
                panel_edits("Agent 6", number=NUMBERS[89]),
                panel_edits("Agent 7", blocked=True),
                panel_removes("Agent 8"),
                panel_removes("Agent 9"),
                panel_adds(9),
            ),
            COME_AND_GO | {"s": "replace", "t": "import-replacement"},
            users=COME_AND_GO | {"p": "update", "q": "update", "s": "replace", "t": "replace"},
            turned_on=COME_AND_GO | {"p": "update", "q": "update", "s": "replace", "t": "import-replacement"},
        ),
        # What a list of users does not show is sent again, and an import sends nothing.
        Step(
            "the agent comes back; another list",
            both(agents(a=A, b=B, c=C, **PANELS), leads(lead(0, otp="3"), list_=2)),
            {"a": "import", "otp-0150": "replace", "otp-0152": "delete"},
            users={"a": "create", "otp-0150": "replace", "otp-0152": "delete"},
        ),
        Step("nothing is wanted any more", both(agents(), leads()), REFUSED),
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
        Step("the panel makes it again", panel_adds(4), {}, turned_on={}),
        Step(
            "an intercom that is held",
            agents(a=agent(0, "Other"), b=agent(1, intercom=1000), c=agent(5), e=E | {"absent": True}),
            REFUSED,
            users={},
            turned_on=REFUSED,
        ),
    ),
}
