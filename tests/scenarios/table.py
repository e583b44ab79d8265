"""The scenario table: what somebody does to config or account, and what a preview must then say, step after step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from entries import agent, by_name, lead, lists
from workspace import Workspace

Edit = Callable[[Workspace], object]
REFUSED = None


@dataclass(frozen=True)
class Step:
    """`edit` is done, and then a preview says `expects`: operations by entry, unchanged ones left out. REFUSED: preview
    and up fail."""

    what: str
    edit: Edit
    expects: Mapping[str, str] | None


def agents(**wanted: dict[str, Any]) -> Edit:
    """agents.yaml becomes this."""
    return lambda workspace: workspace.agents(**wanted)


def leads(*wanted: dict[str, str], list_id: int = 4711) -> Edit:
    """lists.yaml becomes one list with these leads."""

    def edit(workspace: Workspace) -> None:
        content = lists(*wanted)
        content["lists"]["otp"]["id"] = list_id
        workspace.write("lists.yaml", content)

    return edit


def panel_adds(index: int, **fields: Any) -> Edit:
    """Somebody makes an agent in the panel."""
    return lambda workspace: workspace.sandbox.add_agent(**agent(index, **fields))


def panel_edits(whose: str, **fields: Any) -> Edit:
    """Somebody changes an agent in the panel."""
    return lambda workspace: workspace.sandbox.edit_agent(by_name(workspace.sandbox, whose)["eid"], **fields)


def panel_removes(name: str) -> Edit:
    """Somebody deletes an agent in the panel."""
    return lambda workspace: workspace.sandbox.delete_agent(by_name(workspace.sandbox, name)["eid"])


def both(*edits: Edit) -> Edit:
    """One after the other."""
    return lambda workspace: [edit(workspace) for edit in edits]


TABLE: dict[str, tuple[Step, ...]] = {
    "agents come, go and come back": (
        Step("two new ones", agents(a=agent(0), b=agent(1)), {"a": "create", "b": "create"}),
        Step("one leaves, one comes", agents(b=agent(1), c=agent(2)), {"a": "delete", "c": "create"}),
        Step("it comes back", agents(a=agent(0), b=agent(1), c=agent(2)), {"a": "import"}),
    ),
    "the panel has its own ways": (
        Step("it has one", both(panel_adds(0), agents(a=agent(0), b=agent(1))), {"a": "import", "b": "create"}),
        Step("it renames one, blocks one", panel_edits("Agent 0", name="X", custom_status=1), {}),
        Step("it gives one another number", panel_edits("Agent 1", follow_me_number="+12025550109"), {}),
        Step("it removes one", panel_removes("X"), {"a": "replace"}),
        Step("and makes it again", both(panel_removes("Agent 0"), panel_adds(0)), {"a": "import-replacement"}),
    ),
    "what the API cannot change": (
        Step("as wanted", agents(a=agent(0), b=agent(1), c=agent(2)), dict.fromkeys("abc", "create")),
        Step("another name", agents(a=agent(0, "Other"), b=agent(1), c=agent(2)), {}),
        Step("another intercom", agents(a=agent(0, intercom=1900), b=agent(1), c=agent(2)), {}),
        Step("another number, whose intercom is held", agents(a=agent(0), b=agent(1) | {"intercom": 1000}), REFUSED),
        Step("another number and intercom", agents(a=agent(0), b=agent(5), c=agent(2)), {"b": "replace"}),
    ),
    "leads": (
        Step("two new ones", leads(lead(0, otp="1"), lead(1, otp="2")), {"otp-0150": "create", "otp-0151": "create"}),
        Step("other columns", leads(lead(0, otp="3"), lead(1, otp="2")), {"otp-0150": "update"}),
        Step("one leaves, one comes", leads(lead(1, otp="2"), lead(2)), {"otp-0150": "delete", "otp-0152": "create"}),
        Step("another list", leads(lead(1, otp="2"), list_id=4712), {"otp-0151": "replace", "otp-0152": "delete"}),
        Step("nothing is wanted any more", leads(), REFUSED),
    ),
}
