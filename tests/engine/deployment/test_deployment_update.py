"""Previews and ups of real programs against a real host: steps, state, calls. The state order is checked throughout."""

from __future__ import annotations

import json

from digo.project.values import Value
from engine.events import StackOutputs, StandardOutput, StepDone
from engine.journal import Begin, Kept
from engine.model import Op
from protocol.values import UNKNOWN, Secret
from tests.engine.hosts.workshop import Workshop, sound

TWO = """
a = Thing("a", {"value": "x"})
b = Thing("b", {"value": a.size}, ResourceOptions(parent=Group("g")))
pulumi.export("size", b.size)
"""


def test_a_preview_predicts_what_the_up_does_and_the_next_is_empty(workshop: Workshop) -> None:
    workshop.program(TWO)
    planned = workshop.preview()
    assert workshop.names("create") == []
    done = workshop.up()
    assert planned.changes() == done.changes() == {"create": 4}
    assert sorted(planned.steps()) == sorted(done.steps())
    assert workshop.names("create") == ["a", "b"]
    assert_state_of_two(workshop)
    workshop.forget_calls()

    assert workshop.preview().changes() == {"same": 4}
    again = workshop.up()
    assert again.changes() == {"same": 4}
    assert {type(entry) for entry in again.journal} == {Kept}, "sames are written down without waiting for the disk"
    assert workshop.names("create", "update", "delete", "read") == []
    assert sound(workshop.deployment)


def assert_state_of_two(workshop: Workshop) -> None:
    b = workshop.state("b")
    assert b.urn == workshop.urn("b", "test:index:Group$pulumi-python:dynamic/test:Thing")
    assert b.parent == workshop.urn("g", "test:index:Group")
    assert b.dependencies == [workshop.urn("a")]
    assert b.property_dependencies == {"value": [workshop.urn("a")]}
    assert (b.inputs, b.outputs) == ({"value": 1}, {"value": 1, "size": 3})
    assert b.id in workshop.world()
    assert b.created
    provider = workshop.state("default")
    assert b.provider == f"{provider.urn}::{provider.id}"
    assert provider.urn == "urn:pulumi:dev::tried::pulumi:providers:pulumi-python::default"
    assert workshop.state("tried-dev").outputs == {"size": 3}


def test_unknown_outputs_stay_unknown_in_a_preview(workshop: Workshop) -> None:
    workshop.program('a = Thing("a", {"value": "x"}); Thing("b", {"value": a.id, "o": {"n": a.size}})')
    planned = workshop.preview()
    (b,) = [e.step.new for e in planned.events if isinstance(e, StepDone) and e.step.urn == workshop.urn("b")]
    assert b is not None
    assert b.inputs == {"value": UNKNOWN, "o": {"n": UNKNOWN}}
    assert b.id == ""


