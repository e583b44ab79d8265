"""Resource options and command line options, each as Pulumi means it."""

from __future__ import annotations

from dataclasses import replace

from digo.project.values import Value
from engine.events import Step, StepDone
from engine.model import Op
from protocol.values import Secret
from tests.engine.hosts.workshop import THING, Run, Workshop, sound


def step_of(run: Run, op: Op) -> Step:
    (step,) = [event.step for event in run.events if isinstance(event, StepDone) and event.step.op is op]
    return step


def test_protected_resources_are_not_deleted_and_others_are(workshop: Workshop) -> None:
    workshop.program('Thing("kept", {}, ResourceOptions(protect=True)); Thing("gone", {})')
    workshop.up()
    workshop.program("")
    planned = workshop.preview()
    assert planned.result.failed
    run = workshop.up()
    for errors in (planned.errors, run.errors):
        assert "because it is protected" in errors[0]
    assert run.steps() == [("delete", "gone")]
    assert workshop.has("kept")


def test_protected_resources_are_not_replaced(workshop: Workshop) -> None:
    text = 'Thing("a", {"value": "%s", "replace_on": ["value"]}, ResourceOptions(protect=True))'
    workshop.program(text % "x")
    workshop.up()
    workshop.program(text % "y")
    run = workshop.up()
    assert run.result.failed
    assert "marked for protection" in run.errors[0]
    assert len(workshop.world()) == 1


def test_retained_resources_are_let_go_of(workshop: Workshop) -> None:
    text = 'Thing("a", {"value": "%s", "replace_on": ["value"]}, ResourceOptions(retain_on_delete=True))'
    workshop.program(text % "x")
    workshop.up()
    workshop.program(text % "y")
    replaced = workshop.up()
    assert step_of(replaced, Op.REPLACE).retain
    assert step_of(replaced, Op.DELETE_REPLACED).retain
    workshop.program("")
    assert step_of(workshop.preview(), Op.DELETE).retain
    assert step_of(workshop.up(), Op.DELETE).retain
    assert workshop.calls("delete") == []
    assert len(workshop.world()) == 2
    assert not workshop.has("a")


def test_a_renamed_component_takes_its_children_along(workshop: Workshop) -> None:
    workshop.program(
        'g = Group("g"); a = Thing("g-a", {"value": "x"}, ResourceOptions(parent=g)); Thing("b", {"value": a.size})'
    )
    workshop.up()
    workshop.program(
        """
        g = Group("h", ResourceOptions(aliases=[pulumi.Alias(name="g")]))
        a = Thing("h-a", {"value": "x"}, ResourceOptions(parent=g))
        Thing("b", {"value": a.size})
        """
    )
    assert workshop.up().changes() == {"same": 4}
    assert workshop.state("h-a").parent == workshop.urn("h", "test:index:Group")
    assert workshop.state("b").dependencies == [workshop.state("h-a").urn]
    assert all(state.aliases == [] for state in workshop.deployment.resources)
    assert len(workshop.world()) == 2
    assert sound(workshop.deployment)


