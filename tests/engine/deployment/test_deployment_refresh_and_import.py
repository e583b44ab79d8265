"""Reality into the state: refreshes and imports."""

from __future__ import annotations

import json

from engine.deployment.context import ImportRequest
from engine.model import PendingOperation, ResourceState
from tests.engine.hosts.workshop import Workshop, sound

TWO = 'a = Thing("a", {"value": "x"}); Thing("b", {"value": a.size})'
THING = "pulumi-python:dynamic/test:Thing"


def put(workshop: Workshop, id_: str, **values: object) -> None:
    world = workshop.host / "world"
    world.mkdir(exist_ok=True)
    (world / f"{id_}.json").write_text(json.dumps(values))


def test_a_refresh_takes_drift_into_the_state_and_the_next_up_mends_it(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    put(workshop, workshop.state("a").id, value="drifted")
    assert workshop.preview_refresh().changes() == {"same": 2, "update": 1}
    assert workshop.refresh().changes() == {"same": 2, "update": 1}
    assert workshop.state("a").outputs == {"value": "drifted", "size": 7}
    assert ("update", "a") in workshop.up().steps()
    assert workshop.world()[workshop.state("a").id]["value"] == "x"
    assert sound(workshop.deployment)


def test_what_the_provider_calls_no_difference_is_taken_over_and_counts_as_none(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"})')
    workshop.up()
    put(workshop, workshop.state("a").id, value="x", ignored_by_host="new")
    assert workshop.refresh().changes() == {"same": 2}
    assert workshop.state("a").outputs["ignored_by_host"] == "new"


def test_what_is_gone_leaves_the_state_and_is_made_anew(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    (workshop.host / "world" / f"{workshop.state('a').id}.json").unlink()
    assert workshop.refresh().changes() == {"same": 2, "delete": 1}
    assert workshop.state("b").dependencies == []
    assert workshop.up().changes() == {"same": 2, "create": 1}
    assert workshop.state("b").dependencies == [workshop.urn("a")]


def test_an_up_can_refresh_first(workshop: Workshop) -> None:
    workshop.program(TWO)
    workshop.up()
    put(workshop, workshop.state("a").id, value="drifted")
    workshop.with_options(refresh=True)
    # In a preview nobody knows yet what `size` will be once `a` is mended.
    assert workshop.preview().changes() == {"same": 1, "update": 2}
    run = workshop.up()
    assert run.changes() == {"same": 2, "update": 1}
    assert ("refresh", "a") in run.steps()
    (workshop.host / "world" / f"{workshop.state('a').id}.json").unlink()
    assert ("create", "a") in workshop.up().steps()


def test_a_resource_that_cannot_be_read_keeps_others_from_nothing(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"fail": "read"}); Thing("b", {"value": "x"})')
    workshop.up()
    put(workshop, workshop.state("b").id, value="drifted")
    run = workshop.refresh()
    assert run.result.failed
    assert run.errors == ["read was told to fail", "update failed"]
    assert workshop.state("b").outputs["value"] == "drifted"
    assert workshop.has("a")


def test_interrupted_operations_are_warned_of_and_block_nothing(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"})')
    lost = ResourceState(urn=workshop.urn("a"), type=THING, custom=True)
    workshop.deployment.pending_operations = [
        PendingOperation(lost, "creating"),
        PendingOperation(lost, "updating"),
    ]
    assert workshop.preview().warnings == []
    run = workshop.up()
    assert not run.result.failed
    (warning,) = run.warnings
    assert "2 pending operations" in warning
    assert f"{workshop.urn('a')}, interrupted while creating" in warning
    assert [operation.type for operation in workshop.deployment.pending_operations] == ["creating"]
    assert "1 interrupted creates" in workshop.refresh().warnings[0]
    assert workshop.deployment.pending_operations == []
    assert workshop.up().warnings == []


ADOPT = 'Thing("a", {"value": "x"}, ResourceOptions(import_="%s"))'


def test_the_program_can_adopt_what_exists(workshop: Workshop) -> None:
    put(workshop, "ext", value="x")
    workshop.program(ADOPT % "ext")
    assert workshop.preview().changes() == {"create": 1, "import": 1}
    assert workshop.up().changes() == {"create": 1, "import": 1}
    assert workshop.state("a").id == "ext"
    assert workshop.names("create", "update") == []
    assert workshop.up().changes() == {"same": 2}
    workshop.program('Thing("a", {"value": "x"})')
    assert workshop.up().changes() == {"same": 2}


def test_what_is_adopted_is_changed_where_it_differs(workshop: Workshop) -> None:
    put(workshop, "ext", value="other")
    workshop.program(ADOPT % "ext")
    assert workshop.preview().steps() == [("import", "a"), ("update", "a")]
    assert workshop.up().steps() == [("import", "a"), ("update", "a")]
    assert workshop.world() == {"ext": {"value": "x"}}
    assert workshop.up().changes() == {"same": 2}


def test_where_the_host_sees_no_difference_it_is_a_plain_import(workshop: Workshop) -> None:
    put(workshop, "ext", value="x", ignored_by_host="live")
    workshop.program('Thing("a", {"value": "x", "ignored_by_host": "wanted"}, ResourceOptions(import_="ext"))')
    assert workshop.up().steps() == [("import", "a")]
    assert workshop.up().changes() == {"same": 2}
    assert workshop.state("a").inputs["ignored_by_host"] == "wanted"
    assert workshop.world()["ext"]["ignored_by_host"] == "live"


def test_another_id_replaces(workshop: Workshop) -> None:
    put(workshop, "one", value="x")
    put(workshop, "two", value="x")
    workshop.program(ADOPT % "one")
    workshop.up()
    workshop.program(ADOPT % "two")
    assert workshop.preview().changes() == {"same": 1, "replace": 1}
    assert workshop.up().steps() == [("import-replacement", "a"), ("replace", "a"), ("delete-replaced", "a")]
    assert list(workshop.world()) == ["two"]


def test_what_does_not_exist_cannot_be_adopted(workshop: Workshop) -> None:
    workshop.program(ADOPT % "nope")
    for run in (workshop.preview(), workshop.up()):
        assert run.result.failed
        assert "resource 'nope' does not exist" in run.errors[0]
    assert not workshop.has("a")
    assert workshop.deployment.pending_operations == []


def test_import_from_the_command_line(workshop: Workshop) -> None:
    put(workshop, "ext", value="x")
    put(workshop, "more", value="y")
    requests = [ImportRequest(THING, "a", "ext"), ImportRequest(THING, "b", "more", protect=False)]
    assert workshop.preview_import(requests).changes() == {"create": 1, "import": 2}
    assert workshop.import_(requests).changes() == {"create": 1, "import": 2}
    a = workshop.state("a")
    assert (a.id, a.protect, a.inputs, a.import_id) == ("ext", True, {"value": "x"}, "")
    assert a.parent == workshop.state("tried-dev").urn
    assert not workshop.state("b").protect
    workshop.program('Thing("a", {"value": "x"}); Thing("b", {"value": "y"})')
    assert workshop.up().changes() == {"same": 3}
    assert sound(workshop.deployment)


def test_imports_that_fail_keep_others_from_nothing(workshop: Workshop) -> None:
    workshop.program('Thing("there", {})')
    workshop.up()
    put(workshop, "ext", value="x")
    run = workshop.import_(
        [
            ImportRequest(THING, "missing", "nope"),
            ImportRequest(THING, "there", "ext"),
            ImportRequest(THING, "a", "ext"),
        ]
    )
    assert run.result.failed
    assert sorted(run.errors)[:2] == [
        "resource 'nope' does not exist",
        f"resource '{workshop.urn('there')}' already exists",
    ]
    assert workshop.state("a").id == "ext"
    assert run.changes() == {"same": 2, "import": 1}
    assert sound(workshop.deployment)


def test_imports_are_not_repeated(workshop: Workshop) -> None:
    put(workshop, "ext", value="x")
    workshop.import_([ImportRequest(THING, "a", "ext")])
    workshop.forget_calls()
    assert workshop.import_([ImportRequest(THING, "a", "ext")]).changes() == {"same": 2}
    assert workshop.calls("read") == []
