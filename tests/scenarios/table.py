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


A, B, C = agent(0), agent(1), agent(2)

TABLE: dict[str, tuple[Step, ...]] = {
    "agents come, go and come back, and leads beside them": (
        Step(
            "two new ones of each",
            both(agents(a=A, b=B), leads(lead(0, otp="1"), lead(1, otp="2"))),
            dict.fromkeys(("a", "b", "otp-0150", "otp-0151"), "create"),
        ),
        Step(
            "one agent leaves, one comes; a lead has other columns",
            both(agents(b=B, c=C), leads(lead(0, otp="3"), lead(1, otp="2"))),
            {"a": "delete", "c": "create", "otp-0150": "update"},
        ),
        # What a list of users does not show is sent again, and an import sends nothing.
        Step(
            "the agent comes back; one lead leaves, one comes",
            both(agents(a=A, b=B, c=C), leads(lead(1, otp="2"), lead(2))),
            {"a": "import", "otp-0150": "delete", "otp-0152": "create"},
            users={"a": "create", "otp-0150": "delete", "otp-0152": "create"},
        ),
        Step("another list", leads(lead(1, otp="2"), list_=2), {"otp-0151": "replace", "otp-0152": "delete"}),
        Step("nothing is wanted any more", both(agents(), leads()), REFUSED),
    ),
    "the panel has its own ways": (
        Step(
            "it has one",
            both(panel_adds(0), agents(a=A, b=B)),
            {"a": "import", "b": "create"},
            users={"a": "create", "b": "create"},
        ),
        Step("it renames one", panel_edits("Agent 0", name="X"), {}, users={"a": "update"}, turned_on={"a": "update"}),
        Step(
            "it gives one another number",
            panel_edits("Agent 1", number="+12025550109"),
            {},
            users={"b": "update"},
            turned_on={"b": "update"},
        ),
        Step("it blocks one", panel_edits("Agent 1", blocked=True), {}),
        Step("it removes one", panel_removes("Agent 1"), {"b": "replace"}),
        Step(
            "and makes it again",
            both(panel_removes("Agent 1"), panel_adds(1)),
            {"b": "import-replacement"},
            users={"b": "replace"},
        ),
    ),
    "what the API cannot change": (
        Step("as wanted", agents(a=A, b=B, c=C), dict.fromkeys("abc", "create")),
        Step(
            "another name",
            agents(a=agent(0, "Other"), b=B, c=C),
            {},
            users={"a": "update"},
            turned_on={"a": "update"},
        ),
        Step(
            "another intercom",
            agents(a=agent(0, intercom=1900), b=B, c=C),
            {},
            users={"a": "update"},
            turned_on={"a": "update"},
        ),
        Step("an intercom that is held", agents(a=A, b=B | {"intercom": 1000}), REFUSED, users={"c": "delete"}),
        Step(
            "another number and intercom",
            agents(a=A, b=agent(5), c=C),
            {"b": "replace"},
            users={"b": "update", "c": "create"},
            turned_on={"b": "update"},
        ),
    ),
    "agents are removed": (
        Step("as wanted", both(setting(deletes="delete"), agents(a=A, b=B, c=C)), dict.fromkeys("abc", "create")),
        Step("one leaves config", agents(a=A, b=B), {"c": "delete"}, turned_on={"c": "delete"}),
        Step("one must be absent", agents(a=A, b=B | {"absent": True}), {"b": "delete"}),
        Step("the panel makes it again", panel_adds(1), {}),
    ),
}
