"""Whole operations through the command line, with a real program and a real provider host."""

from __future__ import annotations

import json
import os
import signal
from unittest import mock

import psutil
import pytest

from engine.cli.terminal import Invocation
from tests.engine.cli.engine_place import Place, wait_for_creates

TWO = """
Thing("a", {"size": 1, "pin": pulumi.Output.secret("canary-pin")})
Thing("b", {"size": int(os.environ.get("SIZE", "2"))})
pulumi.export("size", 2)
pulumi.export("pin", pulumi.Output.secret("canary-pin"))
"""


@pytest.mark.usefixtures("host_process")
def test_up_twice_then_a_change_then_destroy(stack: Place) -> None:
    stack.program(TWO)
    preview = stack.run("preview")
    assert preview.code == 0 and "    + 3 to create\n" in preview.out
    assert stack.created() == []
    assert stack.run("preview", "--expect-no-changes").code == 7

    up = stack.run("up", "--yes")
    assert up.code == 0
    assert up.out.startswith("Previewing update (dev):\n") and "\nUpdating (dev):\n" in up.out
    assert "    + 3 created\n" in up.out and "Duration:" in up.out
    assert sorted(stack.created()) == ["a", "b"]

    again = stack.run("up", "--yes", "--expect-no-changes")
    assert again.code == 0 and "    3 unchanged\n" in again.out
    changed = stack.run("preview", "--diff", SIZE="3")
    assert "      ~ size: 2 => 3\n" in changed.out

    assert stack.call("stack", "output", "size").out == "2\n"
    assert stack.call("stack", "output", "pin").out == "[secret]\n"
    assert stack.call("stack", "output", "pin", "--show-secrets").out == "canary-pin\n"
    tree = stack.call("stack").out
    assert "    ├─ pulumi-python:dynamic/test:Thing" in tree or "    └─ pulumi-python:dynamic/test:Thing" in tree

    refused = stack.call("stack", "rm", "dev", "--yes")
    assert refused.code == 1 and "'dev' still has resources; removal rejected" in refused.err
    destroyed = stack.run("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0 and "The resources in the stack have been deleted" in destroyed.out
    assert stack.state().get("resources", []) == []
    assert stack.call("stack", "rm", "dev", "--yes").code == 0


def test_secrets_are_nowhere_in_the_clear(stack: Place) -> None:
    stack.program(TWO + 'print("still here")\n')
    stack.call("config", "set", "--secret", "token", "canary-token")
    shown = [
        stack.call("preview"),
        stack.call("preview", "--json", "--show-config"),
        stack.call("up", "--yes"),
        stack.call("preview", "--diff", SIZE="9"),
        stack.call("up", "--yes", "--skip-preview", "--json", SIZE="9"),
        stack.call("stack", "export"),
        stack.call("stack"),
        stack.call("refresh", "--yes", "--diff"),
    ]
    assert [ran.code for ran in shown] == [0] * len(shown)
    assert all("canary" not in ran.out + ran.err for ran in shown)
    assert "canary" not in stack.everything_on_disk()
    assert "canary-pin" in stack.call("stack", "export", "--show-secrets").out


def test_json_of_a_preview_and_of_an_update(stack: Place) -> None:
    stack.program(TWO)
    document = stack.call("preview", "--json").json
    assert [step["op"] for step in document["steps"]] == ["create", "create", "create"]
    assert document["changeSummary"] == {"create": 3}
    lines = [json.loads(line) for line in stack.call("up", "--yes", "-f", "--json").out.splitlines()]
    assert "preludeEvent" in lines[0] and lines[-1]["cancelEvent"] == {}
    summary = next(line["summaryEvent"] for line in lines if "summaryEvent" in line)
    assert summary["resourceChanges"] == {"create": 3} and summary["result"] == "succeeded"


def test_a_failing_program_and_a_failing_resource(stack: Place) -> None:
    stack.program('raise pulumi.RunError("the plan is refused: 9 of 10 agents")')
    for command in (["preview"], ["up", "--yes"], ["up", "--yes", "--skip-preview"]):
        ran = stack.call(*command)
        assert ran.code == 1
        assert "the plan is refused: 9 of 10 agents" in ran.out and "Traceback" not in ran.out + ran.err
    stack.program('Thing("good", {})\nThing("bad", {"fail": "create"})')
    ran = stack.call("up", "--yes", "--skip-preview")
    assert ran.code == 1 and "create was told to fail" in ran.out and " errored\n" in ran.out
    urns = [resource["urn"] for resource in stack.state()["resources"]]
    assert not any(urn.endswith("::bad") for urn in urns)


def test_config_reaches_the_program(stack: Place) -> None:
    stack.program('pulumi.export("seen", [config.get("plain"), config.get_secret("token")])')
    stack.call("config", "set", "--secret", "token", "canary")
    assert stack.call("up", "--yes", "-f", "--config", "plain=x").code == 0
    assert stack.call("stack", "output", "seen", "--json", "--show-secrets").json == ["x", "canary"]
    assert "canary" not in stack.everything_on_disk()


def test_a_state_moves_out_and_in(stack: Place) -> None:
    stack.program(TWO)
    stack.call("up", "--yes", "-f")
    exported = stack.folder / "exported.json"
    assert stack.call("stack", "export", "--file", str(exported)).code == 0
    assert stack.call("state", "delete", "--all", "--yes").out == "4 resources deleted\n"
    assert stack.call("stack", "import", "--file", str(exported)).code == 0
    assert stack.call("preview", "--expect-no-changes").code == 0
    in_the_clear = stack.call("stack", "export", "--show-secrets").out
    assert stack.call("stack", "import", stdin=in_the_clear).code == 0
    assert "canary" not in stack.everything_on_disk()
    assert stack.call("preview", "--expect-no-changes").code == 0


def test_resources_are_taken_out_of_the_state_with_care(stack: Place) -> None:
    stack.program('a = Thing("a", {}, ResourceOptions(protect=True))\nThing("b", {}, ResourceOptions(depends_on=[a]))')
    stack.call("up", "--yes", "-f")
    urns = {resource["urn"].rsplit("::", 1)[-1]: resource["urn"] for resource in stack.state()["resources"]}
    held = stack.call("state", "delete", urns["a"], "--yes")
    assert held.code == 1 and "the following resources depend on it" in held.err and urns["b"] in held.err
    guarded = stack.call("state", "delete", urns["a"], "--yes", "--target-dependents")
    assert guarded.code == 1 and "it is protected" in guarded.err
    assert stack.call("state", "unprotect", urns["a"], "--yes").out == "1 resources unprotected\n"
    gone = stack.call("state", "delete", urns["a"], "--yes", "--target-dependents")
    assert gone.out == "2 resources deleted\n"
    assert stack.call("preview").out.count(" create \n") >= 2


def test_what_waits_to_be_deleted_is_taken_out_without_what_took_its_place(stack: Place) -> None:
    stack.program('a = Thing("a", {})\nThing("b", {}, ResourceOptions(depends_on=[a]))')
    stack.call("up", "--yes", "-f")
    exported = stack.call("stack", "export").json
    [kept] = [found for found in exported["deployment"]["resources"] if found["urn"].endswith("::a")]
    exported["deployment"]["resources"].append({**kept, "id": "replaced", "delete": True})
    assert stack.call("stack", "import", stdin=json.dumps(exported)).code == 0

    delete = ("state", "delete", kept["urn"], "--yes")
    unclear = stack.call(*delete)
    assert unclear.code == 1 and f"  {kept['id']}\n  replaced (Pending Deletion)\n" in unclear.err
    with mock.patch.object(Invocation, "is_interactive", return_value=True):
        assert stack.call(*delete, stdin="2\n").out.endswith("Resource deleted\n")
    assert [found["id"] for found in stack.state()["resources"] if found["urn"] == kept["urn"]] == [kept["id"]]
    assert stack.call("preview", "--expect-no-changes").code == 0


# Three that end, two that go on until they are cancelled or killed, and three that wait for those.
HELD = """
ended = [Thing(f"t{number}", {}) for number in range(3)]
held = [
    Thing(f"t{number}", {"wait": int(os.environ["HELD"]), "pin": pulumi.Output.secret("canary-pin")},
          ResourceOptions(depends_on=ended))
    for number in (3, 4)
]
for number in (5, 6, 7):
    Thing(f"t{number}", {}, ResourceOptions(depends_on=held))
"""
ENDED, BEGUN, ALL = ({f"t{number}" for number in range(count)} for count in (3, 5, 8))


@pytest.mark.cold
@pytest.mark.usefixtures("host_process")
def test_a_killed_run_goes_on_where_it_was(stack: Place) -> None:
    stack.program(HELD)
    process = stack.start("up", "--yes", "-f", HELD="600")
    wait_for_creates(stack, 5)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for child in psutil.process_iter(["cmdline"]):
        if str(stack.folder) in " ".join(child.info["cmdline"] or []):
            child.wait(timeout=60)
    assert set(stack.created()) == BEGUN
    assert "canary" not in stack.everything_on_disk()

    preview = stack.call("preview", HELD="0")
    assert preview.code == 0 and "the last run was interrupted" in preview.err
    up = stack.call("up", "--yes", "-f", HELD="0")
    assert up.code == 0 and "removed the lock of a run that died" in up.err
    interrupted = {
        line.rsplit("::", 1)[-1].partition(",")[0]
        for line in up.out.splitlines()
        if "interrupted while creating" in line
    }
    assert interrupted == BEGUN - ENDED
    assert all(stack.created().count(name) == 1 for name in ALL - interrupted)
    names = {resource["urn"].rsplit("::", 1)[-1] for resource in stack.state()["resources"]}
    assert names == ALL | {"default", "tried-dev"}
    assert stack.call("preview", "--expect-no-changes", HELD="0").code == 0


@pytest.mark.usefixtures("host_process")
def test_the_first_signal_lets_steps_end(stack: Place) -> None:
    stack.program(HELD)
    process = stack.start("up", "--yes", "-f", HELD="600")
    wait_for_creates(stack, 5)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "^C received; cancelling" in out
    assert set(stack.created()) == BEGUN
    kept = {resource["urn"].rsplit("::", 1)[-1] for resource in stack.state()["resources"]}
    assert kept & ALL == BEGUN
    assert "pending_operations" not in stack.state()
    assert stack.call("up", "--yes", "-f", HELD="0").code == 0
    assert sorted(stack.created()) == sorted(ALL)


@pytest.mark.usefixtures("host_process")
def test_the_second_signal_ends_the_run_at_once(stack: Place) -> None:
    stack.program('for number in range(8):\n    Thing(f"t{number}", {"deaf": 600})')
    process = stack.start("up", "--yes", "-f", "-p", "2")
    wait_for_creates(stack, 2)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    while "^C received; cancelling" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 8
    assert "^C received; terminating" in out and "error: update cancelled" in err
    assert [operation["type"] for operation in stack.state()["pending_operations"]] == ["creating", "creating"]
    assert stack.call("stack", "rm", "dev", "--yes", "--force").code == 0


def test_import_takes_over_what_exists(stack: Place) -> None:
    stack.program('Thing("a", {"size": 4})')
    stack.call("up", "--yes", "-f")
    identifier = next(r["id"] for r in stack.state()["resources"] if r["urn"].endswith("::a"))
    stack.call("state", "delete", "--all", "--yes")
    file = stack.folder / "import.json"
    resource = {"type": "pulumi-python:dynamic/test:Thing", "name": "a", "id": identifier}
    file.write_text(json.dumps({"resources": [resource]}))
    ran = stack.call("import", "--file", str(file), "--yes", "--protect=false")
    assert ran.code == 0 and "= 1 imported" in ran.out
    assert stack.call("preview", "--expect-no-changes").code == 0
    assert stack.call("import", "--file", str(file), "x", "y", "z", "--yes").code == 1
    file.write_text('{"resources": [{"type": "t"}]}')
    assert "resources[0] has no name and no id" in stack.call("import", "--file", str(file), "--yes").err
