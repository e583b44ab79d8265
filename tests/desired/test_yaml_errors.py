"""What YAML itself can get wrong: syntax, encodings, duplicates, aliases, tags; with the place in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desired.environments import problems

TABLE: dict[str, tuple[str | bytes, list[str]]] = {
    "twice key": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n  a:\n    name: A\n    '
        'follow_me_number: "+1 202 555 0101"\n',
        ["agents.yaml:5:3: `a` occurs twice; first at line 2, column 3"],
    ),
    "twice field": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    name: B\n',
        ["agents.yaml:5:5: `name` occurs twice; first at line 3, column 5"],
    ),
    "tab": (
        "agents:\n\ta: 1\n",
        [
            "agents.yaml:2:1: not YAML: there is a tab before this text, and YAML takes only spaces there; write "
            "spaces in its place"
        ],
    ),
    "unclosed": (
        "agents: {a: \n",
        ["agents.yaml:1:13: not YAML: a value, or a closing `}` or `]`, is missing here"],
    ),
    "unclosed quote": (
        'agents:\n  a: "x\n',
        ["agents.yaml:2:6: not YAML: the text in quotes that begins here has no end; write its closing quote"],
    ),
    "two docs": (
        "agents: {}\n---\nagents: {}\n",
        [
            "agents.yaml:2:1: not YAML: a second document begins here with `---`, and a file has a single "
            "document; use a file for each"
        ],
    ),
    "undefined alias": (
        "agents: *x\n",
        [
            "agents.yaml:1:9: not YAML: `*` stands for an anchor (`&`), and none of that name is above; if it is "
            "a text, write it in quotes"
        ],
    ),
    "tag": (
        "agents:\n  a: !!python/object:os.system x\n",
        [
            "agents.yaml:2:6: the tag tag:yaml.org,2002:python/object:os.system has no meaning here",
            "agents.yaml:2:6: agents.a: has no value",
        ],
    ),
    "custom tag": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    intercom: !secret 1001\n',
        ["agents.yaml:5:15: the tag !secret has no meaning here; if `!secret` is a text, write it in quotes"],
    ),
    "binary": (
        'agents:\n  a:\n    name: A\n    follow_me_number: "+1 202 555 0101"\n    intercom: !!binary aGk=\n',
        ["agents.yaml:5:15: the tag tag:yaml.org,2002:binary has no meaning here"],
    ),
    "complex key": (
        "agents:\n  ? [a]\n  : x\n",
        ["agents.yaml:2:5: a key must be a plain text"],
    ),
    "recursive": (
        "agents: &x\n  a: *x\n",
        ["agents.yaml:1:9: an alias is inside the thing that it names", "agents.yaml:1:9: agents.a: has no value"],
    ),
    "recursive merge": (
        "agents:\n  a: &x\n    <<: *x\n",
        [
            "agents.yaml:2:3: agents.a.follow_me_number: is missing",
            "agents.yaml:2:3: agents.a.name: is missing",
            "agents.yaml:2:6: an alias is inside the thing that it names",
        ],
    ),
    "merge text": (
        'agents:\n  a:\n    <<: text\n    name: A\n    follow_me_number: "+12025550101"\n',
        ["agents.yaml:3:9: `<<` takes a mapping or a list of mappings"],
    ),
    "nul char": (
        b"agents:\n  a: \x00\n",
        ["agents.yaml:2:6: not YAML: a NUL byte is here, and control characters are not allowed; delete it"],
    ),
    "ctrl char": (
        "agents:\n  a: \x07\n",
        [
            "agents.yaml:2:6: not YAML: the control character U+0007 is here, and control characters are not "
            "allowed; delete it"
        ],
    ),
    "latin1": (
        b"agents:\n  a:\n    name: \xe9\n",
        ["agents.yaml:3:11: the file is not UTF-8 text: the byte 0xE9 begins no character; save it as UTF-8"],
    ),
    "utf16": (
        b"\xff\xfea\x00g\x00e\x00n\x00t\x00s\x00:\x00 \x00{\x00}\x00\n\x00",
        ["agents.yaml:1:1: the file is not UTF-8 text but UTF-16; save it as UTF-8"],
    ),
    "bom err": (
        b"\xef\xbb\xbfagent: {}\n",
        ["agents.yaml:1:1: agent: unknown key; did you mean `agents`?"],
    ),
    "crlf": (
        'agents:\r\n  a:\r\n    name: A\r\n    follow_me_number: "+1 202 555 0101"\r\n    intrcom: 1\r\n',
        ["agents.yaml:5:5: agents.a.intrcom: unknown key; did you mean `intercom`?"],
    ),
    "deep": (
        "agents: "
        ""
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
        ["agents.yaml:1:58: nested more than 50 levels deep"],
    ),
    "unicode col": (
        'agents: {é: {name: Ä, follow_me_number: "+12025550101", intercom: 1}}\n',
        ["agents.yaml:1:67: agents.é.intercom: an intercom is exactly four digits"],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_is_no_usable_yaml(tmp_path: Path, name: str) -> None:
    text, expected = TABLE[name]
    assert problems(tmp_path, {"agents.yaml": text}) == expected
