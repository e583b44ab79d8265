"""Replaying a journal: what state comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.journal import (
    BaseRef,
    Begin,
    EntryRef,
    Failure,
    JournalEntry,
    Kept,
    Outputs,
    PendingCleared,
    Success,
    replay,
)
from engine.model import Deployment, PendingOperation, ResourceState

STACK = "urn:pulumi:dev::tried::pulumi:pulumi:Stack::tried-dev"


def thing(name: str, **fields: Any) -> ResourceState:
    urn = f"urn:pulumi:dev::tried::test:index:Thing::{name}"
    return replace(ResourceState(urn=urn, type="test:index:Thing", custom=True, id=name), **fields)


def names(deployment: Deployment) -> list[str]:
    return [state.name + ("!" if state.delete else "") for state in deployment.resources]


def test_new_resources_come_first_and_those_not_reached_stay_behind_them() -> None:
    base = Deployment(resources=[thing("a"), thing("b"), thing("c")])
    entries: list[JournalEntry] = [
        Kept(1, BaseRef(1)),
        Success(2, None, thing("new")),
    ]
    assert names(replay(base, entries)) == ["b", "new", "a", "c"]


def test_a_replacement_leaves_the_old_one_waiting_until_its_own_deletion() -> None:
    base = Deployment(resources=[thing("a", id="old")])
    created = Success(1, None, thing("a", id="new"), marks_delete=(BaseRef(0),))
    between = replay(base, [created])
    assert [(state.id, state.delete) for state in between.resources] == [("new", False), ("old", True)]
    assert [state.id for state in replay(base, [created, Success(2, None, None, removes=(BaseRef(0),))]).resources] == [
        "new"
    ]


def test_what_began_and_did_not_end_is_pending() -> None:
    operation = PendingOperation(thing("a"), "creating")
    begun = Begin(1, operation)
    assert replay(Deployment(), [begun]).pending_operations == [operation]
    assert replay(Deployment(), [begun, Failure(2, 1)]).pending_operations == []
    ended = replay(Deployment(), [begun, Success(2, 1, thing("a"))])
    assert (names(ended), ended.pending_operations) == (["a"], [])


def test_pending_operations_of_the_base_stay_until_cleared() -> None:
    create = PendingOperation(thing("a"), "creating")
    update = PendingOperation(thing("b"), "updating")
    base = Deployment(pending_operations=[create, update])
    assert replay(base, []).pending_operations == [create, update]
    assert replay(base, [PendingCleared(1, (1,))]).pending_operations == [create]
    assert replay(base, [PendingCleared(1, (1,)), PendingCleared(2, (0,))]).pending_operations == []
    assert replay(base, [PendingCleared(1)]).pending_operations == []


def test_a_refresh_changes_in_place_and_visits_nothing() -> None:
    base = Deployment(resources=[thing("a"), thing("b")])
    entries: list[JournalEntry] = [
        Success(1, None, thing("a", outputs={"size": 1}), removes=(BaseRef(0),), in_place=True),
        Kept(2, BaseRef(1)),
        Outputs(3, BaseRef(0), {"size": 2}),
    ]
    replayed = replay(base, entries)
    assert names(replayed) == ["b", "a"]
    assert replayed.resources[1].outputs == {"size": 2}
    assert base.resources[0].outputs == {}


def test_outputs_reach_a_resource_through_the_entry_that_made_it() -> None:
    entries: list[JournalEntry] = [Success(1, None, thing("a")), Outputs(2, EntryRef(1), {"k": 1})]
    assert replay(Deployment(), entries).resources[0].outputs == {"k": 1}


def test_references_follow_aliases_and_dangling_ones_go() -> None:
    old, new, gone = thing("old").urn, thing("new"), thing("gone").urn
    child = thing(
        "child",
        parent=old,
        dependencies=[old, gone],
        property_dependencies={"value": [gone, old]},
        deleted_with=gone,
    )
    base = Deployment(resources=[thing("old"), thing("gone"), child])
    entries: list[JournalEntry] = [
        Success(1, None, replace(new, aliases=[old]), removes=(BaseRef(0),)),
        Success(2, None, None, removes=(BaseRef(1),)),
    ]
    renamed, kept = replay(base, entries).resources
    assert renamed.aliases == []
    assert (kept.parent, kept.dependencies) == (new.urn, [new.urn])
    assert (kept.property_dependencies, kept.deleted_with) == ({"value": [new.urn]}, "")


@given(st.data())
def test_no_prefix_of_a_journal_loses_or_doubles_a_resource(data: st.DataObject) -> None:
    """Whatever a run does to three resources and wherever it crashes: each is there once, or was deleted."""
    base = Deployment(resources=[thing(name, id=f"{name}-0") for name in "abc"])
    entries: list[JournalEntry] = []
    gone: set[str] = set()
    for index in data.draw(st.permutations(range(3))):
        name, ref, kind = "abc"[index], BaseRef(index), data.draw(st.sampled_from(["keep", "update", "delete"]))
        number = len(entries) + 1
        if kind == "keep":
            entries.append(Kept(number, ref))
            continue
        entries.append(Begin(number, PendingOperation(base.resources[index], kind)))
        new = thing(name, id=f"{name}-1") if kind == "update" else None
        entries.append(Success(number + 1, number, new, removes=(ref,)))
        if kind == "delete":
            gone.add(name)
    cut = data.draw(st.integers(0, len(entries)))
    replayed = replay(base, entries[:cut])
    left = [state.name for state in replayed.resources]
    assert len(left) == len(set(left))
    assert set("abc") - set(left) <= gone
    assert set(left) == set("abc") - gone or cut < len(entries)
    assert len(replayed.pending_operations) <= 1