def test_an_alias_is_a_urn_or_what_differs(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"}); Thing("b", {"value": "x"})')
    workshop.up()
    workshop.program(
        """
        g = Group("g")
        as_urn = "urn:pulumi:dev::tried::pulumi-python:dynamic/test:Thing::a"
        Thing("y", {"value": "x"}, ResourceOptions(parent=g, aliases=[as_urn]))
        as_difference = pulumi.Alias(name="b", parent=pulumi.ROOT_STACK_RESOURCE)
        Thing("z", {"value": "x"}, ResourceOptions(parent=g, aliases=[as_difference]))
        """
    )
    run = workshop.up()
    assert sorted(run.steps()) == [("create", "g"), ("same", "y"), ("same", "z")]


def test_a_component_in_the_place_of_a_resource_replaces_it_and_the_other_way_round(workshop: Workshop) -> None:
    thing = 'Thing("a", {"value": "x"}, ResourceOptions(aliases=[pulumi.Alias(name="g", type_="test:index:Group")]))'
    group = f'Group("g", ResourceOptions(aliases=[pulumi.Alias(name="a", type_="{THING}")]))'
    workshop.program(thing)
    workshop.up()
    for program, left in ((group, 0), (thing, 1)):
        workshop.program(program)
        assert [op for op, _ in workshop.up().steps()] == ["create-replacement", "replace", "delete-replaced"]
        assert len(workshop.world()) == left
        assert list(workshop.up().changes()) == ["same"]
    assert [call["method"] for call in workshop.calls("create", "update", "delete")] == ["create", "delete", "create"]


def test_two_resources_cannot_claim_one_alias(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"})')
    workshop.up()
    workshop.program('for n in "yz": Thing(n, {"value": "x"}, ResourceOptions(aliases=[pulumi.Alias(name="a")]))')
    run = workshop.up()
    assert run.result.failed
    assert "Duplicate resource alias" in run.errors[0]
    assert len(workshop.world()) == 1


def test_two_resources_cannot_have_one_urn(workshop: Workshop) -> None:
    workshop.program('Thing("a", {}); Thing("a", {})')
    run = workshop.up()
    assert run.result.failed
    assert [error for error in run.errors if "Duplicate resource URN" in error]


def test_secrets_stay_secret_though_the_host_knows_none(workshop: Workshop) -> None:
    workshop.program(
        """
        options = ResourceOptions(additional_secret_outputs=["size"])
        Thing("a", {"value": Output.secret("x"), "o": {"k": Output.secret(1)}}, options)
        """
    )
    workshop.up()
    (call,) = workshop.calls("create")
    assert call["inputs"] == {"value": "x", "o": {"k": 1}}
    state = workshop.state("a")
    assert state.inputs == {"value": Secret("x"), "o": {"k": Secret(1)}}
    assert state.outputs["value"] == Secret("x")
    assert state.outputs["size"] == Secret(1)
    assert workshop.up().changes() == {"same": 2}
    assert workshop.refresh().changes() == {"same": 2}


def test_the_default_provider_gets_the_whole_config_and_another_one_updates_it(workshop: Workshop) -> None:
    config = {"test:endpoint": Value("http://127.0.0.1:1/"), "test:token": Value("example-token", True)}
    workshop.stack = replace(workshop.stack, config=config)
    workshop.program('Thing("a", {})')
    workshop.up()
    (call,) = workshop.calls("configure")
    assert call["variables"] == {
        "pulumi-python:config:test:endpoint": "http://127.0.0.1:1/",
        "pulumi-python:config:test:token": "example-token",
    }
    assert call["args"]["test:token"]["value"] == "example-token"
    assert workshop.state("default").inputs == {
        "test:endpoint": "http://127.0.0.1:1/",
        "test:token": Secret("example-token"),
    }

    before = workshop.state("default")
    workshop.stack = replace(workshop.stack, config={"tried:color": Value("blue")})
    assert workshop.up().changes() == {"same": 2}
    after = workshop.state("default")
    assert (after.id, after.inputs, after.outputs) == (before.id, {"tried:color": "blue"}, {"tried:color": "blue"})
    assert workshop.state("a").provider == f"{after.urn}::{after.id}"


def test_a_refresh_before_an_up_reads_with_the_old_config_and_writes_with_the_new(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"})')
    workshop.up()
    workshop.forget_calls()
    workshop.program('Thing("a", {"value": "y"})')
    workshop.stack = replace(workshop.stack, config={"tried:color": Value("blue")})
    workshop.with_options(refresh=True)
    assert workshop.up().changes() == {"same": 1, "update": 1}
    calls = [(call["method"], call.get("args")) for call in workshop.calls("configure", "read", "update")]
    assert calls == [
        ("configure", {"tried:color": "red"}),
        ("read", None),
        ("configure", {"tried:color": "blue"}),
        ("update", None),
    ]
    assert len(workshop.starts()) == 3, "a host keeps its config: the new one is another's"


CHAIN = 'a = Thing("a", {"value": "%s"}); b = Thing("b", {"value": a.size}); Thing("c", {"value": "%s"})'


def test_only_targets_change(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.up()
    workshop.program(CHAIN % ("long", "long"))
    workshop.with_options(targets=(workshop.urn("a"),))
    assert workshop.up().changes() == {"same": 3, "update": 1}
    assert (workshop.state("c").inputs, workshop.state("b").inputs) == ({"value": "x"}, {"value": 1})
    workshop.with_options(targets=(workshop.urn("a"),), target_dependents=True)
    assert ("update", "b") in workshop.up().steps()
    assert sound(workshop.deployment)


def test_what_is_no_target_is_not_created(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.with_options(targets=("**::c",))
    workshop.up()
    assert list(workshop.world()) == [workshop.state("c").id]
    assert not workshop.has("a")


def test_what_no_target_covers_counts_as_unchanged(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.up()
    workshop.program('Thing("c", {"value": "x"})')
    workshop.with_options(targets=(workshop.urn("c"),))
    for run in (workshop.preview(), workshop.up()):
        assert run.changes() == {"same": 4}
    for run in (workshop.preview_destroy(), workshop.destroy()):
        assert run.changes() == {"delete": 1, "same": 3}
    assert workshop.has("a") and workshop.has("b") and sound(workshop.deployment)


def test_a_target_cannot_depend_on_what_is_not_created(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.with_options(targets=(workshop.urn("b"),))
    for run in (workshop.preview(), workshop.up()):
        assert run.result.failed
        assert "was not specified in --target list" in run.errors[0]
    assert workshop.world() == {}


def test_a_target_that_does_not_exist_is_an_error(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.with_options(targets=(workshop.urn("nope"),))
    run = workshop.preview()
    assert run.result.failed
    assert workshop.urn("nope") in run.errors[0]


def test_deleting_a_target_takes_its_dependents_or_does_nothing(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.up()
    workshop.with_options(targets=(workshop.urn("a"),))
    run = workshop.destroy()
    assert run.result.failed
    assert "will be destroyed but was not specified" in run.errors[0]
    assert len(workshop.world()) == 3
    workshop.with_options(targets=(workshop.urn("a"),), target_dependents=True)
    assert [step for step in workshop.destroy().steps() if step[0] != "same"] == [("delete", "b"), ("delete", "a")]
    assert workshop.has("c")


def test_a_refresh_of_a_target_reads_no_other(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.up()
    for dependents, read in ((False, ["a"]), (True, ["a", "b"])):
        workshop.forget_calls()
        workshop.with_options(targets=(workshop.urn("a"),), target_dependents=dependents)
        workshop.refresh()
        assert sorted(workshop.names("read")) == read


def test_replace_on_request(workshop: Workshop) -> None:
    workshop.program(CHAIN % ("x", "x"))
    workshop.up()
    workshop.with_options(replace=(workshop.urn("a"),))
    run = workshop.up()
    assert run.changes() == {"same": 3, "replace": 1}
    assert workshop.names("delete") == ["a"]


def test_default_providers_can_be_forbidden(workshop: Workshop) -> None:
    workshop.stack = replace(workshop.stack, config={"pulumi:disable-default-providers": Value('["*"]')})
    workshop.program('Thing("a", {})')
    run = workshop.up()
    assert run.result.failed
    assert "must use an explicit provider" in run.errors[0]
