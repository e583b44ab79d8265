"""`stack rename`: the state, its history and the config file go along, and a run finds all as it was."""

from __future__ import annotations

import json

from engine.backend.layout import StackReference
from engine.backend.renaming import renamed
from protocol.values import RESOURCE_SIGNATURE, SIGNATURE_KEY
from tests.engine.cli.engine_place import Place, wait_for_creates

PROGRAM = """
first = Thing("first", {"value": config.get_secret("token")})
second = Thing("second", {"value": first.size}, ResourceOptions(parent=first, depends_on=[first]))
pulumi.export("size", second.size)
"""


def state_of(place: Place, name: str) -> str:
    return (place.folder / f".pulumi-state/.pulumi/stacks/tried/{name}.json").read_text()


def test_a_renamed_stack_is_the_same_one(stack: Place) -> None:
    stack.program(PROGRAM)
    assert stack.call("config", "set", "--secret", "token", "canary-9").code == 0
    assert stack.call("up", "--yes", "-f").code == 0
    history = stack.folder / ".pulumi-state/.pulumi/history/tried/dev"
    (history / "dev-17.history.json.gz").write_bytes(b"packed")
    (history / "dev-two-18.history.json").write_text("of another stack")
    before = json.loads(state_of(stack, "dev"))["checkpoint"]["latest"]
    ran = stack.call("stack", "rename", "prod")
    assert (ran.code, ran.out) == (0, "Renamed dev to prod\n")

    text = state_of(stack, "prod")
    assert "urn:pulumi:dev::" not in text and "canary" not in text
    assert json.loads(text)["checkpoint"]["stack"] == "organization/tried/prod"
    after = json.loads(text)["checkpoint"]["latest"]
    assert [one["urn"].replace(":prod::", ":dev::") for one in after["resources"]][1:] == [
        one["urn"] for one in before["resources"]
    ][1:]
    assert after["resources"][0]["urn"] == "urn:pulumi:prod::tried::pulumi:pulumi:Stack::tried-prod"
    assert [entry["name"] for entry in stack.call("stack", "ls", "--json").json] == ["prod"]
    assert stack.call("stack", "--show-name").out == "prod\n"
    assert not (stack.folder / "Pulumi.dev.yaml").exists()
    assert (history.with_name("prod") / "prod-17.history.json.gz").read_bytes() == b"packed"

    stack.environment["PULUMI_STACK"] = "prod"
    assert stack.call("preview", "--expect-no-changes").code == 0
    assert stack.call("config", "get", "token").out == "canary-9\n"
    assert stack.call("up", "--yes", "-f", "--expect-no-changes").code == 0
    assert stack.created() == ["first", "second"]


def test_an_interrupted_runs_journal_is_kept(stack: Place) -> None:
    stack.program('good = Thing("good", {})\nThing("slow", {"wait": 600}, ResourceOptions(depends_on=[good]))')
    run = stack.start("up", "--yes", "-f")
    wait_for_creates(stack, 2)
    run.kill()
    run.communicate()
    assert stack.call("stack", "rename", "prod").code == 0
    assert "::good" in state_of(stack, "prod")
    assert list((stack.folder / ".pulumi-state/.pulumi/embedded/tried").glob("*.journal")) == []


def test_what_is_there_already_is_not_touched(stack: Place) -> None:
    (stack.folder / "Pulumi.prod.yaml").write_text("config: {tried:a: b}\n")
    refused = stack.call("stack", "rename", "prod")
    assert refused.code == 1
    assert "Pulumi.prod.yaml exists already; move it away, then rename again. Nothing was renamed" in refused.err
    assert (stack.folder / "Pulumi.prod.yaml").read_text() == "config: {tried:a: b}\n"
    (stack.folder / "Pulumi.prod.yaml").unlink()
    assert stack.call("stack", "init", "prod", "--no-select").code == 0
    (stack.folder / "Pulumi.prod.yaml").unlink()
    refused = stack.call("stack", "rename", "prod")
    assert (refused.code, "a stack named 'prod' already exists" in refused.err) == (1, True)
    assert stack.call("stack", "--show-name").out == "dev\n"
    assert (stack.folder / "Pulumi.dev.yaml").exists()
    for name, code in (("a b", 1), ("", 1)):
        assert stack.call("stack", "rename", name).code == code
    assert stack.call("stack", "rename", "new", "--stack", "nope").code == 6


def test_every_urn_of_the_old_stack_has_the_new_name() -> None:
    old, new = StackReference("tried", "dev"), StackReference("tried", "prod")

    def urn(name: str, stack: str = "dev", project: str = "tried") -> str:
        return f"urn:pulumi:{stack}::{project}::a:b:C$d:e:F::{name}"

    def resource(stack: str) -> dict[str, object]:
        reference = {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": urn("x", stack), "id": "7"}
        return {
            "urn": urn("x::y", stack),
            "parent": f"urn:pulumi:{stack}::tried::pulumi:pulumi:Stack::tried-{stack}",
            "provider": f"urn:pulumi:{stack}::tried::pulumi:providers:a::default::id-1",
            "dependencies": [urn("x", stack), urn("z", "dev", "other")],
            "propertyDependencies": {"p": [urn("x", stack)], "q": []},
            "aliases": [urn("before", stack)],
            "deletedWith": urn("x", stack),
            "replaceWith": [urn("x", stack)],
            "viewOf": urn("x", stack),
            "inputs": {"text": urn("x"), "list": [reference], "map": {"of": reference}},
            "outputs": {"one": reference},
            "id": urn("an id"),
            "custom": True,
        }

    def deployment(stack: str) -> dict[str, object]:
        pending = [{"resource": resource(stack), "type": "creating"}]
        return {"manifest": {}, "resources": [resource(stack)], "pending_operations": pending}

    assert renamed(deployment("dev"), old, new) == deployment("prod")
    assert renamed(deployment("other"), old, new) == deployment("other")
