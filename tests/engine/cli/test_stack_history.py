"""`stack history`: what the engine records of each update, in the pulumi CLI's own files and words."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.engine.cli.engine_place import Place


def files(place: Place) -> list[Path]:
    return sorted((place.folder / ".pulumi-state/.pulumi/history/tried/dev").iterdir())


def listed(place: Place, *arguments: str) -> list[dict[str, Any]]:
    ran = place.call("stack", "history", "--json", *arguments)
    assert ran.code == 0, ran.err
    updates: list[dict[str, Any]] = ran.json
    return updates


def test_each_operation_that_ends_is_in_the_history(stack: Place) -> None:
    assert listed(stack) == []
    assert stack.call("stack", "history").out == "Stack has never been updated\n"
    stack.program('Thing("first", {"value": config.get_secret("token")})')
    assert stack.call("config", "set", "--secret", "token", "canary-9").code == 0
    assert stack.call("config", "set", "plain", "seen").code == 0
    pipeline = {"PULUMI_CI_SYSTEM": "Example CI", "PULUMI_CI_BUILD_ID": "17", "PULUMI_GIT_AUTHOR": "Asha Rao"}
    assert stack.call("up", "--yes", "-f", "--message", "the first", **pipeline).code == 0
    stack.program('Thing("first", {"value": config.get_secret("token")})\nThing("bad", {"fail": "create"})')
    assert stack.call("up", "--yes", "-f").code != 0
    assert stack.call("preview").code is not None
    assert stack.call("destroy", "--yes", "-f").code == 0

    destroyed, failed, first = listed(stack)
    assert [one["kind"] for one in (first, failed, destroyed)] == ["update", "update", "destroy"]
    assert [one["result"] for one in (first, failed, destroyed)] == ["succeeded", "failed", "succeeded"]
    assert first["message"] == "the first" and first["resourceChanges"]["create"] == 2
    assert first["config"] == {"tried:plain": {"value": "seen", "secret": False}, "tried:token": {"secret": True}}
    environment = first["environment"]
    assert (environment["ci.system"], environment["ci.build.id"]) == ("Example CI", "17")
    assert (environment["git.author"], environment["exec.kind"]) == ("Asha Rao", "cli")
    assert environment["pulumi.flag.message"] == "set" and environment["pulumi.flag.yes"] == "true"
    assert environment["pulumi.env.PULUMI_CONFIG_PASSPHRASE"] == "set"
    assert first["startTime"] <= first["endTime"] and first["startTime"].endswith("Z")

    assert [file.stat().st_mode & 0o777 for file in files(stack)] == [0o600] * 3
    assert "canary" not in "".join(file.read_text() for file in files(stack))
    assert listed(stack, "--show-secrets")[2]["config"]["tried:token"] == {"value": "canary-9", "secret": True}
    assert listed(stack, "--page-size", "1", "--page", "2") == [failed]
    assert listed(stack, "--page-size", "0") == [destroyed, failed, first]
    text = stack.call("stack", "history").out
    assert "Status: failed" in text and "Message: the first" in text


def test_files_of_the_pulumi_cli_are_read_too(stack: Place) -> None:
    folder = stack.folder / ".pulumi-state/.pulumi/history/tried/dev"
    folder.mkdir(parents=True)
    update = {
        "kind": "refresh",
        "startTime": 1_700_000_000,
        "message": "",
        "environment": None,
        "config": {"tried:names": ["a", {"secure": "v1:x:y"}]},
        "result": "failed",
        "endTime": 1_700_000_009,
        "version": 0,
    }
    (folder / "dev-17.history.json.gz").write_bytes(gzip.compress(json.dumps(update).encode()))
    (folder / "dev-17.checkpoint.json").write_text("no history")
    assert listed(stack) == [
        {
            "version": 0,
            "kind": "refresh",
            "startTime": "2023-11-14T22:13:20.000Z",
            "message": "",
            "environment": {},
            "config": {"tried:names": {"secret": True}},
            "result": "failed",
            "endTime": "2023-11-14T22:13:29.000Z",
            "resourceChanges": {},
        }
    ]
    (folder / "dev-18.history.json").write_text('{"kind": "update"}')
    ran = stack.call("stack", "history")
    assert ran.code != 0 and "dev-18.history.json is damaged" in ran.err


def test_an_update_whose_history_cannot_be_written_has_a_warning(stack: Place) -> None:
    stack.program('Thing("first", {})')
    folder = stack.folder / ".pulumi-state/.pulumi/history"
    folder.write_text("a file in the way")
    ran = stack.call("up", "--yes", "-f")
    assert ran.code == 0 and "the history lacks this run" in ran.err
    assert stack.created() == ["first"]