def test_a_create_is_written_down_and_an_update_changes_in_place(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x", "more": 1})')
    begun: list[int] = []
    workshop.recorder.on_record = lambda entry: (
        begun.append(len(workshop.names("create"))) if isinstance(entry, Begin) else None
    )
    workshop.up()
    assert begun == [0], "a create is written down before it begins"
    assert workshop.names("create") == ["a"]
    before = workshop.state("a")
    workshop.program('Thing("a", {"value": "longer"})')
    run = workshop.up()
    assert run.steps() == [("update", "a")]
    (step,) = [e.step for e in run.events if isinstance(e, StepDone) and e.step.op is Op.UPDATE]
    assert sorted(step.diffs) == ["more", "value"]
    after = workshop.state("a")
    assert (after.id, after.created) == (before.id, before.created)
    assert after.modified > before.modified
    assert after.outputs == {"value": "longer", "size": 6}


def test_what_is_gone_from_the_program_is_deleted_dependents_first(workshop: Workshop) -> None:
    workshop.program('a = Thing("a", {"value": "x"}); b = Thing("b", {"value": a.size}); Thing("c", {"value": b.size})')
    workshop.up()
    workshop.program("")
    run = workshop.up()
    assert run.steps() == [("delete", "c"), ("delete", "b"), ("delete", "a")]
    calls = [(call["method"], call["urn"].rsplit("::", 1)[-1]) for call in workshop.calls("delete", "deleted")]
    assert calls == [(method, name) for name in "cba" for method in ("delete", "deleted")]
    assert workshop.world() == {}


REPLACED = 'a = Thing("a", {"value": "%s", "replace_on": ["value"]}); Thing("b", {"value": a.size})'


def test_a_replacement_comes_first_and_the_old_one_goes_last(workshop: Workshop) -> None:
    workshop.program(REPLACED % "x")
    workshop.up()
    old = workshop.state("a").id
    workshop.program(REPLACED % "long")
    assert workshop.preview().changes() == {"same": 1, "replace": 1, "update": 1}
    workshop.forget_calls()
    run = workshop.up()
    assert run.steps() == [
        ("create-replacement", "a"),
        ("replace", "a"),
        ("update", "b"),
        ("delete-replaced", "a"),
    ]
    told = {event.step.op: event.step.new for event in run.events if isinstance(event, StepDone)}
    assert told[Op.REPLACE] == told[Op.CREATE_REPLACEMENT] == workshop.state("a")
    assert [call["method"] for call in workshop.calls("create", "update", "delete")] == [
        "create",
        "update",
        "delete",
    ]
    assert workshop.calls("delete")[0]["id"] == old
    assert list(workshop.world()) == sorted([workshop.state("a").id, workshop.state("b").id])


def test_an_old_one_that_could_not_be_deleted_is_deleted_next_time(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x", "replace_on": ["value"], "fail": "delete"})')
    workshop.up()
    workshop.program('Thing("a", {"value": "y", "replace_on": ["value"]})')
    run = workshop.up()
    assert run.result.failed
    assert run.errors == ["delete was told to fail", "update failed"]
    waiting = [state for state in workshop.deployment.resources if state.delete]
    assert [state.name for state in waiting] == ["a"]
    assert workshop.preview().steps() == [("same", "a"), ("delete-replaced", "a")]


def test_a_host_that_deletes_first_is_refused(workshop: Workshop) -> None:
    text = 'Thing("a", {"value": "%s", "replace_on": ["value"], "delete_first": True})'
    workshop.program(text % "x")
    workshop.up()
    workshop.program(text % "y")
    for run in (workshop.preview(), workshop.up()):
        assert run.result.failed
        assert "does not support replacements that delete the old resource before" in run.errors[0]
    assert workshop.names("delete") == []
    assert len(workshop.world()) == 1


def test_components_keep_their_outputs_and_parents(workshop: Workshop) -> None:
    workshop.program('g = Group("g"); g.register_outputs({"k": 1})')
    workshop.up()
    workshop.program('g = Group("g"); g.register_outputs({"k": 2})')
    assert workshop.up().changes() == {"same": 2}
    assert workshop.state("g").outputs == {"k": 2}


def test_stack_outputs_are_told_and_survive_a_failure(workshop: Workshop) -> None:
    workshop.program('pulumi.export("kept", 1); pulumi.export("secret", Output.secret("s"))')
    run = workshop.up()
    (outputs,) = [event for event in run.events if isinstance(event, StackOutputs)]
    assert (outputs.old, outputs.new) == ({}, {"kept": 1, "secret": Secret("s")})
    workshop.program('a = Thing("a", {"fail": "create"}); pulumi.export("kept", a.size)')
    assert workshop.up().result.failed
    assert workshop.state("tried-dev").outputs == {"kept": 1, "secret": Secret("s")}


def test_the_program_sees_its_project_stack_and_config_and_what_it_prints_is_told(workshop: Workshop) -> None:
    workshop.stack = type(workshop.stack)(
        name="dev", config={"tried:color": Value("red"), "tried:key": Value("hush", secret=True)}
    )
    workshop.program(
        """
        import json, pathlib
        config = pulumi.Config()
        facts = [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization(),
                 pulumi.runtime.is_dry_run(), config.require("color"), str(pathlib.Path.cwd())]
        print(json.dumps(facts))
        pulumi.export("key", config.require_secret("key"))
        """
    )
    run = workshop.preview()
    (line,) = [event.message for event in run.events if isinstance(event, StandardOutput)]
    assert json.loads(line) == ["tried", "dev", "organization", True, "red", str(workshop.folder)]
    (outputs,) = [event for event in run.events if isinstance(event, StackOutputs)]
    assert outputs.new == {"key": Secret("hush")}


def test_a_main_file_elsewhere_finds_its_neighbours_and_not_the_engines_modules(workshop: Workshop) -> None:
    folder = workshop.folder / "src"
    folder.mkdir()
    (folder / "paths.py").write_text("MINE = 'the program has a module of this name, too'\n")
    (folder / "app.py").write_text("import pathlib, paths\nprint(paths.MINE[:11], pathlib.Path.cwd().name)\n")
    workshop.project = type(workshop.project)(**{**vars(workshop.project), "main": folder / "app.py"})
    assert StandardOutput("the program src") in workshop.preview().events


def test_a_hundred_resources_are_settled_once_each(workshop: Workshop) -> None:
    workshop.program('for i in range(100): Thing(f"t{i}", {"value": i})')
    workshop.with_options(parallel=64)
    assert workshop.up().changes() == {"create": 101}
    assert workshop.up().changes() == {"same": 101}
    assert len(workshop.world()) == 100
    assert sound(workshop.deployment)


def test_no_more_steps_at_a_time_than_asked_for(workshop: Workshop) -> None:
    workshop.program(
        """
        Thing("one", {"after": "other"}); Thing("other", {"after": "one"})
        for i in range(5): Thing(f"t{i}", {"value": i, "wait": 0.1})
        """
    )
    workshop.with_options(parallel=2)
    workshop.up()
    running, most = 0, 0
    for call in workshop.calls("create", "created"):
        running += 1 if call["method"] == "create" else -1
        most = max(most, running)
    assert most == 2
