"""`stack`, `config`, `state` and their like: what they print, what they write, and how they refuse."""

from __future__ import annotations

import json

import pytest

from tests.engine.cli.engine_place import Place

NO_CHOICE = "no stack selected"


def test_from_nothing_to_a_stack_and_back(place: Place) -> None:
    assert place.call("stack", "ls").out == "NAME  LAST UPDATE  RESOURCE COUNT\n"
    made = place.call("stack", "init", "dev")
    assert (made.code, made.err) == (0, "Created stack 'dev'\n")
    assert "encryptionsalt: v1:" in (place.folder / "Pulumi.dev.yaml").read_text()
    assert place.call("stack", "--show-name").out == "dev\n"
    assert place.call("stack", "init", "prod", "--no-select").code == 0
    listed = place.call("stack", "ls", "--json").json
    assert [(entry["name"], entry["current"], entry["resourceCount"]) for entry in listed] == [
        ("dev", True, 0),
        ("prod", False, 0),
    ]
    assert place.call("stack", "select", "organization/tried/prod").code == 0
    assert place.call("stack", "--show-name").out == "prod\n"
    assert place.call("stack", "unselect").out == "Stack was unselected\n"
    refused = place.call("stack")
    assert refused.code == 1 and NO_CHOICE in refused.err
    assert place.call("stack", "rm", "prod", "--yes").out == "Stack 'prod' has been removed!\n"
    assert not (place.folder / "Pulumi.prod.yaml").exists()
    assert [entry["name"] for entry in place.call("stack", "ls", "--json").json] == ["dev"]


def test_a_stack_that_could_not_be_made_leaves_no_sign_of_one(place: Place) -> None:
    blocked = place.folder / ".pulumi-state/.pulumi/stacks/tried"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the project's folder should be")
    refused = place.call("stack", "init", "dev")
    assert refused.code == 1 and str(blocked) in refused.err and "Traceback" not in refused.err
    assert not (place.folder / "Pulumi.dev.yaml").exists()
    blocked.unlink()
    missing = place.call("stack", "select", "dev")
    assert missing.code == 6 and "the stack is not new" not in missing.err
    assert place.call("stack", "init", "dev").code == 0


REFUSALS: list[tuple[list[str], int, str]] = [
    (["preview", "--stack", "nope"], 6, "no stack named 'nope' found; create it with `stack init nope`"),
    (["stack", "select", "nope"], 6, "no stack named 'nope' found"),
    (["preview"], 1, NO_CHOICE),
    (["stack", "init"], 1, "missing stack name"),
    (["stack", "init", "dev"], 1, "stack 'dev' already exists"),
    (["stack", "init", "a b"], 1, "invalid stack name 'a b'"),
    (["stack", "rm", "dev"], 1, "non-interactive mode requires --yes flag"),
    (["stack", "rm", "dev", "--stack", "dev"], 1, "only one of --stack or argument"),
    (["up", "--stack", "dev"], 2, "--yes or --skip-preview or --preview-only must be passed in"),
    (["up", "--stack", "dev", "--json"], 2, "--yes or --skip-preview"),
    (["preview", "--nonsense"], 1, "No such option"),
    (["nonsense"], 1, "No such command"),
    (["config", "get", "x", "--stack", "dev"], 1, "configuration key 'x' not found for stack 'dev'"),
    (["stack", "output", "x", "--stack", "dev"], 1, "does not have output property 'x'"),
    (["state", "delete", "urn:x", "--yes", "--stack", "dev"], 1, 'No such resource "urn:x"'),
]


def test_refusals_have_pulumis_codes_and_a_next_step(place: Place) -> None:
    assert place.call("stack", "init", "dev", "--no-select").code == 0
    for arguments, code, reason in REFUSALS:
        ran = place.call(*arguments)
        assert (ran.code, ran.out) == (code, ""), arguments
        assert reason in ran.err and "Traceback" not in ran.err, arguments


def test_without_a_passphrase_or_with_a_wrong_one(stack: Place) -> None:
    del stack.environment["PULUMI_CONFIG_PASSPHRASE"]
    missing = stack.call("preview")
    assert missing.code == 1
    assert "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" in missing.err
    wrong = stack.call("preview", PULUMI_CONFIG_PASSPHRASE="canary-wrong")
    assert wrong.code == 1 and "incorrect passphrase" in wrong.err and "canary" not in wrong.err
    # What needs no secret asks for none.
    for command in (["stack"], ["stack", "ls"], ["stack", "export"], ["config"], ["stack", "output"]):
        assert stack.call(*command).code == 0


def test_other_backends_are_for_the_real_cli(place: Place) -> None:
    ran = place.call("stack", "ls", PULUMI_BACKEND_URL="s3://canary:canary@bucket")
    assert ran.code == 1 and "use the pulumi CLI for that backend" in ran.err and "canary" not in ran.err


