"""`config --path` on the command line."""

from __future__ import annotations

import yaml

from tests.engine.cli.engine_place import Place


def test_the_commands(stack: Place) -> None:
    for arguments in (
        ["digo:guards.maxCreates", "50"],
        ["names[0]", "a"],
        ["names[1]", "true"],
        ["names[2]", "007"],
        ['["parent.name"]["nested.name"]', "value"],
        ["--type", "string", "parent.text", "5"],
        ["--secret", "parent.token", "canary-3"],
        ["top", "5"],
    ):
        ran = stack.call("config", "set", "--path", *arguments)
        assert (ran.code, ran.out) == (0, ""), ran.err
    content = (stack.folder / "Pulumi.dev.yaml").read_text()
    assert "canary" not in content
    config = yaml.safe_load(content)["config"]
    assert list(config["tried:parent"].pop("token")) == ["secure"]
    assert config == {
        "digo:guards": {"maxCreates": 50},
        "tried:names": ["a", True, "007"],
        "tried:parent.name": {"nested.name": "value"},
        "tried:parent": {"text": "5"},
        "tried:top": "5",
    }
    assert stack.call("config", "get", "--path", "digo:guards.maxCreates").out == "50\n"
    assert stack.call("config", "get", "--path", "names[1]").out == "true\n"
    assert stack.call("config", "get", "--path", "parent.token").out == "canary-3\n"
    assert stack.call("config", "get", "--path", "parent.token", "--json").json == {"value": "canary-3", "secret": True}
    missing = stack.call("config", "get", "--path", "names[9]")
    assert (missing.code, "configuration key 'names[9]' not found for stack 'dev'" in missing.err) == (1, True)
    assert stack.call("config", "rm", "--path", "names[0]").code == 0
    assert stack.call("config", "get", "names").out == '[true,"007"]\n'
    refused = stack.call("config", "set", "--path", "names.x", "1")
    assert (refused.code, "tried:names.x: key for an array must be an int" in refused.err) == (1, True)


def test_a_run_takes_a_path(stack: Place) -> None:
    stack.program("import pulumi\npulumi.export('most', pulumi.Config('digo').require_object('guards')['maxCreates'])")
    ran = stack.call("up", "--yes", "--skip-preview", "--config-path", "-c", "digo:guards.maxCreates=7")
    assert ran.code == 0, ran.out + ran.err
    assert stack.call("stack", "output", "most").out == "7\n"