def test_the_state_folder_of_the_environment(place: Place) -> None:
    folder = place.folder.parent / "elsewhere"
    assert place.call("stack", "init", "dev", PULUMI_BACKEND_URL=f"file://{folder}").code == 0
    assert (folder / ".pulumi/stacks/tried/dev.json").exists()
    assert not (place.folder / ".pulumi-state").exists()


def test_config_values(stack: Place) -> None:
    assert stack.call("config", "set", "plain", "0123").code == 0
    assert stack.call("config", "set", "--secret", "token", stdin="canary-1\n").code == 0
    for kind in ("--secret", "--plaintext"):
        refused = stack.call("config", "set", kind, "token", stdin="canary\udcff\n")
        assert refused.code == 1 and "bytes that are not UTF-8" in refused.err and "canary" not in refused.err
    assert stack.call("config", "set", "--type", "int", "digo:cps", "5").code == 0
    assert "canary" not in (stack.folder / "Pulumi.dev.yaml").read_text()
    assert stack.call("config").out == ("KEY       VALUE\ndigo:cps  5\nplain     0123\ntoken     [secret]\n")
    assert stack.call("config", "get", "token").out == "canary-1\n"
    assert stack.call("config", "get", "tried:token", "--json").json == {"value": "canary-1", "secret": True}
    listed = stack.call("config", "--json").json
    assert listed["tried:token"] == {"secret": True}
    assert stack.call("config", "--show-secrets", "--json").json["tried:token"]["value"] == "canary-1"
    assert stack.call("config", "rm", "token").code == 0
    assert stack.call("config", "get", "token").code == 1


def test_flags_may_stand_before_or_after_the_command(stack: Place) -> None:
    above = stack.folder.parent
    for arguments in (["-C", "project", "stack", "--show-name"], ["stack", "--show-name", "-C", "project"]):
        ran = Place(above, stack.environment).run(*arguments)
        assert (ran.code, ran.out) == (0, "dev\n")


def test_about_and_version(stack: Place) -> None:
    assert stack.call("version").out.startswith("v")
    about = stack.call("about").out
    assert "tried" in about and "dev" in about and ".pulumi-state" in about


def test_an_export_of_a_foreign_stack_is_refused(stack: Place) -> None:
    exported = stack.call("stack", "export").json
    exported["deployment"]["resources"] = [
        {"urn": "urn:pulumi:prod::tried::a:b:C::x", "custom": False, "type": "a:b:C", "parent": "urn:none"}
    ]
    refused = stack.call("stack", "import", stdin=json.dumps(exported))
    assert refused.code == 1
    assert "is from a different stack (prod != dev)" in refused.err and "rerun with --force" in refused.err
    forced = stack.call("stack", "import", "--force", stdin=json.dumps(exported))
    assert (forced.code, forced.out) == (0, "Import complete.\n") and "warning: " in forced.err
    for text in ("", "[]", '{"version": 9, "deployment": {}}', "{}"):
        assert stack.call("stack", "import", stdin=text).code == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 3}',
        '{"version": 3, "checkpoint": {"stack": "dev", "latest": null}}',  # what the state folder has
        '{"version": 3, "deployment": []}',
        '{"version": 3, "deployment": {"resources": {}}}',
    ],
)
def test_what_is_no_deployment_leaves_the_state_as_it_was(stack: Place, text: str) -> None:
    before = stack.call("stack", "export").json
    refused = stack.call("stack", "import", stdin=text)
    assert refused.code == 1 and "not a Pulumi deployment" in refused.err
    assert stack.call("stack", "export").json == before
    assert stack.call("stack", "import", stdin='{"version": 3, "deployment": null}').code == 0  # as the CLI


def test_a_file_of_another_encoding_is_refused_in_words(stack: Place) -> None:
    for name, arguments in (
        ("state.json", ("stack", "import", "--file", str(stack.folder / "state.json"))),
        ("Pulumi.dev.yaml", ("config",)),
        ("Pulumi.yaml", ("config",)),
    ):
        (stack.folder / name).write_bytes(b"name: Zo\xeb\n")
        refused = stack.call(*arguments)
        assert refused.code == 1 and refused.err.startswith("error: ") and "Traceback" not in refused.err


def test_cancel_removes_the_locks_of_others(stack: Place) -> None:
    lock = stack.folder / ".pulumi-state/.pulumi/locks/organization/tried/dev/x.json"
    lock.parent.mkdir(parents=True)
    lock.write_text('{"pid": 1, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-11-24T19:41:45Z"}')
    refused = stack.call("destroy", "--yes")
    assert refused.code == 1 and "created by ann@elsewhere (pid 1)" in refused.err
    assert stack.call("cancel", "--yes").out == "The currently running update for 'dev' has been canceled!\n"
    assert not lock.exists()
